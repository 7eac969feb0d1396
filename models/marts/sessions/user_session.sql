{{ incremental_by_unit('int_session_history_unit', 'session_id') }}

-- one model per group of signals: a new signal is a column of its group, here is only where the groups meet
with

treatments as (

    select * from {{ ref('int_session_treatment') }}
    where {{ is_touched('session_id') }}

),

dialogues as (

    select * from {{ ref('int_session_dialogue') }}

),

changes as (

    select * from {{ ref('int_session_change') }}

),

actions as (

    select * from {{ ref('int_session_action') }}

),

outcomes as (

    select * from {{ ref('int_session_outcome') }}

),

evidence as (

    select * from {{ ref('int_session_evidence') }}

),

repositories as (

    select * from {{ ref('int_repository') }}

),

neighbours as (

    select * from {{ ref('int_session_neighbour') }}

),

regions as (

    select * from {{ ref('int_session_region_summary') }}

),

earlier_regions as (

    select * from {{ ref('int_session_region_prior') }}

)

select
    treatments.session_id,
    treatments.source_format,
    treatments.copy_of_session_id,
    treatments.session_kind,
    repositories.repo_id,
    treatments.user_id,
    treatments.started_at,
    treatments.finished_at,
    outcomes.session_outcome,
    outcomes.session_outcome_rule,
    outcomes.outcome_conflict,
    evidence.output_applied,
    evidence.output_applied_basis,
    evidence.changes_reverted,
    evidence.changes_reverted_all,
    evidence.reverted_fraction,
    evidence.changes_reverted_basis,
    evidence.self_reverted,
    dialogues.* exclude (session_id, first_user_turn_at),
    actions.* exclude (session_id),
    changes.compaction_events,
    len(changes.compaction_events) as compaction_count,
    changes.model_changes,
    len(changes.model_changes) as model_change_count,
    changes.interrupt_count,
    changes.rejected_call_count,
    changes.branch_count,
    regions.* exclude (session_id),
    neighbours.prior_sessions_same_repo,
    earlier_regions.prior_sessions_same_region,
    earlier_regions.prior_sessions_same_region_basis,
    neighbours.next_session_id,
    neighbours.session_reopened_within_s,
    neighbours.is_parallel
from treatments
left join repositories on treatments.session_id = repositories.session_id
left join outcomes on treatments.session_id = outcomes.session_id
left join evidence on treatments.session_id = evidence.session_id
left join neighbours on treatments.session_id = neighbours.session_id
left join dialogues on treatments.session_id = dialogues.session_id
left join changes on treatments.session_id = changes.session_id
left join actions on treatments.session_id = actions.session_id
left join regions on treatments.session_id = regions.session_id
left join earlier_regions on treatments.session_id = earlier_regions.session_id
