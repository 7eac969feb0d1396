{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

streams as (

    select * from {{ ref('int_span_stream') }}
    where context = 'product' and {{ is_touched('span_id') }}

),

openings as (

    select * from {{ ref('int_span_opening') }}
    where {{ is_touched('span_id') }}

),

first_steps as (

    select
        steps.span_id,
        steps.stream_id,
        steps.entry_index,
        openings.first_thinking_step is not null as is_thinking
    from openings
    inner join {{ ref('int_step') }} as steps
        on
            openings.span_id = steps.span_id
            and steps.step_index = coalesce(openings.first_thinking_step, openings.first_text_step)

),

texts as (

    select
        first_steps.span_id,
        first_steps.is_thinking,
        {{ cleaned_text('if(first_steps.is_thinking, entries.thinking_text, entries.text)') }} as text
    from first_steps
    inner join streams on first_steps.stream_id = streams.stream_id
    inner join {{ ref('stg_entry') }} as entries
        on {{ same_stream('entries', 'streams') }} and first_steps.entry_index = entries.entry_index

)

select
    span_id as session_id,
    {{ cue_count('text', 'assumption') }} as assumption_count,
    if(is_thinking, 'thinking', 'text') as assumption_basis
from texts
where
    coalesce(
        {{ ratio(foreign_characters('text'), 'len(text)') }}
        <= {{ threshold('unsupported_character_share') }},
        true
    )
