{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

sessions as (

    select
        session_id,
        source_format
    from {{ ref('int_session') }}
    where {{ is_touched('session_id') }}

),

events as (

    select * from {{ ref('int_session_event') }}
    where {{ is_touched('session_id') }}

),

capabilities as (

    select * from {{ ref('format_capability') }}

),

holding as (

    select
        sessions.session_id,
        bool_or(coalesce(capabilities.capability = 'compaction', false)) as can_hold_compactions,
        bool_or(coalesce(capabilities.capability = 'model_change', false)) as can_hold_model_changes,
        bool_or(coalesce(capabilities.capability = 'interrupt', false)) as can_hold_interrupts
    from sessions
    left join capabilities on sessions.source_format = capabilities.source_format
    group by all

),

folded as (

    select
        session_id,
        list({
            'turn_index': turn_index,
            'tokens_before': tokens_before,
            'tokens_after': tokens_after,
            'occurred_at': occurred_at
        } order by event_index) filter (where event_type = 'compaction') as compaction_events,
        -- the first setting changes nothing
        list({
            'from_model': from_value, 'to_model': to_value, 'turn_index': turn_index, 'basis': basis
        } order by event_index) filter (
            where event_type = 'model_change' and from_value is not null and from_value <> to_value
        ) as model_changes,
        count(*) filter (where event_type = 'interrupt') as interrupt_count,
        count(*) filter (where event_type = 'rejection') as rejected_call_count,
        count(*) filter (where event_type = 'branch') as branch_count
    from events
    group by all

)

select
    holding.session_id,
    if(holding.can_hold_compactions, coalesce(folded.compaction_events, []), folded.compaction_events)
        as compaction_events,
    if(holding.can_hold_model_changes, coalesce(folded.model_changes, []), folded.model_changes) as model_changes,
    if(holding.can_hold_interrupts, coalesce(folded.interrupt_count, 0), folded.interrupt_count) as interrupt_count,
    coalesce(folded.rejected_call_count, 0) as rejected_call_count,
    coalesce(folded.branch_count, 0) as branch_count
from holding
left join folded on holding.session_id = folded.session_id
