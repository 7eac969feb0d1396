with

related as (

    select * from {{ ref('int_stream_place') }}

),

steps as (

    select distinct
        trial_id,
        step_name,
        attempt_index
    from {{ ref('int_trial_evidence') }}
    where evidence = 'harbor_step'

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

-- of several telemetries of one attempt the richest counts: session file, native trajectory, stdout events, ATIF;
-- output that a harness kept in two files counts once
ranked as (

    select
        *,
        trial_id is not null
        and telemetry_rank = min(telemetry_rank) over (partition by trial_id, attempt_index)
        and (
            telemetry <> 'stdout_events'
            or row_number() over (
                partition by trial_id, attempt_index, telemetry, native_session_id order by path, session_index
            ) = 1
        ) as is_counted
    from placed

)

select
    stream_id,
    source_file_id,
    content_load_id,
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
