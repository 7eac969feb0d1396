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
        keys.place,
        true as is_inherited
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
        row_number() over owner_first as copy_number,
        streams.session_id <> first_value(streams.session_id) over owner_first as is_inherited
    from keys
    semi join shared_keys on keys.entry_key = shared_keys.entry_key
    inner join streams on keys.stream_id = streams.stream_id
    window
        owner_first as (
            partition by keys.entry_key
            order by
                keys.is_copied_context,
                streams.started_at nulls last,
                streams.session_id,
                streams.stream_index,
                keys.entry_index
        )

),

repeated as (

    select
        stream_id,
        entry_index,
        place,
        is_inherited
    from ranked
    where copy_number > 1

),

repeated_counts as (

    select
        stream_id,
        count(*) as repeated_count
    from repeated
    group by all

),

older_files as (

    select
        keys.stream_id,
        max(keys.entry_index) as last_index,
        count(*) as entry_count
    from keys
    semi join streams on keys.stream_id = streams.stream_id and streams.stream_index > 0
    group by all

),

-- an older state of a file may end within a message: what is left of it is no message of its own
torn as (

    select
        keys.stream_id,
        keys.entry_index,
        keys.place,
        false as is_inherited
    from keys
    inner join older_files on keys.stream_id = older_files.stream_id and keys.entry_index = older_files.last_index
    inner join repeated_counts
        on
            keys.stream_id = repeated_counts.stream_id
            and older_files.entry_count - 1 = repeated_counts.repeated_count

),

copies as (

    select * from repeated
    union all
    select * from restamped
    union all
    select * from torn

)

select
    stream_id,
    entry_index,
    place,
    bool_or(is_inherited) as is_inherited
from copies
group by all
