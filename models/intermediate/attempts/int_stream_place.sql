with

streams as (

    select
        *,
        array_position(
            ['session_jsonl', 'native_trajectory', 'stdout_events', 'atif', 'session_export'], telemetry
        ) as telemetry_rank
    from {{ ref('stg_session') }}

),

places as (

    select * from {{ ref('int_file_place') }}

),

trials as (

    select * from {{ ref('int_trial') }}

),

run_files as (

    select * from {{ ref('int_run_file') }}

),

located as (

    select
        streams.*,
        places.content_load_id,
        places.path,
        places.file_name,
        places.directory,
        places.step_name,
        trials.trial_id,
        run_files.run_id || '/' || coalesce(streams.task_id, places.file_stem) as free_trial_id
    from streams
    inner join places on streams.source_file_id = places.source_file_id
    left join trials on coalesce(streams.trial_directory, places.trial_directory) = trials.trial_directory
    left join run_files on streams.source_file_id = run_files.source_file_id
    where coalesce(streams.trial_directory, places.trial_directory) is null or trials.trial_id is not null

),

owned as (

    select
        * exclude (trial_id, free_trial_id, attempt_index),
        coalesce(trial_id, free_trial_id) as trial_id,
        if(trial_id is null, 0, attempt_index) as given_attempt_index
    from located

),

continuations as (

    select distinct
        directory,
        continues_path
    from owned
    where continues_path is not null

),

-- a stream starts an attempt unless it is a sub-agent's or carries on another stream
related as (

    select
        owned.*,
        not owned.is_subagent and continuations.continues_path is null as is_start
    from owned
    left join continuations
        on owned.directory = continuations.directory and owned.file_name = continuations.continues_path

)

select * from related
