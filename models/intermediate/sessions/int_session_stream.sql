with

product_streams as (

    select stream_id from {{ ref('int_stream') }}
    where context = 'product'

),

places as (

    select * from {{ ref('int_file_place') }}

),

formats as (

    select * from {{ ref('session_format') }}

),

located as (

    select
        streams.*,
        places.content_load_id,
        places.content_version as input_fingerprint,
        places.format as source_format,
        coalesce(streams.native_session_id, streams.stream_id) as native_id,
        coalesce(formats.copy_rank, 99) as copy_rank
    from {{ ref('stg_session') }} as streams
    semi join product_streams on streams.stream_id = product_streams.stream_id
    inner join places on streams.source_file_id = places.source_file_id
    left join formats on places.format = formats.source_format

),

-- of one conversation in several formats the native one keeps the id
named as (

    select
        *,
        copy_rank > min(copy_rank) over (partition by native_id) as is_copy
    from located

),

identified as (

    select
        * exclude (is_copy, native_id),
        if(is_copy, native_id || '@' || source_format, native_id) as session_id,
        if(is_copy, native_id, null) as copy_of_session_id
    from named

),

-- a later generation replaces the earlier ones
newest as (

    select *
    from identified
    qualify generation is null or row_number() over (
            partition by session_id, generation is null
            order by
                generation desc,
                finished_at desc nulls last,
                format_version desc nulls last,
                input_fingerprint asc,
                session_index asc
        ) = 1

),

-- without a clock the file with more entries goes further
shared_sessions as (

    select session_id from newest
    group by all
    having count(*) > 1

),

lengths as (

    select
        streams.stream_id,
        count(*) as entry_count
    from newest as streams
    semi join shared_sessions on streams.session_id = shared_sessions.session_id
    inner join {{ ref('stg_entry') }} as entries on {{ same_stream('entries', 'streams') }}
    group by all

),

parents as (

    select
        newest.stream_id,
        coalesce(same_file.session_id, newest.parent_native_session_id) as parent_session_id
    from newest
    left join newest as same_file
        on
            newest.source_file_id = same_file.source_file_id
            and newest.parent_session_index = same_file.session_index

)

-- of several files of one session the one that goes furthest comes first
select
    newest.* exclude (load_id),
    parents.parent_session_id,
    row_number() over (
        partition by newest.session_id
        order by
            newest.finished_at desc nulls last,
            lengths.entry_count desc nulls last,
            newest.input_fingerprint asc,
            newest.session_index asc
    ) - 1 as stream_index
from newest
inner join parents on newest.stream_id = parents.stream_id
left join lengths on newest.stream_id = lengths.stream_id
