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
{% for mart in marts if execute %}
    {%- set columns = graph.nodes['model.' ~ project_name ~ '.' ~ mart.identifier].columns.values() %}
    select
        '{{ mart.identifier }}' as mart,
        list_filter(
            [
                {%- for column in columns if column.data_type in ('varchar', 'varchar[]') %}
                    {%- set values = column.name if '[' in column.data_type else '[' ~ column.name ~ ']' %}
                    if(
                        bool_or(len(list_filter({{ values }}, lambda value: {{ is_text }})) > 0),
                        '{{ column.name }}',
                        null
                    ){{ ',' if not loop.last }}
                {%- endfor %}
            ],
            lambda column_name: column_name is not null
        ) as column_names
    from {{ mart }}
    having len(column_names) > 0
    union all
{% endfor %}
select
    '' as mart,
    [''] as column_names
where false
