-- load by load: the tokens of every landed LLM call of a span's stream are in the mart, once
with

counted_streams as (

    select
        streams.stream_id,
        streams.context,
        streams.content_load_id
    from {{ ref('int_span_stream') }} as streams
    semi join {{ ref('int_span_unit') }} as spans on streams.span_id = spans.span_id

),

landed as (

    select
        counted_streams.content_load_id,
        count(*) as step_count,
        sum(entries.input_tokens) as input_tokens,
        sum(entries.output_tokens) as output_tokens
    from {{ ref('stg_entry') }} as entries
    inner join counted_streams on entries.stream_id = counted_streams.stream_id
    anti join {{ ref('int_entry_copy') }} as copies
        on entries.stream_id = copies.stream_id and entries.entry_index = copies.entry_index
    where
        entries.is_llm_call
        and (counted_streams.context = 'product' or not coalesce(entries.is_copied_context, false))
    group by all

),

counted as (

    select
        counted_streams.content_load_id,
        count(*) as step_count,
        sum(mart_steps.input_tokens) as input_tokens,
        sum(mart_steps.output_tokens) as output_tokens
    from {{ ref('int_step') }} as steps
    inner join counted_streams on steps.stream_id = counted_streams.stream_id
    inner join {{ ref('session_step') }} as mart_steps
        on steps.span_id = mart_steps.span_id and steps.step_index = mart_steps.step_index
    group by all

)

select coalesce(landed.content_load_id, counted.content_load_id) as load_id
from landed
full outer join counted on landed.content_load_id = counted.content_load_id
where
    landed.step_count is distinct from counted.step_count
    or landed.input_tokens is distinct from counted.input_tokens
    or landed.output_tokens is distinct from counted.output_tokens
