{% macro is_kept(relation) -%}
    {#-
        Whether what stands is what this node would be computed to: it was last computed by the same rules from the same
        versions of all that it reads. Each materialization asks this first and leaves such a node alone; the version
        that a node then has is what those who read it ask for in turn.

        A version changes whenever the rows may have changed. A table has the hash of its rows, a seed that of its file,
        an incremental model the invocation that last touched a unit of it, a view that of all that it reads, and a view
        of landed rows one of the files and loads that these come from.
    -#}
    {%- set plan = graph.nodes[model.unique_id].plan -%}
    {%- do plan.update({'inputs': inputs_now()}) -%}
    {{ return(
        plan.inputs is not none and plan.inputs == plan.stored.inputs and relation is not none
        and not (plan.is_rebuilt or flags.FULL_REFRESH)
    ) }}
{%- endmacro %}

{% macro inputs_now() -%}
    {#-
        A hash of a node's rules and of the versions of all that it reads; none where one of these is not known. What
        reads more than nodes says so by `meta: {reads_outside: true}`, and has other inputs in each invocation.
    -#}
    {%- set node = graph.nodes[model.unique_id] -%}
    {%- set inputs = [node.plan.rules] + ([invocation_id] if node.config.meta.get('reads_outside') else []) -%}
    {%- for parent in node.depends_on.nodes if parent in graph.nodes -%}
        {%- do inputs.append(graph.nodes[parent].plan.version) -%}
    {%- endfor -%}
    {{ return(none if none in inputs or is_partial_run() else local_md5(inputs | join(' '))) }}
{%- endmacro %}

{% macro is_partial_run() -%}
    {#- Whether this run fills tables with some of their rows: they have no version, and the next run computes them. -#}
    {{ return(flags.EMPTY or invocation_args_dict.get('sample')) }}
{%- endmacro %}

{% macro keep(outcome=none) -%}
    {#- In place of the main statement of a node that is kept. -#}
    {%- do store_raw_result('main', message='KEPT', code='KEPT', rows_affected=none, agate_table=outcome) -%}
{%- endmacro %}

{% macro built_node_sql(version) -%}
    {#-
        What this node was built with, for the transaction that builds it, and its version, an SQL expression, as the
        result. Where not all that is upstream was built with it, it may lag behind, and is computed again next time.
    -#}
    {%- set plan = graph.nodes[model.unique_id].plan %}
    delete from state.built_node where node = {{ literal(model.name) }};

    insert into state.built_node
    select
        {{ literal(model.name) }},
        {{ literal(tojson(plan.own)) }},
        {{ literal(tojson(plan.all) if plan.is_incremental else none) }},
        {{ literal(plan.documentation) }},
        {{ literal(plan.inputs if plan.has_current_inputs else none) }},
        {{ 'null' if is_partial_run() else version }}
    returning version
{%- endmacro %}

{% macro finish_node() -%}
    {#- Commits, and makes the version that the main statement returns known to those who read the node. -#}
    {%- do adapter.commit() -%}
    {%- do graph.nodes[model.unique_id].plan.update({'version': load_result('main').table.rows[0][0]}) -%}
{%- endmacro %}

{% macro version_of_rows(relation) -%}
    {#- A hash of the rows of a table in any order, as an SQL expression. -#}
    (select count(*) || ':' || coalesce(sum(hash(row_of_table)), 0) from {{ relation }} as row_of_table)
{%- endmacro %}

{% macro version_of_landed(relation) -%}
    {#-
        A hash of a view of landed rows, as an SQL expression: its rules and columns, and how many of its rows each file
        has from which load. A load's rows never change, so what lands for other tables leaves it as it is.
    -#}
    (
        select {{ literal(graph.nodes[model.unique_id].plan.rules) }} || ' ' || columns.version || ' ' || contents.version
        from (
            select md5(string_agg(column_name || ' ' || column_type, ', ')) as version
            from (describe {{ relation }})
        ) as columns
        cross join (
            select count(*) || ':' || coalesce(sum(hash(content)), 0) as version
            from (select source_file_id, load_id, count(*) from {{ relation }} group by all) as content
        ) as contents
    )
{%- endmacro %}

{% macro comments_sql(relation) -%}
    {#- Descriptions of a model and its columns as comments, where `persist_docs` asks for them. -#}
    {%- if config.persist_relation_docs() and model.description %}
    comment on {{ relation.type }} {{ relation }} is {{ literal(model.description) }};
    {%- endif %}
    {%- if config.persist_column_docs() %}
        {%- for name, column in model.columns.items() if column.description %}
    comment on column {{ relation }}.{{ adapter.quote(name) }} is {{ literal(column.description) }};
        {%- endfor %}
    {%- endif %}
{%- endmacro %}
