{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- Schemas have plain names: the build file holds one warehouse, so nothing needs a prefix. -#}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
