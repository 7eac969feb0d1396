with

streams as (

    select
        *,
        (array_position(['session_jsonl', 'native_trajectory', 'stdout_events', 'atif'], telemetry)) as telemetry_rank
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
        places.path,
        places.file_name,
        places.directory,
        places.step_name,
        trials.trial_id,
        run_files.run_id || '/' || streams.task_id as free_trial_id
    from streams
    inner join places on streams.source_file_id = places.source_file_id
    left join trials on places.trial_directory = trials.trial_directory
    left join run_files on streams.source_file_id = run_files.source_file_id
    where places.trial_directory is null or trials.trial_id is not null

),

owned as (

    select
        * exclude (trial_id, free_trial_id, attempt_index),
        coalesce(trial_id, free_trial_id) as trial_id,
        if(trial_id is null, 0, attempt_index) as given_attempt_index
    from located

),

-- a stream starts an attempt unless it is a sub-agent's or carries on another stream
related as (

    select
        owned.*,
        not owned.is_subagent and continued.continues_path is null as is_start
    from owned
    left join (
        select distinct
            directory,
            continues_path
        from owned
        where continues_path is not null
    ) as continued
        on owned.directory = continued.directory and owned.file_name = continued.continues_path

),

steps as (

    select distinct
        trials.trial_id,
        attempts.step_name,
        attempts.attempt_index
    from {{ ref('stg_attempt') }} as attempts
    inner join places on attempts.source_file_id = places.source_file_id
    inner join trials on places.trial_directory = trials.trial_directory
    where attempts.evidence = 'harbor_step'

),

ordered as (

    select
        related.*,
        coalesce(
            related.given_attempt_index,
            steps.attempt_index,
            count(*) filter (where related.is_start) over (
                partition by related.trial_id, related.telemetry
                order by related.started_at nulls first, related.path, related.session_index
                rows between unbounded preceding and current row
            ) - 1
        ) as attempt_position
    from related
    left join steps on related.trial_id = steps.trial_id and related.step_name = steps.step_name

),

placed as (

    select
        *,
        if(trial_id is null, null, greatest(attempt_position, 0)) as attempt_index
    from ordered

),

-- of several telemetries of one attempt the richest counts: session file, native trajectory, stdout events, ATIF
ranked as (

    select
        *,
        trial_id is not null
        and telemetry_rank = min(telemetry_rank) over (partition by trial_id, attempt_index) as is_counted
    from placed

)

select
    stream_id,
    source_file_id,
    session_index,
    if(trial_id is null, 'product', 'eval') as context,
    trial_id,
    attempt_index,
    trial_id || '#' || attempt_index as attempt_id,
    is_counted,
    row_number() over (
        partition by trial_id, attempt_index, telemetry
        order by is_subagent, started_at nulls first, path, session_index
    ) - 1 as stream_index,
    telemetry,
    native_session_id,
    is_subagent,
    agent_type,
    agent_version,
    model_id,
    working_directory,
    started_at,
    finished_at,
    exit_status,
    converted_from,
    is_reasoning_lost,
    is_usage_reported,
    is_result_text_reported,
    total_cost_usd,
    total_input_tokens,
    total_cache_read_tokens,
    total_cache_write_tokens,
    total_output_tokens,
    total_reasoning_tokens,
    llm_call_count
from ranked
