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
            ] | join(', ') ~ ", 'planned', null)"
        ) -%}
    {%- endfor -%}
    {%- if rows %}
        insert into state.test_outcome values {{ rows | join(', ') }};
    {%- endif -%}
{%- endmacro %}

{% macro test_outcomes_sql(results) -%}
    {#- Keeps how the data tests of this invocation ended, for a retry to go on from. -#}
    {%- set rows = [] -%}
    {%- for result in results if result.node.resource_type == 'test' and result.status != 'skipped' -%}
        {%- do rows.append(
            '(' ~ literal(result.node.unique_id) ~ ', ' ~ literal(result.status) ~ ', '
            ~ ('null' if result.failures is none else result.failures) ~ ')'
        ) -%}
    {%- endfor -%}
    {%- if rows %}
        update state.test_outcome
        set status = ended.status, failure_count = ended.failure_count
        from (values {{ rows | join(', ') }}) as ended (test_id, status, failure_count)
        where test_outcome.test_id = ended.test_id;
    {%- endif -%}
{%- endmacro %}

{% macro test_statuses() -%}
    {#- The data tests of this build that publication waits for, as they stand now: the plugin knows those that ran. -#}
    select
        test_id,
        test,
        coalesce(data_test_status(test_id), status) as status
    from state.test_outcome
    where is_before_publication
{%- endmacro %}
