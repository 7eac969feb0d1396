with

attempts as (

    select * from {{ ref('int_attempt_unit') }}

),

trials as (

    select * from {{ ref('int_trial') }}

),

reported as (

    select * from {{ ref('int_attempt_reported') }}

),

labels as (

    select * from {{ ref('int_attempt_label') }}

),

streams as (

    select
        attempt_id,
        min(started_at) as started_at,
        max(finished_at) as finished_at
    from {{ ref('int_stream') }}
    where is_counted
    group by all

),

-- the trial's clock is the attempt's where there is one attempt and the clock is not a local one
clocked as (

    select
        attempts.*,
        if(attempts.attempt_count = 1 and not coalesce(trials.is_clock_local, false), trials.started_at, null)
            as trial_started_at,
        if(attempts.attempt_count = 1 and not coalesce(trials.is_clock_local, false), trials.finished_at, null)
            as trial_finished_at,
        trials.trial_id is not null as has_trial_result,
        coalesce(trials.attempt1_mode, reported.attempt1_mode) as attempt1_mode,
        coalesce(trials.trial_recovery_mode, reported.trial_recovery_mode) as trial_recovery_mode,
        coalesce(trials.final_failure_mode, reported.final_failure_mode) as trial_final_failure_mode,
        reported.started_at as reported_started_at,
        reported.finished_at as reported_finished_at,
        reported.exit_status
    from attempts
    left join trials on attempts.trial_id = trials.trial_id
    left join reported on attempts.attempt_id = reported.attempt_id

)

select
    clocked.attempt_id,
    coalesce(clocked.trial_started_at, clocked.reported_started_at, streams.started_at) as started_at,
    coalesce(clocked.trial_finished_at, clocked.reported_finished_at, streams.finished_at) as finished_at,
    if(
        clocked.has_trial_result,
        clocked.is_last_attempt and coalesce(failure_classes.timed_out_part = 'agent', false),
        null
    ) as timed_out,
    if(clocked.is_last_attempt, labels.exception_type, null) as exception_type,
    if(clocked.is_last_attempt, labels.failure_class, null) as failure_class,
    clocked.exit_status,
    clocked.attempt1_mode,
    if(clocked.attempt_index = 0, clocked.attempt1_mode, clocked.trial_recovery_mode) as localization_mode,
    if(clocked.attempt_index >= 1, clocked.trial_recovery_mode, null) as recovery_mode,
    if(clocked.is_last_attempt and coalesce(labels.reward, 0) < 1, clocked.trial_final_failure_mode, null)
        as final_failure_mode
from clocked
left join labels on clocked.attempt_id = labels.attempt_id
left join streams on clocked.attempt_id = streams.attempt_id
left join {{ ref('failure_class') }} as failure_classes on labels.exception_type = failure_classes.exception_type
