{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

points as (

    select * from {{ ref('int_session_curve_point') }}
    where {{ is_touched('session_id') }}

),

answers as (

    select
        session_id,
        turn_index,
        embedding_model,
        cosine_to_previous_agent,
        intent_coherence,
        lag(intent_coherence) over (partition by session_id order by turn_index) as previous_intent_coherence
    from points
    where role = 'agent' and intent_coherence is not null

),

-- a correction that no text answers neither shows a lock nor ends one; an answer that stays as far from the request as
-- the one before and says something else has heeded it
answered_corrections as (

    select
        answers.session_id,
        answers.turn_index,
        round(abs(answers.intent_coherence - answers.previous_intent_coherence), 6)
        >= {{ model_threshold('unheeded_coherence_change', 'answers.embedding_model') }}
        or coalesce(
            answers.cosine_to_previous_agent
            <= {{ model_threshold('repeated_answer_cosine', 'answers.embedding_model') }},
            false
        ) as is_heeded
    from points as corrections
    inner join answers
        on corrections.session_id = answers.session_id and corrections.turn_index + 1 = answers.turn_index
    where corrections.is_correction and answers.previous_intent_coherence is not null

),

numbered as (

    select
        *,
        count(*) filter (where is_heeded) over (partition by session_id order by turn_index) as heeded_before
    from answered_corrections

),

runs as (

    select
        session_id,
        heeded_before,
        min(turn_index) as first_answer
    from numbered
    where not is_heeded
    group by all
    having count(*) >= {{ threshold('unheeded_corrections') }}

)

select
    session_id,
    min(first_answer) as assumption_lock_turn
from runs
group by all
