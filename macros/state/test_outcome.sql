{% macro planned_tests_sql(selected) -%}
    {#- One row for each selected data test; `planned` until it has run. -#}
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
            ] | join(', ') ~ ", 'planned')"
        ) -%}
    {%- endfor -%}
    {%- if rows %}
        insert into state.test_outcome values {{ rows | join(', ') }};
    {%- endif -%}
{%- endmacro %}

{% macro test_outcomes_sql() -%}
    {#- Keeps for a retry how the data tests ended: `data_test_status` is the plugin's, and knows this invocation only. -#}
    update state.test_outcome set status = data_test_status(test_id)
    where data_test_status(test_id) is distinct from status and data_test_status(test_id) <> '';
{%- endmacro %}
