{% macro planned_tests_sql(selected) -%}
    {#- One row for each selected data test; `planned` stays where it never ran. -#}
    delete from state.test_outcome;
    {%- set rows = [] -%}
    {%- for node_id, node in graph.nodes.items() if node.resource_type == 'test' and node_id in selected -%}
        {%- set parents = node.depends_on.nodes -%}
        {%- set about = node.attached_node or (parents | first) or '' -%}
        {%- do rows.append(
            "(" ~ [
                literal(node_id),
                literal(node.name),
                literal(about.split('.') | last),
                'model.' ~ project_name ~ '.published_mart' not in parents,
            ] | join(', ') ~ ", 'planned', null)"
        ) -%}
    {%- endfor -%}
    {%- if rows %}
        insert into state.test_outcome values {{ rows | join(', ') }};
    {%- endif -%}
{%- endmacro %}

{% materialization test, adapter='duckdb' -%}
    {#- dbt's own, which then leaves its outcome in `state.test_outcome`. -#}
    {%- set relations = dbt.materialization_test_default() -%}
    {%- set outcome = load_result('main').table.rows[0] -%}
    {%- set is_error = config.get('severity', 'ERROR') | upper == 'ERROR' and outcome['should_error'] -%}
    {%- set status = 'fail' if is_error or (outcome['should_warn'] and flags.WARN_ERROR)
        else 'warn' if outcome['should_warn'] else 'pass' -%}
    {%- call statement('outcome', auto_begin=false) -%}
        update state.test_outcome
        set status = '{{ status }}', failure_count = {{ outcome['failures'] }}
        where test_id = '{{ model.unique_id }}'
    {%- endcall -%}
    {#- the query of a test opens a transaction that dbt leaves to be rolled back -#}
    {%- do adapter.commit() -%}
    {{ return(relations) }}
{%- endmaterialization %}
