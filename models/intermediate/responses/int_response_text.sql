{{ incremental_by_unit('int_response_unit', 'dataset_name') }}

with

items as (

    select * from {{ ref('int_response_item') }}
    where {{ is_touched('dataset_name') }}

),

-- too few items teach nothing
taught as (

    select dataset_name
    from items
    where is_tried and statement_version is not null
    group by all
    having count(*) >= {{ threshold('difficulty_items') }}

),

prepared as (

    select
        items.dataset_name,
        items.item_id,
        {{ embedded_text('tasks.problem_statement') }} as text
    from items
    inner join taught on items.dataset_name = taught.dataset_name
    inner join {{ ref('stg_task') }} as tasks
        on items.statement_file_id = tasks.source_file_id and items.statement_place = tasks.place

)

select
    dataset_name,
    item_id,
    {{ literal(var('embedding_model')) }} as embedding_model,
    sha256(text) as text_sha256,
    text
from prepared
where text <> '' and {{ literal(var('embedding_model')) }} <> 'none'
