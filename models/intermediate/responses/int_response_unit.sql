with

cells as (

    select
        dataset_name,
        md5(string_agg(
            concat_ws('|', response_cell_id, outcome_count, mean_outcome), ' ' order by response_cell_id
        )) as cells_version
    from {{ ref('response_matrix') }}
    group by all

),

items as (

    select
        dataset_name,
        md5(string_agg(concat_ws('|', item_id, is_tried, statement_version), ' ' order by item_id)) as items_version
    from {{ ref('int_response_item') }}
    group by all

)

select
    cells.dataset_name,
    md5(concat_ws(' ', cells.cells_version, items.items_version)) as input_fingerprint
from cells
inner join items on cells.dataset_name = items.dataset_name
