with

attempts as (

    select * from {{ ref('int_attempt_unit') }}

),

trials as (

    select * from {{ ref('int_trial') }}

),

runs as (

    select * from {{ ref('int_run') }}

),

tasks as (

    select * from {{ ref('int_task') }}

),

reported as (

    select * from {{ ref('int_attempt_reported') }}

),

streams as (

    select
        attempt_id,
        min(agent_type) as agent_type,
        min(agent_version) as agent_version,
        arg_min(model_id, stream_index) as model_id
    from {{ ref('int_stream') }}
    where is_counted
    group by all

),

joined as (

    select
        attempts.*,
        coalesce(trials.attempt1_tool_cap, reported.attempt1_tool_cap, runs.attempt1_tool_cap) as attempt1_tool_cap,
        coalesce(trials.retry_tool_cap, reported.retry_tool_cap, runs.retry_tool_cap) as retry_tool_cap,
        coalesce(trials.agent_type, reported.agent_type, runs.agent_type, streams.agent_type) as agent_type,
        coalesce(trials.agent_version, runs.agent_version, streams.agent_version) as agent_version,
        coalesce(trials.model_id, reported.model_id, runs.model_id, streams.model_id) as model_id,
        coalesce(
            trials.source,
            runs.dataset,
            nullif(regexp_extract(trials.task_name, '^(.*)/[^/]+$', 1), ''),
            tasks.dataset
        ) as dataset,
        runs.dataset as run_dataset,
        runs.concurrency,
        coalesce(nullif(trials.agent_timeout_override_s, 0), nullif(tasks.agent_timeout_s, 0)) as agent_limit_s,
        case
            when nullif(trials.agent_timeout_override_s, 0) is not null then 'override'
            when nullif(tasks.agent_timeout_s, 0) is not null then 'task'
            when runs.timeout_s is not null then 'run'
        end as timeout_basis,
        nullif(trials.agent_timeout_max_s, 0) as agent_limit_max_s,
        coalesce(trials.agent_timeout_multiplier, trials.timeout_multiplier, runs.timeout_multiplier, 1)
            as timeout_factor,
        runs.timeout_s as run_timeout_s
    from attempts
    left join trials on attempts.trial_id = trials.trial_id
    left join runs on attempts.run_id = runs.run_id
    left join tasks on attempts.task_id = tasks.task_id
    left join reported on attempts.attempt_id = reported.attempt_id
    left join streams on attempts.attempt_id = streams.attempt_id

),

effective as (

    select
        * exclude (run_dataset, agent_limit_s, agent_limit_max_s, timeout_factor, run_timeout_s),
        -- Harbor: the override or the task's own limit, capped, times the multiplier that is set most closely
        cast(round(
            if(agent_limit_s is null, run_timeout_s, least(agent_limit_s, agent_limit_max_s) * timeout_factor)
        ) as bigint) as timeout_s,
        if(attempt_index = 0, attempt1_tool_cap, retry_tool_cap) as effective_tool_cap,
        {{ dataset_name('dataset') }} as dataset_name,
        -- a trial names its dataset bare where its job names the version too
        {{ dataset_version("if(starts_with(run_dataset, dataset || '@'), run_dataset, dataset)") }} as dataset_version
    from joined

),

families as (

    select
        effective.attempt_id,
        patterns.model_family
    from effective
    inner join {{ ref('model_family') }} as patterns on regexp_matches(effective.model_id, patterns.pattern, 'i')
    qualify row_number() over (
            partition by effective.attempt_id order by len(patterns.model_family) desc, patterns.pattern
        ) = 1

),

listed as (

    select
        *,
        coalesce(dataset || '/', '') || task_id as task_key,
        list_filter(
            [
                if(dataset_name is null, 'dataset_name', null),
                if(dataset_version is null, 'dataset_version', null),
                if(effective_tool_cap is null, 'effective_tool_cap', null),
                if(timeout_s is null, 'timeout_s', null),
                if(agent_type is null, 'agent_type', null),
                if(model_id is null, 'model_id', null),
            ],
            lambda field: field is not null
        ) as unrecorded_treatment
    from effective

)

select
    listed.*,
    families.model_family,
    len(listed.unrecorded_treatment) = 0 as is_treatment_complete
from listed
left join families on listed.attempt_id = families.attempt_id
