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

first_turns as (

    select * from embedded_turns
    where turn_index = 0

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
    round(list_cosine_similarity(turns.turn_vector, first_turns.turn_vector), 6) as cosine_to_first,
    round(list_cosine_similarity(turns.turn_vector, agent_turns.previous_agent_vector), 6) as cosine_to_previous_agent
from embedded_turns as turns
left join first_turns
    on
        turns.span_id = first_turns.span_id
        and turns.embedding_model = first_turns.embedding_model
left join agent_turns
    on
        turns.span_id = agent_turns.span_id
        and turns.turn_index = agent_turns.turn_index
