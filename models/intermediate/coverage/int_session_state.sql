with

spans as (

    select * from {{ ref('session_span') }}

),

users as (

    select * from {{ ref('user_session') }}

),

dynamics as (

    select * from {{ ref('session_dynamics') }}

),

anticipations as (

    select * from {{ ref('agent_anticipation') }}

),

capabilities as (

    select
        source_format,
        list(capability) as capabilities
    from {{ ref('format_capability') }}
    group by all

)

-- what the session's format can hold, and which conditions make a signal senseless for it
select
    spans.session_id,
    {% for capability in [
        'clock', 'usage', 'cost', 'cache_write', 'reasoning', 'result_text', 'error_flag', 'compaction', 'model_change',
        'line_range', 'tool_call', 'working_directory'
    ] %}
        coalesce(list_contains(capabilities.capabilities, '{{ capability }}'), false) as holds_{{ capability }},
    {% endfor %}
    spans.plannotator_phases is not null as phase_events,
    coalesce(spans.tool_call_count = 0, false) as no_tool_call,
    coalesce(users.tool_result_count, 0) = 0 as no_tool_result,
    spans.first_edit_file is null as no_edit,
    spans.touched_files is not null as touched_files,
    coalesce(len(spans.touched_files) = 0, false) as no_touched_file,
    spans.edit_to_read_ratio is null as no_read,
    users.agent_hedging_rate is null as no_agent_text,
    spans.step_count = 0 as no_step,
    users.agent_turn_count = 0 as no_agent_turn,
    users.user_turn_count = 0 or spans.session_kind <> 'human' as no_user_turn,
    spans.repo_id is not null as repository,
    users.output_applied is not null as vcs_evidence,
    users.session_outcome is not null as session_end,
    users.next_session_id is null as not_reopened,
    coalesce(users.region_count, 0) = 0 as no_region,
    coalesce(users.is_language_supported, true) as known_language,
    users.user_turn_count < {{ threshold('length_slope_turns') }} as few_user_turns,
    dynamics.embedding_model is null as nothing_to_compare,
    dynamics.drift_onset_turn is null as no_drift,
    dynamics.assumption_lock_turn is null as no_lock,
    dynamics.plan_item_count is null as no_plan_item,
    dynamics.plan_count < 2 as no_second_plan,
    dynamics.session_failure_mode_rule in ('gate', 'unclassified') as no_failure_mode,
    anticipations.scope_source is not null as named_scope,
    anticipations.prompt_tokens is null as no_first_prompt,
    anticipations.session_attribution_rule = 'unclassified' as no_attribution,
    anticipations.task_paraphrase_accuracy_judged
    or anticipations.plan_optimality_judged
    or anticipations.conflation_judged
    or anticipations.instruction_adherence_judged
    or anticipations.goal_alignment_at_close_judged as judgement,
    anticipations.conflation_judged and anticipations.conflation_turn is null as no_conflation
from spans
inner join users on spans.session_id = users.session_id
inner join dynamics on spans.session_id = dynamics.session_id
inner join anticipations on spans.session_id = anticipations.session_id
left join capabilities on spans.source_format = capabilities.source_format
