{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

streams as (

    select * from {{ ref('int_span_stream') }}
    where context = 'product' and {{ is_touched('span_id') }}

),

spoken_entries as (

    select * from {{ ref('int_span_entry') }}
    where (is_user_message or is_agent_message) and {{ is_touched('span_id') }}

),

texts as (

    select
        spoken_entries.span_id,
        spoken_entries.turn_index,
        spoken_entries.entry_number,
        spoken_entries.is_user_message,
        entries.text
    from {{ ref('stg_entry') }} as entries
    inner join streams on {{ same_stream('entries', 'streams') }}
    inner join spoken_entries
        on
            entries.stream_id = spoken_entries.stream_id
            and entries.entry_index = spoken_entries.entry_index

),

turns as (

    select
        span_id,
        turn_index,
        if(bool_or(is_user_message), 'user', 'agent') as role,
        string_agg(text, chr(10) order by entry_number) as text
    from texts
    group by all

),

prepared as (

    select
        span_id,
        turn_index,
        role,
        {{ embedded_text('text') }} as text
    from turns

)

select
    span_id,
    turn_index,
    role,
    {{ literal(var('embedding_model')) }} as embedding_model,
    sha256(text) as text_sha256,
    text
from prepared
where text <> '' and {{ literal(var('embedding_model')) }} <> 'none'
