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

{% macro proved_tests_sql(results) -%}
    {#- Keeps which data tests of this invocation passed or warned, and on what: they need no proof until that changes. -#}
    {%- set rows = [] -%}
    {%- set test_ids = [] -%}
    {%- for result in results if result.node.resource_type == 'test' and result.node.unique_id in graph.nodes -%}
        {%- set inputs = graph.nodes[result.node.unique_id].plan.inputs -%}
        {%- set is_proved = inputs and result.status in ('pass', 'warn') -%}
        {%- if not is_proved or inputs != graph.nodes[result.node.unique_id].plan.stored.inputs -%}
            {%- do test_ids.append(result.node.unique_id) -%}
            {%- if is_proved -%}
                {%- do rows.append(
                    '(' ~ [literal(result.node.unique_id), literal(inputs), result.failures, result.status == 'warn']
                    | join(', ') ~ ', false)'
                ) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if test_ids %}
        delete from state.proved_test where test_id in {{ literals(test_ids) }};
    {%- endif -%}
    {%- if rows %}
        insert into state.proved_test values {{ rows | join(', ') }};
    {%- endif -%}
{%- endmacro %}

{% macro proved_tests() -%}
    {#- By id of a data test: inputs, on which it last passed or warned, and outcome, the row that dbt asks a test for. -#}
    {%- set table = run_query("select failures, should_warn, should_error, test_id, inputs from state.proved_test") -%}
    {%- set proved = {} -%}
    {%- for row in table.rows -%}
        {%- do proved.update({row[3]: {
            'inputs': row[4],
            'outcome': table.limit(loop.index0, loop.index).select(['failures', 'should_warn', 'should_error']),
        }}) -%}
    {%- endfor -%}
    {{ return(proved) }}
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
