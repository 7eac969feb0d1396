{%- set merged_columns = [
    'dataset', 'repository', 'base_commit', 'version', 'difficulty', 'created_at', 'gold_files', 'gold_test_files',
    'fail_to_pass', 'pass_to_pass', 'agent_timeout_s', 'verifier_timeout_s',
] -%}

with

evidence as (

    select
        tasks.*,
        row_number() over (order by files.path, tasks.place) as precedence
    from {{ ref('stg_task') }} as tasks
    inner join {{ ref('stg_source_file') }} as files on tasks.source_file_id = files.source_file_id

),

-- several files may describe one task: the first that says something of a column is believed
merged as (

    select
        task_id,
        {% for column in merged_columns %}
            arg_min({{ column }}, precedence) as {{ column }}{% if not loop.last %},{% endif %}
        {% endfor %}
    from evidence
    group by task_id

)

select
    *,
    len(fail_to_pass) as fail_to_pass_total,
    fail_to_pass is not null or pass_to_pass is not null as has_test_lists,
    md5(cast(merged as varchar)) as content_version
from merged
