{{ incremental_by_unit('int_repository_unit', 'repository_unit_id') }}

with

sessions as (

    select
        sessions.*,
        places.repository_unit_id
    from {{ ref('int_session') }} as sessions
    inner join {{ ref('int_repository') }} as places on sessions.session_id = places.session_id
    where {{ is_touched('places.repository_unit_id') }}

),

cues as (

    select * from {{ ref('int_session_outcome_cue') }}

),

evidence as (

    select * from {{ ref('int_session_evidence') }}
    where {{ is_touched('repository_unit_id') }}

),

restarts as (

    select
        session_id,
        bool_or(has_shared_file) as has_shared_file,
        bool_or(has_same_prompt) as has_same_prompt
    from {{ ref('int_session_neighbour_restart') }}
    where {{ is_touched('repository_unit_id') }}
    group by all

),

described as (

    select
        sessions.session_id,
        sessions.repository_unit_id,
        case
            when sessions.copy_of_session_id is not null then 'copy'
            when sessions.is_subagent then 'subagent'
            when cues.is_truncated then 'truncated'
            when cues.user_turn_count = 0 then 'no_user_turn'
        end as gate,
        case
            when evidence.changes_reverted_all then 'changes_reverted_all'
            when cues.has_rejection then 'rejection_cue'
        end as rejection_rule,
        case
            when evidence.output_applied then 'output_applied'
            when cues.has_acceptance then 'acceptance_cue'
        end as acceptance_rule,
        case
            when restarts.has_shared_file then 'restarted_same_file'
            when restarts.has_same_prompt then 'restarted_same_prompt'
        end as restart_rule,
        case
            when sessions.session_kind = 'automated' then 'automated'
            when not cues.is_close_readable then 'unreadable_close'
            else 'no_closing_signal'
        end as remaining_rule
    from sessions
    inner join cues on sessions.session_id = cues.session_id
    left join evidence on sessions.session_id = evidence.session_id
    left join restarts on sessions.session_id = restarts.session_id

),

ruled as (

    select
        *,
        coalesce(gate, rejection_rule, acceptance_rule, restart_rule, remaining_rule) as session_outcome_rule
    from described

)

select
    session_id,
    repository_unit_id,
    case
        when gate is not null then null
        when rejection_rule is not null then 'explicitly_rejected'
        when acceptance_rule is not null then 'accepted'
        when restart_rule is not null then 'restarted_same_task'
        when remaining_rule = 'no_closing_signal' then 'abandoned_mid_session'
    end as session_outcome,
    session_outcome_rule,
    if(
        gate is null,
        (rejection_rule is not null and acceptance_rule is not null)
        or (coalesce(rejection_rule, acceptance_rule) is not null and restart_rule is not null),
        null
    ) as outcome_conflict
from ruled
