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

{% macro date_in_name(name) -%}
    {#- The instant that a name begins or ends with, as names of runs do: `20250519`, `2026-01-15`, or seconds or
        milliseconds since 1970; null where there is none. -#}
    coalesce(
        try_cast(nullif(regexp_replace(
            regexp_extract({{ name }}, '(?:^|[^0-9])(20[0-9]{2}-?[01][0-9]-?[0-3][0-9])(?:[^0-9]|$)', 1),
            '^([0-9]{4})-?([0-9]{2})-?([0-9]{2})$', '\1-\2-\3'
        ), '') as timestamp),
        to_timestamp(try_cast(
            nullif(regexp_extract({{ name }}, '(?:^|[^0-9])(1[0-9]{9})(?:[0-9]{3})?(?:[^0-9]|$)', 1), '') as bigint
        )) at time zone 'UTC'
    )
{%- endmacro %}
