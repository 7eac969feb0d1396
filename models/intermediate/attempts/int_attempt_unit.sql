with

attempts as (

    select * from {{ ref('int_attempt') }}

),

trials as (

    select * from {{ ref('int_trial') }}
    where is_finished

),

evidence as (

    select * from {{ ref('int_trial_evidence') }}

),

streams as (

    select * from {{ ref('int_stream') }}
    where context = 'eval'

),

places as (

    select * from {{ ref('int_file_place') }}

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
