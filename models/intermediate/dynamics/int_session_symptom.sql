{{ incremental_by_unit('int_judge_unit', 'session_id') }}

with

sessions as (

    select
        session_id,
        agent_turn_count
    from {{ ref('int_session_dialogue') }}
    where {{ is_touched('session_id') }}

),

curves as (

    select * from {{ ref('int_session_curve') }}

),

corrections as (

    select * from {{ ref('int_session_correction') }}

),

behavior as (

    select * from {{ ref('int_span_behavior') }}

),

call_runs as (

    select * from {{ ref('int_session_call_run') }}

),

locks as (

    select * from {{ ref('int_session_lock') }}

),

plans as (

    select * from {{ ref('int_session_plan_graph') }}

),

breadths as (

    select * from {{ ref('int_session_breadth') }}

),

scopes as (

    select * from {{ ref('int_session_scope') }}

),

judgements as (

    select * from {{ ref('int_session_judgement') }}

)

select
    sessions.session_id,
    sessions.agent_turn_count,
    curves.embedding_model,
    curves.max_context_pollution,
    curves.drift_onset_turn,
    curves.drift_onset_role,
    curves.severe_user_shift_count,
    -- after one user turn there is nothing to correct
    if(corrections.user_turn_count = 1, corrections.correction_ratio, corrections.correction_ratio_followups)
        as correction_ratio_followups,
    behavior.stuck_repetition_rate,
    call_runs.longest_call_run_without_new_file,
    locks.assumption_lock_turn,
    -- a list of findings is no plan, however long
    if(plans.is_first_plan_marked, plans.first_plan_step_count, null) as marked_plan_step_count,
    breadths.opening_goal_count,
    breadths.opening_folder_count,
    scopes.scope_drift,
    judgements.conflation_turn
from sessions
left join curves on sessions.session_id = curves.session_id
left join corrections on sessions.session_id = corrections.session_id
left join behavior on sessions.session_id = behavior.span_id
left join call_runs on sessions.session_id = call_runs.session_id
left join locks on sessions.session_id = locks.session_id
left join plans on sessions.session_id = plans.session_id
left join breadths on sessions.session_id = breadths.session_id
left join scopes on sessions.session_id = scopes.session_id
left join judgements on sessions.session_id = judgements.session_id
