with

responses as (

    select * from {{ ref('int_response') }}

),

-- which items a benchmark has: the rows of a file of tasks, the cells of a matrix
item_sets as (

    select
        source_file_id as item_set_id,
        task_id
    from {{ ref('stg_task') }}
    union
    select
        source_file_id as item_set_id,
        task_id
    from responses
    where not is_list_of_resolved

),

item_set_sizes as (

    select
        item_set_id,
        count(*) as item_count
    from item_sets
    group by all

),

-- a list names what was resolved, once
lists as (

    select
        run_treatment_id,
        run_id,
        agent_id,
        agent_name as agent_type,
        model_id,
        dataset,
        task_id,
        max(value) as value,
        max(cost_usd) as cost_usd,
        min(occurred_at) as occurred_at
    from responses
    where is_list_of_resolved
    group by all

),

subjects as (

    select
        * exclude (task_id, value, cost_usd, occurred_at),
        count(*) as listed_count
    from lists
    group by all

),

holding_sets as (

    select
        subjects.*,
        item_set_sizes.*
    from subjects
    inner join lists on subjects.run_treatment_id = lists.run_treatment_id
    inner join item_sets on lists.task_id = item_sets.task_id
    inner join item_set_sizes on item_sets.item_set_id = item_set_sizes.item_set_id
    where subjects.listed_count >= {{ threshold('list_item_set_items') }}
    group by all
    having count(*) = subjects.listed_count

),

-- the smallest known set that holds all that a list names is what the list was measured on
list_sets as (

    select * exclude (listed_count, item_count)
    from holding_sets
    qualify row_number() over (partition by run_treatment_id order by item_count, item_set_id) = 1

),

absent as (

    select
        list_sets.run_treatment_id || ' ' || item_sets.task_id as outcome_id,
        list_sets.* exclude (item_set_id),
        item_sets.task_id,
        0.0 as value,
        'absent_from_list' as value_basis
    from list_sets
    inner join item_sets on list_sets.item_set_id = item_sets.item_set_id
    anti join lists on list_sets.run_treatment_id = lists.run_treatment_id and item_sets.task_id = lists.task_id

),

listed as (

    select
        lists.run_treatment_id || ' ' || lists.task_id as outcome_id,
        lists.*,
        if(list_sets.item_set_id is null, 'listed_alone', 'listed') as value_basis
    from lists
    left join list_sets on lists.run_treatment_id = list_sets.run_treatment_id

),

cells as (

    select
        *,
        source_file_id || place as outcome_id,
        agent_name as agent_type,
        'cell' as value_basis
    from responses
    where not is_list_of_resolved

)

select * from cells
union all by name
select * from listed  -- noqa: AM07
union all by name
select * from absent  -- noqa: AM07
