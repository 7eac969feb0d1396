{{ incremental_by_unit('int_repository_unit', 'repository_unit_id') }}

with

changed as (

    select * from {{ ref('int_session_evidence_file') }}
    where {{ is_touched('repository_unit_id') }}

),

sources as (

    select * from {{ ref('int_repository_source') }}
    where repo_id in (select repo_id from changed)

),

-- clones and working trees of one repository hold the same commits
commits as (

    select distinct
        sources.repo_id,
        facts.evidence,
        facts.commit,
        facts.reverted_commit,
        facts.path,
        facts.occurred_at
    from {{ ref('stg_vcs_evidence') }} as facts
    inner join sources on facts.source_file_id = sources.source_file_id
    where facts.evidence in ('commit', 'revert')

),

histories as (

    select
        sources.repo_id,
        min(commits.occurred_at) as oldest_commit_at
    from sources
    left join commits on sources.repo_id = commits.repo_id
    group by all

),

clocked as (

    select
        session_id,
        started_at,
        finished_at + to_seconds({{ threshold('applied_within_s') }}) as applied_until
    from {{ ref('int_session') }}
    where session_id in (select session_id from changed)

),

applied as (

    select
        changed.session_id,
        changed.path,
        bool_or(commits.commit is not null) as is_committed,
        bool_or(reverts.commit is not null) as is_revert_committed
    from changed
    inner join clocked on changed.session_id = clocked.session_id
    left join commits
        on
            changed.repo_id = commits.repo_id
            and changed.path = commits.path
            and commits.evidence = 'commit'
            and commits.occurred_at between clocked.started_at and clocked.applied_until
    left join commits as reverts
        on
            changed.repo_id = reverts.repo_id
            and reverts.evidence = 'revert'
            and starts_with(commits.commit, reverts.reverted_commit)
            and reverts.occurred_at between clocked.started_at and clocked.applied_until
    group by all

)

select
    changed.session_id,
    changed.repository_unit_id,
    changed.path,
    -- a history that begins later, or is not known so far back, says nothing
    histories.repo_id is not null
    and clocked.applied_until is not null
    and not coalesce(histories.oldest_commit_at > clocked.applied_until, false) as is_covered,
    coalesce(applied.is_committed, false) as is_committed,
    coalesce(applied.is_revert_committed, false) as is_revert_committed
from changed
inner join clocked on changed.session_id = clocked.session_id
left join histories on changed.repo_id = histories.repo_id
left join applied on changed.session_id = applied.session_id and changed.path = applied.path
