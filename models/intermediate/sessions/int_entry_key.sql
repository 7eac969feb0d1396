{{ incremental_by_unit('int_session_stream', 'stream_id') }}

with

streams as (

    select * from {{ ref('int_session_stream') }}
    where {{ is_touched('stream_id') }}

),

-- an entry without an id is known by its clock and content, and without a clock only within its own session
described as (

    select
        entries.stream_id,
        entries.entry_index,
        entries.place,
        coalesce(entries.is_copied_context, false) as is_copied_context,
        entries.entry_id is not null as has_id,
        if(
            entries.entry_id is not null,
            concat_ws('|', streams.source_format, entries.entry_id, entries.occurred_at, entries.message_at),
            concat_ws(
                '|',
                if(
                    coalesce(entries.occurred_at, entries.message_at) is null,
                    streams.session_id,
                    streams.source_format
                ),
                entries.entry_type,
                entries.role,
                entries.occurred_at,
                entries.message_at,
                entries.message_id,
                entries.input_tokens,
                entries.output_tokens,
                entries.thinking_text,
                entries.text
            )
        ) as description
    from {{ ref('stg_entry') }} as entries
    inner join streams on {{ same_stream('entries', 'streams') }}

),

digested as (

    select
        * exclude (description),
        md5_number_lower(description) as content_key
    from described

)

select
    * exclude (content_key),
    if(
        has_id,
        content_key,
        md5_number_lower(concat_ws('|', content_key, row_number() over (
            partition by stream_id, content_key order by entry_index
        )))
    ) as entry_key
from digested
