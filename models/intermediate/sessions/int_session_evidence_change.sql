{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

events as (

    select * from {{ ref('int_session_evidence_event') }}
    where {{ is_touched('session_id') }}

),

-- what the agent takes back in answer to these it takes back because it was told to
objections as (

    select
        span_id as session_id,
        turn_index
    from {{ ref('int_turn') }}
    where role = 'user' and (is_rejection or is_correction or is_removal_request) and {{ is_touched('span_id') }}

),

settled as (

    select
        session_id,
        path,
        old_hash,
        new_hash,
        arg_max(effect, (call_number, effect)) = 'undo' as is_undone,
        max(turn_index) filter (where effect = 'undo') as undone_turn,
        max(turn_index) filter (where effect = 'do') as done_turn
    from events
    group by all

),

objected as (

    select
        settled.session_id,
        settled.path,
        settled.old_hash,
        settled.new_hash,
        settled.is_undone,
        bool_or(objections.turn_index is not null) as is_objected
    from settled
    left join objections
        on
            settled.session_id = objections.session_id
            and settled.done_turn < objections.turn_index
            and settled.undone_turn = objections.turn_index + 1
    group by all

)

select
    session_id,
    path,
    old_hash,
    new_hash,
    is_undone and is_objected as is_reverted,
    is_undone and not is_objected as is_self_reverted
from objected
