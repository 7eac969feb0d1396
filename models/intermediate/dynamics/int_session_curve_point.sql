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

-- a turn without text keeps its place in the curves, without a value
select
    turns.span_id as session_id,
    turns.turn_index,
    turns.role,
    turns.role_turn_index,
    turns.is_correction,
    similarities.embedding_model,
    coalesce(similarities.is_substantive and similarities.cosine_to_first is not null, false) as is_substantive,
    round(1 - similarities.cosine_to_first, 6) as context_pollution,
    if(turns.role = 'agent', similarities.cosine_to_first, null) as intent_coherence,
    if(turns.role = 'user', round(1 - similarities.cosine_to_first, 6), null) as user_shift
from turns
left join similarities on turns.span_id = similarities.span_id and turns.turn_index = similarities.turn_index
