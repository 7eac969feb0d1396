{#- Marts hold features: a value with a line break or longer than any path or identifier would be message text. -#}
{%- set marts = [
    ref('attempt_span'), ref('patch_outcome_label'), ref('localization'), ref('trial'), ref('tool_call'),
    ref('eval_run'), ref('session_span'), ref('user_session'), ref('session_turn'), ref('session_step'),
    ref('region_edit'), ref('region_history'),
    ref('session_dynamics'), ref('agent_anticipation'), ref('session_feature'),
    ref('eval_run_repository'), ref('run_comparison'), ref('task_flip'), ref('run_insight'),
    ref('failure_event'), ref('failure_cluster'), ref('trace_score'),
    ref('response_matrix'), ref('agent_ability'), ref('item_difficulty'), ref('item_health'),
] -%}
{% for mart in marts %}
    {%- for column in (adapter.get_columns_in_relation(mart) if execute else []) %}
        {%- if column.dtype | lower in ('varchar', 'varchar[]') %}
select
    '{{ mart.identifier }}.{{ column.name }}' as column_name,
    max(len(value)) as longest
from (
    select {{ 'unnest(' ~ column.name ~ ')' if '[' in column.dtype else column.name }} as value
    from {{ mart }}
)
where len(value) > {{ var('longest_mart_text') }} or contains(value, chr(10))
group by all
having count(*) > 0
union all
        {%- endif %}
    {%- endfor %}
{% endfor %}
select
    '' as column_name,
    0 as longest
where false
