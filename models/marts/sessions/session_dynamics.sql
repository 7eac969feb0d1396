{{ incremental_by_unit('int_judge_unit', 'session_id') }}

-- one model per group of signals: a new signal is a column of its group, here is only where the groups meet
with

treatments as (

    select * from {{ ref('int_session_treatment') }}
    where {{ is_touched('session_id') }}

),

modes as (

    select * from {{ ref('int_session_failure_mode') }}

),

curves as (

    select * from {{ ref('int_session_curve') }}

),

shapes as (

    select * from {{ ref('int_session_curve_shape') }}

),

corrections as (

    select * from {{ ref('int_session_correction') }}

),

locks as (

    select * from {{ ref('int_session_lock') }}

),

plan_items as (

    select * from {{ ref('int_span_plan') }}

),

plans as (

    select * from {{ ref('int_session_plan_graph') }}

),

scopes as (

    select * from {{ ref('int_session_scope') }}

),

behavior as (

    select * from {{ ref('int_span_behavior') }}

),

call_runs as (

    select * from {{ ref('int_session_call_run') }}

),

breadths as (

    select * from {{ ref('int_session_breadth') }}

)

select
    treatments.session_id,
    treatments.source_format,
    treatments.copy_of_session_id,
    treatments.session_kind,
    modes.session_failure_mode,
    modes.session_failure_mode_rule,
    curves.embedding_model,
    curves.* exclude (session_id, embedding_model, substantive_curve, first_intent_coherence),
    shapes.* exclude (session_id),
    locks.assumption_lock_turn,
    corrections.correction_ratio,
    corrections.correction_ratio_followups,
    corrections.any_correction_ratio_followups,
    corrections.first_correction_user_turn,
    corrections.user_msg_length_slope,
    corrections.user_msg_length_slope_excl_first,
    corrections.user_msg_length_slope_ratio,
    corrections.user_msg_length_trend,
    plan_items.plan_item_count,
    plan_items.gd_inaction_score,
    plan_items.gd_inaction_score_strict,
    scopes.gd_actions_score,
    scopes.gd_actions_score_all,
    coalesce(plans.plan_count, 0) as plan_count,
    plans.first_plan_turn,
    plans.first_plan_step_count,
    plans.is_first_plan_marked,
    plans.plan_graph_edit_distance,
    plans.plan_ged_norm,
    plans.plan_ged_exact,
    behavior.repetition_rate,
    behavior.stuck_repetition_rate,
    call_runs.longest_call_run,
    call_runs.has_new_file_in_longest_call_run,
    call_runs.longest_call_run_without_new_file,
    breadths.opening_goal_count,
    breadths.opening_folder_count
from treatments
left join modes on treatments.session_id = modes.session_id
left join curves on treatments.session_id = curves.session_id
left join shapes on treatments.session_id = shapes.session_id
left join corrections on treatments.session_id = corrections.session_id
left join locks on treatments.session_id = locks.session_id
left join plan_items on treatments.session_id = plan_items.span_id
left join plans on treatments.session_id = plans.session_id
left join scopes on treatments.session_id = scopes.session_id
left join behavior on treatments.session_id = behavior.span_id
left join call_runs on treatments.session_id = call_runs.session_id
left join breadths on treatments.session_id = breadths.session_id
