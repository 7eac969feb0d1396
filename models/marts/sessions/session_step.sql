{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

spans as (

    select * from {{ ref('int_span_unit') }}
    where {{ is_touched('span_id') }}

),

steps as (

    select * from {{ ref('int_step') }}
    where {{ is_touched('span_id') }}

),

entries as (

    select * from {{ ref('int_span_entry') }}
    where {{ is_touched('span_id') }}

)

select
    steps.span_id || '/' || steps.step_index as session_step_id,
    steps.span_id,
    spans.context,
    spans.attempt_id,
    spans.session_id,
    steps.step_index,
    entries.turn_index,
    steps.is_subagent,
    steps.on_active_path,
    steps.model_id,
    steps.message_at as started_at,
    steps.occurred_at as finished_at,
    {{ elapsed_s('steps.message_at', 'steps.occurred_at') }} as duration_s,
    steps.stop_reason,
    steps.is_error,
    steps.input_tokens,
    steps.cache_read_tokens,
    steps.cache_write_tokens,
    steps.output_tokens,
    steps.reasoning_tokens,
    steps.context_tokens,
    steps.cache_read_ratio,
    steps.cost_usd,
    steps.cost_basis,
    steps.text_tokens,
    steps.thinking_block_count,
    steps.thinking_characters
from steps
inner join spans on steps.span_id = spans.span_id
left join entries on steps.stream_id = entries.stream_id and steps.entry_index = entries.entry_index
