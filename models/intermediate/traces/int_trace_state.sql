{{ config(materialized='view') }}

with

steps as (

    select * from {{ ref('int_trace_step') }}

),

spans as (

    select * from {{ ref('int_span_unit') }}

),

streams as (

    select * from {{ ref('int_span_stream') }}

),

llm_calls as (

    select * from {{ ref('int_step') }}

),

phases as (

    select
        events.span_id,
        events.occurred_at,
        if(phase_map.raw_phase is null, 'other', phase_map.phase) as phase
    from {{ ref('int_phase_event') }} as events
    left join {{ ref('phase_map') }} as phase_map on events.raw_phase = phase_map.raw_phase
    where events.occurred_at is not null
    qualify row_number() over (partition by events.span_id, events.occurred_at order by events.seq desc) = 1

),

failures as (

    select
        span_id,
        action_number,
        list(distinct failure_type order by failure_type) as failure_types
    from {{ ref('failure_event') }}
    group by all

)

select
    steps.span_id || '/' || steps.action_number as trace_step_id,
    steps.span_id,
    spans.context,
    spans.attempt_id,
    spans.session_id,
    steps.action_number,
    steps.call_number,
    steps.turn_index,
    if(steps.is_first_of_entry, llm_calls.step_index, null) as step_index,
    llm_calls.model_id,
    steps.is_subagent,
    steps.on_active_path,
    steps.action_name,
    steps.tool_name,
    steps.action_target,
    steps.action_outcome,
    steps.is_test_passed,
    steps.is_mutating,
    steps.edit_ranges,
    steps.added_lines,
    steps.deleted_lines,
    phases.phase,
    coalesce(failures.failure_types, []) as failure_types,
    steps.started_at,
    steps.duration_s,
    steps.text_tokens,
    steps.result_tokens,
    if(steps.is_first_of_entry, llm_calls.context_tokens, null) as context_tokens,
    if(steps.is_first_of_entry, llm_calls.output_tokens, null) as output_tokens,
    if(steps.is_first_of_entry, llm_calls.cost_usd, null) as cost_usd,
    steps.is_first_of_entry,
    streams.content_load_id,
    streams.source_file_id,
    streams.session_index,
    steps.entry_index,
    steps.call_index
from steps
inner join spans on steps.span_id = spans.span_id
inner join streams on steps.span_id = streams.span_id and steps.stream_id = streams.stream_id
left join llm_calls on steps.stream_id = llm_calls.stream_id and steps.entry_index = llm_calls.entry_index
left join failures on steps.span_id = failures.span_id and steps.action_number = failures.action_number
asof left join phases on steps.span_id = phases.span_id and steps.started_at >= phases.occurred_at
