{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

turns as (

    select * from {{ ref('int_turn') }}
    where {{ is_touched('span_id') }}

),

embedded_turns as (

    select
        turns.span_id,
        turns.turn_index,
        turns.role,
        turns.is_substantive,
        embeddings.embedding_model,
        cast(embeddings.vector as double[]) as turn_vector
    from {{ ref('int_turn_embedding') }} as embeddings
    inner join turns
        on
            embeddings.span_id = turns.span_id
            and embeddings.turn_index = turns.turn_index

),

-- what is asked: the first user turn that says something, for a greeting or a bare command has no intent to stray from
anchors as (

    select * from embedded_turns
    where role = 'user'
    qualify row_number() over (
            partition by span_id order by is_substantive is not true, turn_index
        ) = 1

),

-- across models a cosine means nothing: one model's vectors are followed at a time
agent_turns as (

    select
        *,
        lag(turn_vector) over (partition by span_id, embedding_model order by turn_index) as previous_agent_vector
    from embedded_turns
    where role = 'agent'

)

select
    turns.span_id,
    turns.turn_index,
    turns.role,
    turns.is_substantive,
    turns.embedding_model,
    anchors.turn_index as anchor_turn_index,
    if(
        turns.turn_index > anchors.turn_index,
        round(list_cosine_similarity(turns.turn_vector, anchors.turn_vector), 6),
        null
    ) as cosine_to_anchor,
    round(list_cosine_similarity(turns.turn_vector, agent_turns.previous_agent_vector), 6) as cosine_to_previous_agent
from embedded_turns as turns
left join anchors
    on
        turns.span_id = anchors.span_id
        and turns.embedding_model = anchors.embedding_model
left join agent_turns
    on
        turns.span_id = agent_turns.span_id
        and turns.turn_index = agent_turns.turn_index
