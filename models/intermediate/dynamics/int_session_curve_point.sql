{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

turns as (

    select * from {{ ref('int_turn') }}
    where context = 'product' and turn_index > 0 and {{ is_touched('span_id') }}

),

similarities as (

    select * from {{ ref('int_turn_similarity') }}
    where {{ is_touched('span_id') }}

)

-- a turn without text, or before the request that all is compared with, keeps its place in the curves, without a value
select
    turns.span_id as session_id,
    turns.turn_index,
    turns.role,
    turns.role_turn_index,
    turns.is_correction,
    similarities.embedding_model,
    similarities.anchor_turn_index,
    -- a few words of a user are as far from any request as a nod is
    coalesce(
        similarities.is_substantive
        and similarities.cosine_to_anchor is not null
        and (
            turns.role = 'agent'
            or turns.text_tokens >= {{ model_threshold('compared_turn_tokens', 'similarities.embedding_model') }}
        ),
        false
    ) as is_substantive,
    similarities.cosine_to_previous_agent,
    round(1 - similarities.cosine_to_anchor, 6) as context_pollution,
    if(turns.role = 'agent', similarities.cosine_to_anchor, null) as intent_coherence,
    if(turns.role = 'user', round(1 - similarities.cosine_to_anchor, 6), null) as user_shift
from turns
left join similarities on turns.span_id = similarities.span_id and turns.turn_index = similarities.turn_index
