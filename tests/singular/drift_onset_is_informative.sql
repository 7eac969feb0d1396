{{ config(severity='warn') }}

-- an onset that nearly every session has in its first answer tells nothing of drift; a handful of sessions says nothing
select
    embedding_model,
    count(*) as session_count,
    count(*) filter (where drift_onset_turn = anchor_turn_index + 1) as first_answer_count
from {{ ref('session_dynamics') }}
where max_context_pollution is not null and session_kind = 'human' and copy_of_session_id is null
group by all
having
    session_count >= {{ threshold('label_units') }}
    and first_answer_count > {{ threshold('uninformative_onset_share') }} * session_count
