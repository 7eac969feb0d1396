{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

streams as (

    select * from {{ ref('int_span_stream') }}
    where {{ is_touched('span_id') }}

),

spoken_entries as (

    select * from {{ ref('int_span_entry') }}
    where (is_user_message or is_agent_message) and {{ is_touched('span_id') }}

),

texts as (

    select
        spoken_entries.*,
        entries.text
    from {{ ref('stg_entry') }} as entries
    inner join streams on {{ same_stream('entries', 'streams') }}
    inner join spoken_entries
        on
            entries.stream_id = spoken_entries.stream_id
            and entries.entry_index = spoken_entries.entry_index

),

-- a turn is all that one side says until the other speaks
folded as (

    select
        span_id,
        turn_index,
        any_value(context) as context,
        if(bool_or(is_user_message), 'user', 'agent') as role,
        count(*) as message_count,
        count(*) filter (where is_llm_call) as step_count,
        bool_or(on_active_path) as on_active_path,
        min(coalesce(message_at, occurred_at)) as started_at,
        max(coalesce(occurred_at, message_at)) as finished_at,
        string_agg(text, chr(10) order by entry_number) as text
    from texts
    group by all

),

cleaned as (

    select
        * exclude (text),
        if(text is null, null, {{ approx_tokens('text') }}) as text_tokens,
        len(text) as text_characters,
        {{ foreign_characters('text') }} as foreign_characters,
        {{ cleaned_text('text') }} as cleaned_text
    from folded

),

supported as (

    select
        *,
        coalesce(
            {{ ratio('foreign_characters', 'text_characters') }} <= {{ threshold('unsupported_character_share') }}, true
        ) as is_language_supported,
        dense_rank() over (partition by span_id, role order by turn_index) - 1 as role_turn_index
    from cleaned

)

select
    span_id,
    turn_index,
    context,
    role,
    role_turn_index,
    message_count,
    step_count,
    on_active_path,
    started_at,
    finished_at,
    text_tokens,
    is_language_supported,
    if(cleaned_text is null, null, {{ approx_tokens('cleaned_text') }}) >= {{ threshold('substantive_turn_tokens') }}
        as is_substantive,
    {% for flag, cue_list in [
        ('is_correction', 'correction'),
        ('is_implicit_correction', 'implicit_correction'),
        ('is_acceptance', 'acceptance'),
        ('is_rejection', 'rejection'),
        ('is_removal_request', 'removal_request'),
    ] %}
        if(
            role = 'user' and is_language_supported,
            {{ has_cue('cleaned_text', cue_list) }}
            {%- if flag in ('is_correction', 'is_implicit_correction') %} and role_turn_index > 0{% endif %},
            null
        ) as {{ flag }},
    {% endfor %}
    if(role = 'agent' and is_language_supported, {{ cue_count('cleaned_text', 'hedging') }}, null) as hedge_count,
    if(role = 'agent' and is_language_supported, {{ has_asking_cue('cleaned_text', 'confirmation') }}, null)
        as is_confirmation_request
from supported
