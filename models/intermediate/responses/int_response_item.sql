with

cells as (

    select * from {{ ref('response_matrix') }}

),

tasks as (

    select
        tasks.task_id,
        tasks.source_file_id,
        tasks.place,
        files.path,
        {{ dataset_name('tasks.dataset') }} as dataset_name,
        tasks.problem_statement
    from {{ ref('stg_task') }} as tasks
    inner join {{ ref('stg_source_file') }} as files on tasks.source_file_id = files.source_file_id

),

-- of several files that say what a task asks the first is believed
statements as (

    select
        task_id,
        source_file_id as statement_file_id,
        place as statement_place,
        md5(problem_statement) as statement_version
    from tasks
    where problem_statement is not null
    qualify row_number() over (partition by task_id order by path, place) = 1

),

tried as (

    select
        dataset_name,
        item_id,
        min(task_id) as task_id,
        min(revision) as revision,
        sum(outcome_count) > 0 as is_tried
    from cells
    group by all

),

tried_tasks as (

    select distinct
        dataset_name,
        task_id
    from tried

),

file_sizes as (

    select
        source_file_id,
        count(distinct task_id) as task_count
    from tasks
    group by all

),

file_datasets as (

    select
        tried_tasks.dataset_name,
        file_sizes.source_file_id
    from tasks
    inner join tried_tasks on tasks.task_id = tried_tasks.task_id
    inner join file_sizes on tasks.source_file_id = file_sizes.source_file_id
    group by all
    having count(distinct tasks.task_id) >= {{ threshold('item_file_overlap') }} * any_value(file_sizes.task_count)

),

-- a task is an item of the data set that it names, else of one in which enough tasks of its file were tried
candidates as (

    select
        dataset_name,
        task_id
    from tasks
    where dataset_name in (select tried_tasks.dataset_name from tried_tasks)
    union
    select
        file_datasets.dataset_name,
        tasks.task_id
    from tasks
    inner join file_datasets on tasks.source_file_id = file_datasets.source_file_id
    where tasks.dataset_name is null

),

untried as (

    select
        candidates.dataset_name,
        candidates.task_id as item_id,
        candidates.task_id,
        false as is_tried
    from candidates
    anti join tried_tasks
        on candidates.dataset_name = tried_tasks.dataset_name and candidates.task_id = tried_tasks.task_id

),

items as (

    select * from tried
    union all by name
    select * from untried  -- noqa: AM07

)

select
    items.*,
    statements.* exclude (task_id)
from items
left join statements on items.task_id = statements.task_id
