with

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
trial_events as (

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
attempt_events as (

    select
        trial_id || '#' || coalesce(attempt_index, 0) as span_id,
        *
    from trial_events
    where trial_id is not null and raw_phase is not null
    qualify emitter = max(emitter) over (partition by trial_id, coalesce(attempt_index, 0))

),

session_events as (

    select
        streams.span_id,
        streams.stream_index,
        phase_events.phase_index,
        phase_events.occurred_at,
        phase_events.phase as raw_phase
    from {{ ref('stg_phase_event') }} as phase_events
    inner join {{ ref('int_span_stream') }} as streams
        on phase_events.stream_id = streams.stream_id and streams.context = 'product'
    anti join {{ ref('int_entry_copy') }} as copies
        on phase_events.stream_id = copies.stream_id and phase_events.place = copies.place
    where phase_events.phase is not null

),

combined as (

    select
        span_id,
        trial_id,
        row_number() over (partition by span_id order by path, phase_index) - 1 as seq,
        occurred_at,
        raw_phase
    from attempt_events
    union all
    select
        span_id,
        null as trial_id,
        row_number() over (partition by span_id order by stream_index, phase_index) - 1 as seq,
        occurred_at,
        raw_phase
    from session_events

)

select * from combined
