-- depends_on: {{ ref('attempt_span') }}
-- depends_on: {{ ref('localization') }}
-- depends_on: {{ ref('patch_outcome_label') }}
-- depends_on: {{ ref('trial') }}
with

product_only as (

    select signal_id
    from {{ ref('signal_definition') }}
    group by signal_id
    having bool_and(context = 'product')

)

select
    eval_columns.table_name,
    eval_columns.column_name
from information_schema.columns as eval_columns
inner join product_only on eval_columns.column_name = product_only.signal_id
where
    eval_columns.table_schema = 'marts'
    and eval_columns.table_name in ('attempt_span', 'localization', 'patch_outcome_label', 'trial')
