-- load by load: every landed tool call of a span's stream is in the mart, once; copied entries are their owner's
with

counted_streams as (

    select
        streams.stream_id,
        streams.context,
        streams.content_load_id
    from {{ ref('int_span_stream') }} as streams
    semi join {{ ref('int_span_unit') }} as spans on streams.span_id = spans.span_id

),

copied as (

    select
        entries.stream_id,
        entries.entry_index
    from {{ ref('stg_entry') }} as entries
    semi join counted_streams on entries.stream_id = counted_streams.stream_id and counted_streams.context = 'eval'
    where entries.is_copied_context
    union all
    select
        stream_id,
        entry_index
    from {{ ref('int_entry_copy') }}

),

landed as (

    select
        counted_streams.content_load_id,
        count(*) as call_count,
        count(*) filter (where calls.has_result) as result_count
    from {{ ref('stg_tool_call') }} as calls
    inner join counted_streams on calls.stream_id = counted_streams.stream_id
    anti join copied on calls.stream_id = copied.stream_id and calls.entry_index = copied.entry_index
    group by all

),

published as (

    select
        counted_streams.content_load_id,
        count(*) as call_count,
        count(*) filter (where mart_calls.has_result) as result_count
    from {{ ref('int_tool_call') }} as calls
    inner join counted_streams on calls.stream_id = counted_streams.stream_id
    inner join {{ ref('tool_call') }} as mart_calls
        on calls.span_id = mart_calls.span_id and calls.call_number = mart_calls.call_number
    group by all

)

select
    coalesce(landed.content_load_id, published.content_load_id) as load_id,
    landed.call_count as landed_calls,
    published.call_count as published_calls
from landed
full outer join published on landed.content_load_id = published.content_load_id
where
    landed.call_count is distinct from published.call_count
    or landed.result_count is distinct from published.result_count
