with

outcomes as (

    select * from {{ ref('int_run_outcome') }}

),

attempts as (

    select
        trial_id,
        sum(hash(attempt_index, input_fingerprint)) as content_version
    from {{ ref('int_attempt_unit') }}
    group by all

),

runs as (

    select * from {{ ref('int_run') }}

),

subjects as (

    select
        outcomes.run_treatment_id,
        {% for column in [
            'outcome_source', 'run_id', 'agent_id', 'agent_type', 'agent_version', 'model_id', 'dataset_name',
            'dataset_version', 'attempt1_tool_cap', 'retry_tool_cap', 'concurrency',
        ] %}
            any_value(outcomes.{{ column }}) as {{ column }},
        {% endfor %}
        min(outcomes.started_at) as started_at,
        cast(sum(hash(outcomes, attempts.content_version)) as varchar) as content_version
    from outcomes
    left join attempts on outcomes.trial_id = attempts.trial_id
    group by all

),

item_sets as (

    select distinct
        source_file_id as item_set_id,
        task_id
    from {{ ref('stg_task') }}
    qualify count(*) over (partition by item_set_id) > 1

),

item_set_sizes as (

    select
        item_set_id,
        count(*) as item_count
    from item_sets
    group by all

),

shared_items as (

    select
        outcomes.run_treatment_id,
        item_sets.item_set_id,
        count(distinct outcomes.task_id) as shared_count
    from outcomes
    inner join item_sets on outcomes.task_id = item_sets.task_id
    where outcomes.dataset_name is null
    group by all

),

-- a run that names no dataset is one of those of the file of tasks that holds most of its own, the larger file first
nameless_benchmarks as (

    select
        shared_items.run_treatment_id,
        shared_items.item_set_id
    from shared_items
    inner join item_set_sizes as sizes on shared_items.item_set_id = sizes.item_set_id
    qualify
        row_number() over (
            partition by shared_items.run_treatment_id
            order by shared_items.shared_count desc, sizes.item_count desc, shared_items.item_set_id asc
        ) = 1

),

dated as (

    select
        subjects.* exclude (started_at),
        coalesce(subjects.dataset_name, 'tasks of ' || nameless_benchmarks.item_set_id, 'unknown') as benchmark,
        coalesce(
            subjects.started_at, runs.started_at, runs.started_local_at, {{ date_in_name('subjects.run_id') }}
        ) as ordered_at,
        case
            when coalesce(subjects.started_at, runs.started_at) is not null then 'clock'
            when runs.started_local_at is not null then 'local_clock'
            when ordered_at is not null then 'run_id'
            else 'none'
        end as order_basis
    from subjects
    left join runs on subjects.run_id = runs.run_id
    left join nameless_benchmarks on subjects.run_treatment_id = nameless_benchmarks.run_treatment_id

)

select
    *,
    {{ var('bootstrap_resamples') }} as bootstrap_resamples,
    {{ var('bootstrap_seed') }} as bootstrap_seed,
    md5(cast(dated as varchar)) as input_fingerprint
from dated
