with

evidence as (

    select * from {{ ref('int_trial_evidence') }}

),

streams as (

    select * from {{ ref('int_stream') }}
    where context = 'eval'

),

trials as (

    select * from {{ ref('int_trial') }}
    where is_finished

),

places as (

    select * from {{ ref('int_file_place') }}

),

-- a summary, a step, a stream or a phase event with a number proves its attempt and those before it
numbered as (

    select
        trial_id,
        attempt_index
    from evidence
    where evidence in ('harness_stdout', 'harbor_step')
    union
    select
        trial_id,
        attempt_index
    from streams
    union
    select
        trials.trial_id,
        events.attempt_index
    from {{ ref('stg_phase_event') }} as events
    inner join places on events.source_file_id = places.source_file_id
    inner join trials on places.trial_directory = trials.trial_directory
    where events.attempt_index is not null

),

trial_lengths as (

    select
        trials.trial_id,
        coalesce(max(numbered.attempt_index), 0) + 1 as attempt_count
    from trials
    left join numbered on trials.trial_id = numbered.trial_id
    group by all

),

trial_attempts as (

    select
        trials.trial_id,
        trials.run_id,
        trials.task_id,
        trial_lengths.attempt_count,
        unnest(range(trial_lengths.attempt_count)) as attempt_index
    from trials
    inner join trial_lengths on trials.trial_id = trial_lengths.trial_id

),

-- outside Harbor a run and an instance make one attempt; a list of resolved ids alone makes none
run_attempts as (

    select distinct
        evidence.trial_id,
        run_files.run_id,
        evidence.task_id,
        1 as attempt_count,
        0 as attempt_index
    from evidence
    inner join {{ ref('int_run_file') }} as run_files on evidence.source_file_id = run_files.source_file_id
    where evidence.evidence <> 'resolved_list'
    union
    select distinct
        streams.trial_id,
        run_files.run_id,
        substr(streams.trial_id, len(run_files.run_id) + 2) as task_id,
        1 as attempt_count,
        0 as attempt_index
    from streams
    inner join {{ ref('int_run_file') }} as run_files on streams.source_file_id = run_files.source_file_id

),

attempts as (

    select * from trial_attempts
    union all
    select * from run_attempts

)

select * from attempts
