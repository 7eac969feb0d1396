{% macro run_treatment_id() -%}
    {#- Key of a run under one treatment, from the columns of a relation that has a row a trial. -#}
    md5(concat_ws(
        ' ',
        run_id,
        {% for column in [
            'agent_type', 'agent_version', 'model_id', 'dataset', 'attempt1_tool_cap', 'retry_tool_cap', 'timeout_s',
            'concurrency',
        ] %}
            coalesce(cast({{ column }} as varchar), 'null'){% if not loop.last %},{% endif %}
        {% endfor %}
    ))
{%- endmacro %}

{% macro task_repository(task_id) -%}
    {#- `owner/name` of an instance id as SWE-bench writes it, `owner__name-123`; null for any other. -#}
    if(
        regexp_matches({{ task_id }}, '^[^/]+__.+-[0-9]+$'),
        regexp_replace({{ task_id }}, '^([^/]+?)__(.+)-[0-9]+$', '\1/\2'),
        null
    )
{%- endmacro %}

{% macro dataset_name(dataset) -%}
    {#- What stands before the last `@` of a dataset, else the whole of it. -#}
    if(contains({{ dataset }}, '@'), regexp_extract({{ dataset }}, '^(.*)@[^@]*$', 1), {{ dataset }})
{%- endmacro %}

{% macro dataset_version(dataset) -%}
    {#- What follows the last `@` of a dataset; null where there is none. -#}
    nullif(regexp_extract({{ dataset }}, '@([^@]*)$', 1), '')
{%- endmacro %}
