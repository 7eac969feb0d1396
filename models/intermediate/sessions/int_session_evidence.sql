{{ incremental_by_unit('int_repository_unit', 'repository_unit_id') }}

with

sessions as (

    select
        sessions.session_id,
        sessions.native_session_id,
        places.repository_unit_id
    from {{ ref('int_session') }} as sessions
    inner join {{ ref('int_repository') }} as places on sessions.session_id = places.session_id
    where {{ is_touched('places.repository_unit_id') }}

),

changes as (

    select
        changes.session_id,
        count(*) filter (where not changes.is_self_reverted) as change_count,
        count(*) filter (where changes.is_reverted) as reverted_count,
        count(*) filter (where changes.is_self_reverted) as self_reverted_count
    from {{ ref('int_session_evidence_change') }} as changes
    semi join sessions on changes.session_id = sessions.session_id
    group by all

),

commits as (

    select
        session_id,
        count(*) filter (where is_covered) as covered_count,
        count(*) filter (where is_committed) as committed_count,
        count(*) filter (where is_covered and is_revert_committed) as revert_committed_count
    from {{ ref('int_session_evidence_commit') }}
    where {{ is_touched('repository_unit_id') }}
    group by all

),

-- what an exporter found, in the generation of a record that stands
exported as (

    select
        facts.*,
        coalesce(tiers.is_applied, false) as is_applied
    from {{ ref('stg_vcs_evidence') }} as facts
    left join {{ ref('link_tier') }} as tiers on facts.tier = tiers.tier
    semi join sessions on facts.native_session_id = sessions.native_session_id
    semi join {{ ref('int_session_stream') }} as streams
        on facts.source_file_id = streams.source_file_id and starts_with(facts.place, streams.place || '/')

),

-- that an exporter found no commit says nothing
links as (

    select
        native_session_id,
        bool_or(evidence = 'outcome' and is_committed) as is_committed,
        bool_or(evidence = 'git_link' and is_applied and is_commit_reachable is not false) as is_linked,
        count(*) filter (where is_applied and is_content_alive is not null) as content_count,
        count(*) filter (where is_applied and not is_content_alive) as dead_content_count
    from exported
    group by all

),

commands as (

    select session_id from {{ ref('int_session_evidence_command') }}

),

measured as (

    select
        sessions.session_id,
        sessions.repository_unit_id,
        coalesce(commits.committed_count > 0, false) as is_committed,
        coalesce(links.is_linked, false) as is_linked,
        coalesce(links.is_committed, false) as is_said_committed,
        commands.session_id is not null as has_committed_itself,
        coalesce(commits.covered_count > 0, false) as is_covered,
        coalesce(changes.change_count, 0) as change_count,
        changes.self_reverted_count,
        {{ ratio('changes.reverted_count', 'changes.change_count') }} as session_fraction,
        {{ ratio('commits.revert_committed_count', 'commits.covered_count') }} as commit_fraction,
        {{ ratio('links.dead_content_count', 'links.content_count') }} as link_fraction
    from sessions
    left join changes on sessions.session_id = changes.session_id
    left join commits on sessions.session_id = commits.session_id
    left join links on sessions.native_session_id = links.native_session_id
    left join commands on sessions.session_id = commands.session_id

),

combined as (

    select
        *,
        case
            when is_committed then 'commit'
            when is_linked then 'git_link'
            when is_said_committed then 'outcome'
            when has_committed_itself then 'session_commit'
            when is_covered then 'no_commit'
            when change_count = 0 then 'no_change'
            else 'no_evidence'
        end as output_applied_basis,
        greatest(session_fraction, commit_fraction, link_fraction) as reverted_fraction
    from measured

)

select
    session_id,
    repository_unit_id,
    case
        when output_applied_basis in ('commit', 'git_link', 'outcome', 'session_commit') then true
        when output_applied_basis = 'no_commit' then false
    end as output_applied,
    output_applied_basis,
    reverted_fraction > 0 as changes_reverted,
    reverted_fraction = 1 as changes_reverted_all,
    reverted_fraction,
    case
        when reverted_fraction is null then 'no_change'
        when session_fraction = reverted_fraction then 'session'
        when commit_fraction = reverted_fraction then 'revert_commit'
        else 'git_link'
    end as changes_reverted_basis,
    self_reverted_count > 0 as self_reverted,
    if(self_reverted_count is null, 'no_change', 'session') as self_reverted_basis
from combined
