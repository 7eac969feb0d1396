with

spans as (

    select * from {{ ref('attempt_span') }}

),

localization as (

    select * from {{ ref('localization') }}

)

-- which inputs an attempt has, and which conditions make a signal senseless for it
select
    spans.attempt_id,
    spans.attempt1_tool_cap is not null
    or spans.retry_tool_cap is not null
    or spans.timeout_s is not null
    or spans.concurrency is not null as harness_configuration,
    spans.telemetry is not null as telemetry,
    spans.touched_files is not null as touched_files,
    spans.localization_mode is not null as localization_signal,
    localization.gold_files is not null as gold_patch,
    spans.plannotator_phases is not null as phase_events,
    spans.telemetry is not null and spans.reasoning_null_reason is null as reasoning,
    spans.label_basis <> 'none' as verdict,
    spans.label_basis = 'tests' as test_report,
    spans.started_at is not null as clock,
    spans.timed_out is not null as trial_result,
    spans.tokens_basis is not null as usage,
    spans.tokens_basis = 'telemetry' as step_usage,
    spans.plan_optimality_judged as judgement,
    spans.tool_error_rate is not null as tool_errors,
    coalesce(spans.telemetry_tool_call_count = 0, false) as no_tool_call,
    localization.first_mutation_call is null and coalesce(localization.localized_source, '') = '' as no_edit,
    spans.edit_to_read_ratio is null and spans.telemetry is not null as no_read,
    spans.telemetry is not null and spans.plan_steps_detected is null as no_agent_text,
    spans.patch_outcome_label_rule = 'not_judged' as not_judged,
    spans.attempt_index = 0 as first_attempt,
    coalesce(spans.reward = 1, false) or not spans.is_last_attempt as resolved_or_not_last,
    coalesce(len(spans.touched_files) = 0, false) as no_touched_file,
    coalesce(spans.telemetry is not null and spans.plan_item_count is null, false) as no_plan_item,
    coalesce(len(spans.tool_result_sizes) = 0, spans.telemetry_tool_call_count = 0, false) as no_tool_result
from spans
left join localization on spans.attempt_id = localization.attempt_id
