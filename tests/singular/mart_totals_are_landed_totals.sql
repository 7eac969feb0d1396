-- load by load: every landed tool call of a counted stream is in the mart, once
with

counted_streams as (

    select
        streams.stream_id,
        streams.attempt_id,
        files.content_load_id
    from {{ ref('int_stream') }} as streams
    inner join {{ ref('stg_source_file') }} as files on streams.source_file_id = files.source_file_id
    semi join {{ ref('int_attempt_unit') }} as attempts on streams.attempt_id = attempts.attempt_id
    where streams.is_counted

),

copied as (

    select
        stream_id,
        entry_index
    from {{ ref('stg_entry') }}
    where is_copied_context

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
        on calls.attempt_id = mart_calls.attempt_id and calls.call_number = mart_calls.call_number
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
