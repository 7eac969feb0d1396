with

events as (

    select * from {{ ref('int_phase_event') }}

),

-- an attempt without an event, in a trial whose other attempts have some, went through no phase
emitting_spans as (

    select attempts.attempt_id as span_id
    from {{ ref('int_attempt_unit') }} as attempts
    where attempts.trial_id in (select trial_id from events)
    union
    select span_id from events
    where trial_id is null

),

mapped as (

    select
        events.*,
        if(phases.raw_phase is null, 'other', phases.phase) as phase,
        phases.phase_order
    from events
    left join {{ ref('phase_map') }} as phases on events.raw_phase = phases.raw_phase

),

changed as (

    select
        *,
        lag(phase_order) over (partition by span_id order by seq) as previous_order
    from (
        select *
        from mapped
        where phase is not null
        qualify phase is distinct from lag(phase) over (partition by span_id order by seq)
    ) as collapsed

),

phase_lists as (

    select
        span_id,
        list({'seq': seq, 'occurred_at': occurred_at, 'phase': raw_phase} order by seq) as plannotator_phases
    from mapped
    group by all

),

transition_lists as (

    select
        span_id,
        list(phase order by seq) as phase_transitions,
        count(*) - 1 as phase_transition_count,
        count(*) filter (where phase_order < previous_order) as phase_backtracks
    from changed
    group by all

)

select
    emitting_spans.span_id,
    coalesce(phase_lists.plannotator_phases, []) as plannotator_phases,
    coalesce(transition_lists.phase_transitions, []) as phase_transitions,
    coalesce(transition_lists.phase_transition_count, 0) as phase_transition_count,
    coalesce(transition_lists.phase_backtracks, 0) as phase_backtracks
from emitting_spans
left join phase_lists on emitting_spans.span_id = phase_lists.span_id
left join transition_lists on emitting_spans.span_id = transition_lists.span_id
