{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

streams as (

    select * from {{ ref('int_span_stream') }}
    where context = 'product' and {{ is_touched('span_id') }}

),

first_entries as (

    select
        span_id,
        stream_id,
        entry_index
    from {{ ref('int_span_entry') }}
    where context = 'product' and is_user_message and {{ is_touched('span_id') }}
    qualify turn_index = min(turn_index) over (partition by span_id)

)

-- hashes: words of a person stay in staging
select
    first_entries.span_id as session_id,
    list_sort(list_distinct(flatten(list(list_transform(
        regexp_extract_all(lower(entries.text), '[\p{L}\p{N}_]+'), lambda word: md5_number_lower(word)
    ))))) as word_keys
from {{ ref('stg_entry') }} as entries
inner join streams on {{ same_stream('entries', 'streams') }}
inner join first_entries
    on entries.stream_id = first_entries.stream_id and entries.entry_index = first_entries.entry_index
group by all
