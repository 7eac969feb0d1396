with

keys as (

    select * from {{ ref('int_entry_key') }}

),

shared_keys as (

    select entry_key from keys
    group by all
    having count(*) > 1

),

streams as (

    select * from {{ ref('int_session_stream') }}

),

-- a fork that gives copies without an id the time of copying repeats what its parent holds under another key
restamped as (

    select
        keys.stream_id,
        keys.entry_index,
        keys.place
    from keys
    inner join streams on keys.stream_id = streams.stream_id
    semi join streams as parents on streams.parent_session_id = parents.session_id
    where keys.is_copied_context and not keys.has_id

),

-- the entry belongs to the session that began first; what a file itself marks as copied never does
ranked as (

    select
        keys.stream_id,
        keys.entry_index,
        keys.place,
        row_number() over (
            partition by keys.entry_key
            order by
                keys.is_copied_context,
                streams.started_at nulls last,
                streams.session_id,
                streams.stream_index,
                keys.entry_index
        ) as copy_number
    from keys
    semi join shared_keys on keys.entry_key = shared_keys.entry_key
    inner join streams on keys.stream_id = streams.stream_id

)

select
    stream_id,
    entry_index,
    place
from ranked
where copy_number > 1
union
select * from restamped
