{% macro same_stream(landed_rows, streams) -%}
    {#-
        Join condition of landed rows to `int_stream`. The load goes first: it stands in the statistics of the Parquet
        files, so that only the loads of the streams at hand are read.
    -#}
    {{ landed_rows }}.load_id = {{ streams }}.content_load_id
    and {{ landed_rows }}.source_file_id = {{ streams }}.source_file_id
    and coalesce({{ landed_rows }}.session_index, 0) = {{ streams }}.session_index
{%- endmacro %}
