with

attempts as (

    -- an instance is named by its record, else by the file that holds nothing but it
    select
        attempts.* replace (
            coalesce(attempts.task_id, if(attempts.run_directory is null, null, places.file_stem)) as task_id
        ),
        places.path,
        places.trial_directory,
        places.step_name as place_step_name
    from {{ ref('stg_attempt') }} as attempts
    inner join {{ ref('int_file_place') }} as places on attempts.source_file_id = places.source_file_id

),

trials as (

    select * from {{ ref('int_trial') }}

),

steps as (

    select
        trials.trial_id,
        attempts.step_name,
        min(attempts.attempt_index) as attempt_index
    from attempts
    inner join trials on attempts.trial_directory = trials.trial_directory
    where attempts.evidence = 'harbor_step'
    group by all

),

-- what a verifier or a trajectory inside a trial says is about its last attempt, unless a step or a number names one
in_trials as (

    select
        attempts.* exclude (attempt_index, place_step_name),
        trials.trial_id,
        coalesce(attempts.attempt_index, steps.attempt_index) as attempt_index
    from attempts
    inner join trials on attempts.trial_directory = trials.trial_directory
    left join steps on trials.trial_id = steps.trial_id and attempts.place_step_name = steps.step_name

),

in_runs as (

    select
        attempts.* exclude (attempt_index, place_step_name),
        run_files.run_id || '/' || attempts.task_id as trial_id,
        0 as attempt_index
    from attempts
    inner join {{ ref('int_run_file') }} as run_files on attempts.source_file_id = run_files.source_file_id
    where attempts.trial_directory is null and attempts.task_id is not null

),

combined as (

    select * from in_trials
    union all by name
    select * from in_runs

)

select
    * exclude (patch, path, trial_directory),
    patch is not null as has_patch,
    row_number() over (
        partition by trial_id
        order by
            array_position(
                [
                    'report', 'summary', 'graded_patch', 'results_row', 'prediction', 'trajectory', 'harbor_step',
                    'harness_stdout', 'reward_file', 'resolved_list', 'eval_history',
                ],
                evidence
            ),
            path,
            place
    ) as precedence
from combined
