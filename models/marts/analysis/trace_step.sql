{{ config(materialized='view', schema='trace') }}

-- the only table that shows text: a view, so that no text is kept twice, published apart and on demand (docs/replay.md)
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

),

said as (

    select
        entries.stream_id,
        entries.entry_index,
        entries.text,
        entries.thinking_text
    from {{ ref('stg_entry') }} as entries
    inner join streams on {{ same_stream('entries', 'streams') }}

),

called as (

    select
        calls.stream_id,
        calls.entry_index,
        calls.call_index,
        coalesce(calls.command, calls.arguments) as arguments_text,
        calls.result_text
    from {{ ref('stg_tool_call') }} as calls
    inner join streams on {{ same_stream('calls', 'streams') }}

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
    if(steps.is_first_of_entry, said.thinking_text, null) as thinking_text,
    if(steps.call_number is null, said.text, null) as message_text,
    called.arguments_text,
    called.result_text
from steps
inner join spans on steps.span_id = spans.span_id
left join llm_calls on steps.stream_id = llm_calls.stream_id and steps.entry_index = llm_calls.entry_index
left join failures on steps.span_id = failures.span_id and steps.action_number = failures.action_number
left join said on steps.stream_id = said.stream_id and steps.entry_index = said.entry_index
left join called
    on
        steps.stream_id = called.stream_id
        and steps.entry_index = called.entry_index
        and steps.call_index = called.call_index
asof left join phases on steps.span_id = phases.span_id and steps.started_at >= phases.occurred_at
