{%- set merged_columns = [
    'run_name', 'native_trial_id', 'trial_name', 'task_id', 'task_name', 'task_checksum', 'source', 'agent_type', 'agent_version', 'model_id',
    'agent_timeout_override_s', 'agent_timeout_max_s', 'timeout_multiplier', 'agent_timeout_multiplier',
    'attempt1_tool_cap', 'retry_tool_cap', 'environment_type', 'started_at', 'finished_at', 'agent_started_at',
    'agent_finished_at', 'verifier_started_at', 'verifier_finished_at', 'is_clock_local', 'has_verifier_result', 'reward',
    'exception_type', 'attempt1_mode', 'trial_recovery_mode', 'final_failure_mode', 'input_tokens_with_cache',
    'cache_read_tokens', 'cache_write_tokens', 'output_tokens', 'cost_usd', 'step_count',
] -%}

with

evidence as (

    select
        trials.*,
        row_number() over (
            order by trials.evidence = 'harbor_config', files.path, trials.place
        ) as precedence
    from {{ ref('stg_trial') }} as trials
    inner join {{ ref('stg_source_file') }} as files on trials.source_file_id = files.source_file_id

),

merged as (

    select
        trial_directory,
        any_value(run_directory) as run_directory,
        bool_or(evidence <> 'harbor_config') as is_finished,
        regexp_extract(arg_min(evidence, precedence), '^(.*)_[a-z]+$', 1) as harness,
        {% for column in merged_columns %}
            arg_min({{ column }}, precedence) as {{ column }}{% if not loop.last %},{% endif %}
        {% endfor %}
    from evidence
    group by trial_directory

),

identified as (

    select
        * replace (coalesce(task_id, regexp_extract(task_name, '([^/]+)/*$', 1)) as task_id),
        coalesce(run_name, regexp_extract(run_directory, '([^/]+)/*$', 1)) as run_id
    from merged

),

named as (

    select
        *,
        coalesce(
            native_trial_id,
            run_id || '/' || coalesce(trial_name, regexp_extract(trial_directory, '([^/]+)/*$', 1))
        ) as trial_id
    from identified

),

-- a copied trial folder is the same trial: the finished one with the first path stands for all
counted as (

    select *
    from named
    qualify row_number() over (partition by trial_id order by is_finished desc, trial_directory asc) = 1

)

select counted.*
from counted
left join {{ ref('excluded_run') }} as excluded on counted.run_id = excluded.run_id
where excluded.run_id is null
