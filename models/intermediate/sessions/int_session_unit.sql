with

streams as (

    select * from {{ ref('int_session_stream') }}

),

entries as (

    select
        stream_id,
        count(*) as entry_count
    from {{ ref('int_entry_key') }}
    group by all

),

copies as (

    select
        stream_id,
        count(*) as entry_count,
        bit_xor(md5_number_lower(cast(entry_index as varchar))) as entries_version
    from {{ ref('int_entry_copy') }}
    group by all

),

-- a file that only repeats what other sessions hold is no session
folded as (

    select
        streams.session_id,
        sum(entries.entry_count - coalesce(copies.entry_count, 0)) as own_entry_count,
        md5(string_agg(
            concat_ws(
                ' ',
                streams.stream_id,
                streams.stream_index,
                streams.input_fingerprint,
                streams.copy_of_session_id,
                streams.parent_session_id,
                copies.entry_count,
                copies.entries_version
            ),
            ' ' order by streams.stream_index
        )) as input_fingerprint
    from streams
    left join entries on streams.stream_id = entries.stream_id
    left join copies on streams.stream_id = copies.stream_id
    group by all

)

select
    session_id,
    input_fingerprint
from folded
where own_entry_count > 0
