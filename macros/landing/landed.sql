{% macro landed(table_name) -%}
    {#- The source that reads the landed Parquet, tied to the node that lands, so that the DAG orders them. -#}
    {%- set ordering = ref('landed_file') -%}
    {{ source('landing', table_name) }}
{%- endmacro %}

{% macro current_rows(table_name) -%}
    {#- Rows of a landed table whose file's newest content is theirs, byte-identical copies left out. -#}
    select landed_rows.*
    from {{ landed(table_name) }} as landed_rows
    inner join {{ ref('stg_source_file') }} as source_files
        on
            landed_rows.source_file_id = source_files.source_file_id
            and landed_rows.load_id = source_files.content_load_id
    where source_files.is_counted
{%- endmacro %}
