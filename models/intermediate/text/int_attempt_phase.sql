with

attempts as (

    select * from {{ ref('int_attempt_unit') }}

),

streams as (

    select * from {{ ref('int_stream') }}

),

trials as (

    select * from {{ ref('int_trial') }}

),

places as (

    select * from {{ ref('int_file_place') }}

),

-- an event that the harness printed names its attempt; one in a session file belongs to the session's attempt
events as (

    select
        coalesce(streams.trial_id, trials.trial_id) as trial_id,
        if(phase_events.emitter = 'stdout_event', phase_events.attempt_index, streams.attempt_index) as attempt_index,
        phase_events.emitter,
        phase_events.phase_index,
        phase_events.occurred_at,
        phase_events.phase as raw_phase,
        places.path,
        phase_events.place
    from {{ ref('stg_phase_event') }} as phase_events
    inner join places on phase_events.source_file_id = places.source_file_id
    left join trials on places.trial_directory = trials.trial_directory
    left join streams
        on phase_events.stream_id = streams.stream_id and phase_events.emitter = 'session_entry'

),

-- both emitters tell the same story: the harness's own events stand where there are any
chosen as (

    select
        trial_id || '#' || coalesce(attempt_index, 0) as attempt_id,
        *
    from events
    where trial_id is not null and raw_phase is not null
    qualify emitter = max(emitter) over (partition by trial_id, coalesce(attempt_index, 0))

),

mapped as (

    select
        chosen.*,
        row_number() over (partition by chosen.attempt_id order by chosen.path, chosen.phase_index) - 1 as seq,
        if(phases.raw_phase is null, 'other', phases.phase) as phase,
        phases.phase_order
    from chosen
    left join {{ ref('phase_map') }} as phases on chosen.raw_phase = phases.raw_phase

),

changed as (

    select
        *,
        lag(phase_order) over (partition by attempt_id order by seq) as previous_order
    from (
        select *
        from mapped
        where phase is not null
        qualify phase is distinct from lag(phase) over (partition by attempt_id order by seq)
    ) as collapsed

),

phase_lists as (

    select
        attempt_id,
        list({'seq': seq, 'occurred_at': occurred_at, 'phase': raw_phase} order by seq) as plannotator_phases
    from mapped
    group by all

),

transition_lists as (

    select
        attempt_id,
        list(phase order by seq) as phase_transitions,
        count(*) - 1 as phase_transition_count,
        count(*) filter (where phase_order < previous_order) as phase_backtracks
    from changed
    group by all

),

emitting_trials as (

    select distinct trial_id from events
    where trial_id is not null

)

select
    attempts.attempt_id,
    coalesce(phase_lists.plannotator_phases, []) as plannotator_phases,
    coalesce(transition_lists.phase_transitions, []) as phase_transitions,
    coalesce(transition_lists.phase_transition_count, 0) as phase_transition_count,
    coalesce(transition_lists.phase_backtracks, 0) as phase_backtracks
from attempts
inner join emitting_trials on attempts.trial_id = emitting_trials.trial_id
left join phase_lists on attempts.attempt_id = phase_lists.attempt_id
left join transition_lists on attempts.attempt_id = transition_lists.attempt_id
