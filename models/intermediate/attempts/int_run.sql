{%- set merged_columns = [
    'submission', 'agent_type', 'agent_version', 'model_id', 'dataset', 'concurrency', 'attempts_per_task',
    'timeout_s', 'timeout_multiplier', 'attempt1_tool_cap', 'retry_tool_cap', 'retry_count', 'trial_count', 'started_at',
    'finished_at', 'started_local_at', 'finished_local_at',
] -%}

with

files as (

    select * from {{ ref('stg_source_file') }}

),

run_files as (

    select * from {{ ref('int_run_file') }}

),

-- a job file names its run by its folder, an eval history by the run's name, a summary through its instances
evidence as (

    select
        runs.*,
        coalesce(
            run_files.run_id,
            case
                when runs.evidence = 'submission_metadata' then {{ folder_run_id('runs.run_directory', 'files.root') }}
                else runs.run_name
            end
        ) as run_id,
        row_number() over (
            order by
                array_position(
                    [
                        'harbor_job_config', 'harbor_job_result', 'submission_metadata', 'terminal_bench_metadata',
                        'terminal_bench_results', 'inspect_log',
                    ],
                    runs.evidence
                ) nulls last,
                files.path,
                runs.place
        ) as precedence
    from {{ ref('stg_eval_run') }} as runs
    inner join files on runs.source_file_id = files.source_file_id
    left join run_files on runs.source_file_id = run_files.source_file_id

),

merged as (

    select
        run_id,
        {% for column in merged_columns %}
            arg_min({{ column }}, precedence) as {{ column }},
        {% endfor %}
        string_agg(distinct source_file_id || place, ' ' order by source_file_id || place) as evidence_places
    from evidence
    where run_id is not null
    group by run_id

),

reports as (

    select
        run_files.run_id,
        bool_or(attempts.evidence = 'report') as has_instance_reports,
        bool_or(attempts.evidence = 'resolved_list') as has_resolved_list
    from {{ ref('stg_attempt') }} as attempts
    inner join run_files on attempts.source_file_id = run_files.source_file_id
    group by all

),

run_ids as (

    select run_id from merged
    union
    select run_id from reports
    union
    select run_id from {{ ref('int_trial') }}

),

described as (

    select
        run_ids.run_id,
        coalesce(reports.has_instance_reports, false) as has_instance_reports,
        coalesce(reports.has_resolved_list, false) as has_resolved_list,
        merged.* exclude (run_id, evidence_places)
    from run_ids
    left join merged on run_ids.run_id = merged.run_id
    left join reports on run_ids.run_id = reports.run_id

)

select
    *,
    md5(cast(described as varchar)) as content_version
from described
