{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

entries as (

    select * from {{ ref('int_span_entry') }}
    where context = 'product' and {{ is_touched('span_id') }}

),

streams as (

    select * from {{ ref('int_span_stream') }}
    where context = 'product' and {{ is_touched('span_id') }}

),

events as (

    select events.*
    from {{ ref('stg_session_event') }} as events
    inner join streams on {{ same_stream('events', 'streams') }}

),

steps as (

    select
        span_id as session_id,
        stream_id,
        stream_index,
        entry_index,
        context_tokens,
        model_id,
        step_index
    from {{ ref('int_step') }}
    where not is_subagent and {{ is_touched('span_id') }}

),

own_events as (

    select
        entries.span_id as session_id,
        entries.entry_number,
        entries.turn_index,
        entries.on_active_path,
        entries.stream_index,
        events.entry_index,
        events.event_type,
        coalesce(events.occurred_at, entries.occurred_at) as occurred_at,
        events.from_value,
        events.to_value,
        events.tokens_before,
        events.tokens_after,
        'event' as basis
    from events
    inner join entries on events.stream_id = entries.stream_id and events.entry_index = entries.entry_index

),

following_contexts as (

    select
        own_events.session_id,
        own_events.entry_number,
        arg_min(steps.context_tokens, steps.step_index) as context_tokens
    from own_events
    inner join steps
        on
            own_events.session_id = steps.session_id
            and (steps.stream_index, steps.entry_index) > (own_events.stream_index, own_events.entry_index)
    where own_events.event_type = 'compaction' and steps.context_tokens > 0
    group by all

),

-- no format but one tells how much a compaction left: the next call's context does
compacted as (

    select
        own_events.* exclude (tokens_after),
        if(
            own_events.event_type = 'compaction',
            coalesce(own_events.tokens_after, following_contexts.context_tokens),
            null
        ) as tokens_after
    from own_events
    left join following_contexts
        on
            own_events.session_id = following_contexts.session_id
            and own_events.entry_number = following_contexts.entry_number

)

select * from compacted
