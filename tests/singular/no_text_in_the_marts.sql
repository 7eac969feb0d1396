{#- Marts hold features: a value with a line break or longer than any path or identifier would be message text. -#}
{%- set marts = [
    ref('attempt_span'), ref('patch_outcome_label'), ref('localization'), ref('trial'), ref('tool_call'),
    ref('eval_run'), ref('session_span'), ref('user_session'), ref('session_turn'), ref('session_step'),
    ref('region_edit'), ref('region_history'),
    ref('session_dynamics'), ref('agent_anticipation'), ref('judgement'), ref('session_feature'),
    ref('eval_run_repository'), ref('run_comparison'), ref('task_flip'), ref('run_insight'),
    ref('failure_event'), ref('failure_cluster'), ref('trace_score'),
    ref('response_matrix'), ref('agent_ability'), ref('item_difficulty'), ref('item_health'),
] -%}
{%- set is_text = 'len(value) > ' ~ var('longest_mart_text') ~ ' or contains(value, chr(10))' -%}
with

{% for mart in marts if execute %}
    {% set columns = graph.nodes['model.' ~ project_name ~ '.' ~ mart.identifier].columns.values() %}
    {% set lists = columns | selectattr('data_type', 'eq', 'varchar[]') | map(attribute='name') | list %}
    {% for column in columns if column.data_type == 'varchar' %}
        {% do lists.append('[' ~ column.name ~ '] as ' ~ column.name) %}
    {% endfor %}
    {{ mart.identifier }}_lists as (

        select {{ lists | join(', ') }}
        from {{ mart }}

    ),

    {{ mart.identifier }}_values as (

        unpivot {{ mart.identifier }}_lists on columns(*) into name column_name value column_values

    ),

{% endfor %}

marts as (

    {% for mart in marts %}
        select
            '{{ mart.identifier }}' as mart,
            *
        from {{ mart.identifier }}_values
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select distinct
    mart,
    column_name
from marts
where len(list_filter(column_values, lambda value: {{ is_text }})) > 0
