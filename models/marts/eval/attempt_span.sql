{{ incremental_by_unit('int_judge_attempt_unit', 'attempt_id') }}

-- one model per group of signals: a new signal is a column of its group, here is only where the groups meet
with

treatments as (

    select * from {{ ref('int_attempt_treatment') }}
    where {{ is_touched('attempt_id') }}

),

counts as (

    select * from {{ ref('int_attempt_count') }}

),

behavior as (

    select * from {{ ref('int_span_behavior') }}

),

localization as (

    select * from {{ ref('localization') }}

),

scope as (

    select * from {{ ref('int_attempt_scope') }}

),

reasoning as (

    select * from {{ ref('int_span_reasoning') }}

),

phases as (

    select * from {{ ref('int_span_phase') }}

),

plans as (

    select * from {{ ref('int_span_plan') }}

),

judgements as (

    select * from {{ ref('int_judge_consensus') }}
    where signal = 'plan_optimality'

),

usage as (

    select * from {{ ref('int_span_usage') }}

),

resources as (

    select * from {{ ref('int_attempt_resource') }}

),

labels as (

    select * from {{ ref('patch_outcome_label') }}

),

infra as (

    select * from {{ ref('int_attempt_infra') }}

)

select
    treatments.* exclude (input_fingerprint, model_id),
    coalesce(treatments.model_id, usage.first_model_id) as model_id,
    counts.* exclude (attempt_id),
    behavior.* exclude (
        span_id, telemetry_tool_call_count, telemetry_edit_calls, shell_calls, tool_result_count, tool_error_count
    ),
    localization.localized_correct_file,
    localization.localized_source,
    localization.localized_any_file,
    localization.localization_recall,
    localization.first_edit_is_scratch,
    localization.files_searched_before_edit,
    localization.files_read_before_edit,
    localization.search_dirs_before_edit,
    localization.files_searched_total,
    localization.files_read_total,
    localization.edit_to_read_ratio,
    localization.is_blind_patch,
    localization.first_tool_precision,
    localization.first_tool_in_gold,
    scope.* exclude (attempt_id),
    reasoning.* exclude (span_id, first_text_step, first_thinking_step),
    phases.* exclude (span_id),
    plans.* exclude (span_id),
    judgements.value as plan_optimality,
    judgements.span_id is not null as plan_optimality_judged,
    if(not localization.localized_correct_file, 'wrong_direction', null) as plan_optimality_proxy,
    usage.context_growth_curve,
    usage.context_growth_curve_count,
    usage.context_growth_curve_last,
    usage.context_growth_curve_max,
    usage.context_growth_curve_slope,
    usage.input_tokens_curve,
    resources.* exclude (attempt_id),
    labels.* exclude (
        attempt_id, trial_id, run_id, dataset, task_id, task_key, attempt_index, is_last_attempt, is_judged,
        harness_reward, fail_to_pass_total, fail_to_fail_class_count, task_fail_to_pass_total, report_shape,
        infra_failure, has_label_reward_disagreement
    ),
    infra.* exclude (attempt_id)
from treatments
left join counts on treatments.attempt_id = counts.attempt_id
left join behavior on treatments.attempt_id = behavior.span_id
left join localization on treatments.attempt_id = localization.attempt_id
left join scope on treatments.attempt_id = scope.attempt_id
left join reasoning on treatments.attempt_id = reasoning.span_id
left join phases on treatments.attempt_id = phases.span_id
left join plans on treatments.attempt_id = plans.span_id
left join judgements on treatments.attempt_id = judgements.span_id
left join usage on treatments.attempt_id = usage.span_id
left join resources on treatments.attempt_id = resources.attempt_id
left join labels on treatments.attempt_id = labels.attempt_id
left join infra on treatments.attempt_id = infra.attempt_id
