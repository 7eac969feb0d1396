{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

spans as (

    select * from {{ ref('int_span_unit') }}
    where {{ is_touched('span_id') }}

),

turns as (

    select * from {{ ref('int_turn') }}
    where {{ is_touched('span_id') }}

),

calls as (

    select
        calls.span_id,
        entries.turn_index,
        count(*) as tool_call_count,
        count(*) filter (where calls.is_mutation) as edit_count,
        count(*) filter (where calls.is_tool_error) as tool_error_count
    from {{ ref('int_call_sequence') }} as calls
    inner join {{ ref('int_span_entry') }} as entries
        on calls.stream_id = entries.stream_id and calls.entry_index = entries.entry_index
    where {{ is_touched('calls.span_id') }} and not entries.is_subagent
    group by all

),

similarities as (

    select * from {{ ref('int_turn_similarity') }}
    where {{ is_touched('span_id') }}

),

curves as (

    select
        session_id,
        cp_rel_curve
    from {{ ref('int_session_curve') }}
    where {{ is_touched('session_id') }}

),

previous_turns as (

    select
        *,
        lag(started_at) over (partition by span_id order by turn_index) as previous_started_at,
        lag(role) over (partition by span_id order by turn_index) as previous_role
    from turns

)

select
    turns.span_id || '/' || turns.turn_index as session_turn_id,
    turns.span_id,
    spans.context,
    spans.attempt_id,
    spans.session_id,
    turns.turn_index,
    turns.role,
    turns.role_turn_index,
    turns.on_active_path,
    turns.message_count,
    turns.step_count,
    coalesce(calls.tool_call_count, 0) as tool_call_count,
    coalesce(calls.edit_count, 0) as edit_count,
    coalesce(calls.tool_error_count, 0) as tool_error_count,
    turns.started_at,
    turns.finished_at,
    if(
        turns.role = 'agent' and turns.previous_role = 'user',
        {{ elapsed_s('turns.previous_started_at', 'turns.finished_at') }},
        null
    ) as agent_latency_s,
    turns.text_tokens,
    turns.is_substantive,
    turns.is_language_supported,
    turns.is_correction,
    turns.is_implicit_correction,
    turns.is_acceptance,
    turns.is_rejection,
    turns.hedge_count,
    if(turns.role = 'agent', {{ ratio('100.0 * turns.hedge_count', 'turns.text_tokens') }}, null) as hedging_rate,
    turns.is_confirmation_request,
    round(1 - similarities.cosine_to_anchor, 6) as context_pollution,
    -- the first turn is no point of a curve
    if(turns.turn_index > 0, curves.cp_rel_curve[turns.turn_index], null) as cp_rel,
    if(turns.role = 'agent', similarities.cosine_to_anchor, null) as intent_coherence,
    if(turns.role = 'user', round(1 - similarities.cosine_to_anchor, 6), null) as user_shift
from previous_turns as turns
inner join spans on turns.span_id = spans.span_id
left join similarities on turns.span_id = similarities.span_id and turns.turn_index = similarities.turn_index
left join curves on turns.span_id = curves.session_id
left join calls on turns.span_id = calls.span_id and turns.turn_index = calls.turn_index
