{{ config(**per_attempt()) }}

with

treatments as (

    select * from {{ ref('int_attempt_treatment') }} where {{ is_touched('attempt_id') }}

),

trials as (

    select * from {{ ref('int_trial') }}

),

reported as (

    select * from {{ ref('int_attempt_reported') }}

),

touched as (

    select * from {{ ref('int_attempt_touched') }}

),

behavior as (

    select * from {{ ref('int_attempt_behavior') }}

),

localization as (

    select * from {{ ref('localization') }}

),

scope as (

    select * from {{ ref('int_attempt_scope') }}

),

reasoning as (

    select * from {{ ref('int_attempt_reasoning') }}

),

phases as (

    select * from {{ ref('int_attempt_phase') }}

),

plans as (

    select * from {{ ref('int_attempt_plan') }}

),

usage as (

    select * from {{ ref('int_attempt_usage') }}

),

resources as (

    select * from {{ ref('int_attempt_resource') }}

),

labels as (

    select * from {{ ref('int_attempt_label') }}

),

streams as (

    select
        attempt_id,
        min(telemetry) as telemetry,
        min(started_at) as started_at,
        max(finished_at) as finished_at
    from {{ ref('int_stream') }}
    where is_counted
    group by all

),

-- signals.md R5: which source each behavioural number is from
sourced as (

    select
        treatments.attempt_id,
        coalesce(reported.stdout_turn_count, reported.row_turn_count, usage.step_count) as turn_count,
        case
            when reported.stdout_turn_count is not null then 'stdout'
            when reported.row_turn_count is not null then 'results_row'
            when usage.step_count is not null then 'telemetry'
        end as turn_count_basis,
        if(streams.attempt_id is null, null, coalesce(behavior.tool_call_count, 0)) as telemetry_tool_call_count,
        if(streams.attempt_id is null, null, coalesce(behavior.edit_calls, 0)) as telemetry_edit_calls,
        if(touched.attempt_id is null and len(localization.mutated_files) > 0, 'tool_calls', touched.touched_files_basis)
            as touched_files_basis,
        coalesce(
            touched.touched_files,
            if(len(localization.mutated_files) > 0, localization.mutated_files, null)
        ) as touched_files
    from treatments
    left join reported on treatments.attempt_id = reported.attempt_id
    left join usage on treatments.attempt_id = usage.attempt_id
    left join streams on treatments.attempt_id = streams.attempt_id
    left join behavior on treatments.attempt_id = behavior.attempt_id
    left join touched on treatments.attempt_id = touched.attempt_id
    left join localization on treatments.attempt_id = localization.attempt_id

),

counted as (

    select
        sourced.*,
        coalesce(reported.stdout_tool_call_count, reported.row_tool_call_count, sourced.telemetry_tool_call_count)
            as tool_call_count,
        case
            when reported.stdout_tool_call_count is not null then 'stdout'
            when reported.row_tool_call_count is not null then 'results_row'
            when sourced.telemetry_tool_call_count is not null then 'telemetry'
        end as tool_call_count_basis,
        coalesce(reported.stdout_edit_calls, reported.row_edit_calls, sourced.telemetry_edit_calls) as edit_calls,
        case
            when reported.stdout_edit_calls is not null then 'stdout'
            when reported.row_edit_calls is not null then 'results_row'
            when sourced.telemetry_edit_calls is not null then 'telemetry'
        end as edit_calls_basis
    from sourced
    left join reported on sourced.attempt_id = reported.attempt_id

)

select
    treatments.attempt_id,
    treatments.trial_id,
    treatments.run_id,
    treatments.dataset,
    treatments.dataset_name,
    treatments.dataset_version,
    treatments.task_id,
    treatments.task_key,
    treatments.attempt_index,
    treatments.attempt_count,
    treatments.is_last_attempt,
    streams.telemetry,

    -- treatment
    treatments.attempt1_tool_cap,
    treatments.retry_tool_cap,
    treatments.effective_tool_cap,
    treatments.agent_type,
    treatments.agent_version,
    coalesce(treatments.model_id, usage.first_model_id) as model_id,
    treatments.concurrency,
    treatments.timeout_s,
    treatments.is_treatment_complete,
    treatments.unrecorded_treatment,

    -- behavior
    counted.turn_count,
    counted.turn_count_basis,
    counted.tool_call_count,
    counted.tool_call_count_basis,
    counted.telemetry_tool_call_count,
    counted.tool_call_count <> counted.telemetry_tool_call_count as has_tool_call_count_mismatch,
    behavior.tool_calls_by_family,
    counted.edit_calls,
    counted.edit_calls_basis,
    behavior.edit_calls_ok,
    behavior.bash_write_calls,
    counted.edit_calls = 0 and len(counted.touched_files) > 0 as bash_mediated_edits,
    counted.edit_calls > 0 and behavior.bash_write_calls > 0 as is_mixed_edit_mode,
    counted.touched_files,
    len(counted.touched_files) as touched_files_count,
    counted.touched_files_basis,
    touched.diff_lines,
    touched.diff_lines_basis,
    behavior.tool_sequence,
    len(behavior.tool_sequence) as tool_sequence_count,
    behavior.max_same_tool_run,
    behavior.has_test_after_edit,
    if(
        treatments.attempt_index = 0,
        coalesce(trials.attempt1_mode, reported.attempt1_mode),
        coalesce(trials.trial_recovery_mode, reported.trial_recovery_mode)
    ) as localization_mode,
    coalesce(trials.attempt1_mode, reported.attempt1_mode) as attempt1_mode,
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

    -- reasoning
    phases.plannotator_phases,
    phases.phase_transitions,
    phases.phase_transition_count,
    phases.phase_backtracks,
    reasoning.has_reasoning_blocks,
    reasoning.reasoning_tokens_total,
    reasoning.reasoning_tokens_basis,
    reasoning.reasoning_chars_total,
    reasoning.reasoning_null_reason,
    reasoning.plan_steps_detected,
    reasoning.plan_steps_detected_thinking,
    reasoning.self_correction_count,
    reasoning.self_correction_basis,
    {{ ratio('1000.0 * reasoning.self_correction_count', 'reasoning.reasoning_tokens_total') }}
        as self_corrections_per_1k_reasoning_tokens,

    -- tokens
    resources.input_tokens as input_tokens_total,
    resources.output_tokens as output_tokens_total,
    resources.cache_read_tokens,
    resources.cache_write_tokens,
    resources.tokens_basis,
    resources.cache_read_ratio,
    resources.cache_hit_share,
    resources.cost_usd,
    resources.cost_source,
    resources.cost_is_partial,
    usage.context_growth_curve,
    usage.context_growth_curve_count,
    usage.context_growth_curve_last,
    usage.context_growth_curve_max,
    usage.context_growth_curve_slope,
    usage.input_tokens_curve,

    -- anticipation
    cast(null as varchar) as plan_optimality,
    false as plan_optimality_judged,
    localization.first_tool_precision,
    localization.first_tool_in_gold,
    scope.scope_drift,
    scope.scope_drift_raw,
    scope.scope_precision,
    scope.scope_recall,

    -- dynamics
    plans.gd_inaction_score,
    plans.gd_inaction_score_strict,
    plans.plan_item_count,
    scope.gd_actions_score,
    scope.gd_actions_score_all,
    behavior.repetition_rate,
    behavior.repetition_rate_exact,
    behavior.stuck_repetition_rate,

    -- tool results
    behavior.tool_error_rate,
    behavior.tool_errors_by_type,
    behavior.bash_nonzero_rate,
    behavior.dangling_calls,
    behavior.max_consecutive_same_error,
    behavior.tool_result_sizes,
    len(behavior.tool_result_sizes) as tool_result_sizes_count,
    list_max(behavior.tool_result_sizes) as tool_result_sizes_max,
    list_sum(behavior.tool_result_sizes) as tool_result_sizes_total,

    -- verification
    labels.reward,
    labels.patch_outcome_label,
    labels.patch_outcome_label_rule,
    labels.label_basis,
    labels.patch_outcome_reason,
    labels.no_effect_reason,
    labels.fail_to_pass_count,
    labels.pass_to_fail_count,
    labels.pass_to_pass_count,
    labels.fail_to_fail_count,
    labels.patch_applies,
    labels.verifier_status,
    labels.f2p_rate,
    labels.regression_rate,
    labels.swebench_resolution,
    labels.has_incomplete_report,

    -- infra
    coalesce(if(treatments.attempt_count = 1, trials.started_at, null), reported.started_at, streams.started_at)
        as started_at,
    coalesce(if(treatments.attempt_count = 1, trials.finished_at, null), reported.finished_at, streams.finished_at)
        as finished_at,
    resources.wall_time_s,
    resources.wall_time_basis,
    resources.agent_time_s,
    if(
        trials.trial_id is null,
        null,
        treatments.is_last_attempt and coalesce(labels.exception_type = 'AgentTimeoutError', false)
    ) as timed_out,
    if(treatments.is_last_attempt, labels.exception_type, null) as exception_type,
    if(treatments.is_last_attempt, labels.failure_class, null) as failure_class,
    reported.exit_status,
    if(
        treatments.attempt_index >= 1,
        coalesce(trials.trial_recovery_mode, reported.trial_recovery_mode),
        null
    ) as recovery_mode,
    if(
        treatments.is_last_attempt and coalesce(labels.reward, 0) < 1,
        coalesce(trials.final_failure_mode, reported.final_failure_mode),
        null
    ) as final_failure_mode
from treatments
left join trials on treatments.trial_id = trials.trial_id
left join reported on treatments.attempt_id = reported.attempt_id
left join touched on treatments.attempt_id = touched.attempt_id
left join behavior on treatments.attempt_id = behavior.attempt_id
left join localization on treatments.attempt_id = localization.attempt_id
left join scope on treatments.attempt_id = scope.attempt_id
left join reasoning on treatments.attempt_id = reasoning.attempt_id
left join phases on treatments.attempt_id = phases.attempt_id
left join plans on treatments.attempt_id = plans.attempt_id
left join usage on treatments.attempt_id = usage.attempt_id
left join resources on treatments.attempt_id = resources.attempt_id
left join labels on treatments.attempt_id = labels.attempt_id
left join streams on treatments.attempt_id = streams.attempt_id
inner join counted on treatments.attempt_id = counted.attempt_id
