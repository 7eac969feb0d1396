with

evidence as (

    select * from {{ ref('int_trial_evidence') }}

),

streams as (

    select * from {{ ref('int_stream') }} where context = 'eval'

),

trials as (

    select * from {{ ref('int_trial') }} where is_finished

),

places as (

    select * from {{ ref('int_file_place') }}

),

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

),

-- every file that bears on a trial, whichever attempt of it
inputs as (

    select
        trials.trial_id,
        places.source_file_id,
        places.content_version
    from trials
    inner join places on trials.trial_directory = places.trial_directory
    union
    select
        evidence.trial_id,
        places.source_file_id,
        places.content_version
    from evidence
    inner join places on evidence.source_file_id = places.source_file_id
    union
    select
        streams.trial_id,
        places.source_file_id,
        places.content_version
    from streams
    inner join places on streams.source_file_id = places.source_file_id

),

input_versions as (

    select
        trial_id,
        md5(string_agg(source_file_id || content_version, ' ' order by source_file_id)) as files_version
    from inputs
    group by all

)

select
    attempts.trial_id || '#' || attempts.attempt_index as attempt_id,
    attempts.trial_id,
    attempts.run_id,
    attempts.task_id,
    attempts.attempt_index,
    attempts.attempt_count,
    attempts.attempt_index = attempts.attempt_count - 1 as is_last_attempt,
    md5(concat_ws(
        ' ',
        attempts.attempt_count,
        input_versions.files_version,
        runs.content_version,
        tasks.content_version
    )) as input_fingerprint
from attempts
left join input_versions on attempts.trial_id = input_versions.trial_id
left join {{ ref('int_run') }} as runs on attempts.run_id = runs.run_id
left join {{ ref('int_task') }} as tasks on attempts.task_id = tasks.task_id
