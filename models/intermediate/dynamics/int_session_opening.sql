{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

turns as (

    select * from {{ ref('session_turn') }}
    where context = 'product' and {{ is_touched('session_id') }}

),

texts as (

    select * from {{ ref('int_turn_text') }}
    where {{ is_touched('span_id') }}

),

prompts as (

    select
        turns.session_id,
        turns.text_tokens as prompt_tokens,
        len({{ referenced_items('texts.text') }}) as prompt_reference_count,
        if(
            turns.is_language_supported,
            {{ has_cue(cleaned_text('texts.text'), 'outcome') }} or {{ has_cue('texts.text', 'error_text') }},
            null
        ) as has_expected_outcome
    from turns
    inner join texts on turns.session_id = texts.span_id and turns.turn_index = texts.turn_index
    where turns.turn_index = 0

),

scored as (

    select
        *,
        1 - least(
            1, ln(1 + prompt_tokens) / ln(1 + {{ threshold('full_prompt_tokens') }})
        ) as underspecified_length,
        1 - least(1, prompt_reference_count / {{ threshold('full_prompt_references') }}) as underspecified_references,
        if(has_expected_outcome, 0.0, 1.0) as underspecified_outcome
    from prompts
    where has_expected_outcome is not null

),

first_agent_turns as (

    select * from turns
    where role = 'agent'
    qualify row_number() over (partition by session_id order by turn_index) = 1

),

-- a list of questions is no plan
answers as (

    select
        first_agent_turns.session_id,
        if(
            first_agent_turns.is_language_supported,
            first_agent_turns.tool_call_count = 0
            and coalesce({{ has_question_cue(cleaned_text('texts.text'), 'clarification') }}, false)
            and len(list_filter(
                {{ plan_lines("coalesce(texts.text, '')") }},
                lambda line: not regexp_matches(line, '\?[\s*_]*$')
            )) < {{ threshold('plan_items') }},
            null
        ) as clarification_sought
    from first_agent_turns
    left join texts
        on first_agent_turns.session_id = texts.span_id and first_agent_turns.turn_index = texts.turn_index

)

select
    coalesce(answers.session_id, scored.session_id) as session_id,
    round(
        {{ threshold('length_weight') }} * scored.underspecified_length
        + {{ threshold('reference_weight') }} * scored.underspecified_references
        + {{ threshold('outcome_weight') }} * scored.underspecified_outcome, 6
    ) as prompt_underspecification,
    round(scored.underspecified_length, 6) as underspecified_length,
    scored.underspecified_references,
    scored.underspecified_outcome,
    scored.prompt_tokens,
    scored.prompt_reference_count,
    answers.clarification_sought
from answers
full outer join scored on answers.session_id = scored.session_id
