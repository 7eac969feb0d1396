{% macro plan_nodes(selected, is_whole_build) -%}
    {#-
        Puts a plan on each model, seed, snapshot and data test of `graph`, which is one object for the whole
        invocation: own, the fingerprints of what it is computed with besides its inputs; all, those of everything
        upstream too; rules and documentation, hashes of what is its own; is_rebuilt, whether an incremental model is
        computed from nothing; has_current_inputs, whether this build builds everything upstream; stored, what it was
        last built with; version, the one that it has until this invocation builds it.
    -#}
    {%- set own = own_fingerprints() -%}
    {%- set built = built_nodes() -%}
    {%- set closed = closed_fingerprints(own, built, selected) -%}
    {%- set proved = proved_tests() -%}
    {%- for node_id in own -%}
        {%- set node = graph.nodes[node_id] -%}
        {%- set is_incremental = node.config.materialized == 'incremental' -%}
        {%- set stored = proved.get(node_id, {}) if node.resource_type == 'test' else built.get(node.name, {}) -%}
        {%- set documentation = documentation_fingerprint(node) -%}
        {%- do node.update({'plan': {
            'own': own[node_id],
            'all': closed[node_id].all,
            'rules': local_md5(tojson(own[node_id], sort_keys=true)) ~ documentation,
            'documentation': documentation,
            'is_incremental': is_incremental,
            'is_rebuilt':
                is_incremental and is_rebuilt_whole(node, closed[node_id].all, stored.get('all'), node_id in selected),
            'has_current_inputs': is_whole_build or closed[node_id].is_selected,
            'stored': stored,
            'version': stored.get('version'),
        }}) -%}
    {%- endfor -%}
{%- endmacro %}

{% macro planned_nodes_sql() -%}
    {#- Fills `state.planned_node`, one row a model, seed or snapshot; forgets what is known of nodes that are gone. -#}
    {%- set publisher = graph.nodes.get('model.' ~ project_name ~ '.published_mart') -%}
    {%- set published = publisher.depends_on.nodes if publisher else [] -%}
    {%- set rows = [] -%}
    {%- for node_id, node in graph.nodes.items() if node.plan is defined and node.resource_type != 'test' -%}
        {%- do rows.append('(' ~ [
            literal(node.name),
            literal(node.schema),
            node_id in published and node.schema in ('marts', 'meta'),
            literal(unit_relation_name(node) if node.plan.is_incremental else none),
            literal(node.config.unique_key if node.plan.is_incremental else none),
        ] | join(', ') ~ ')') -%}
    {%- endfor -%}
    delete from state.planned_node;
    insert into state.planned_node values {{ rows | join(', ') }};
    delete from state.built_node where node not in (select node from state.planned_node);
    delete from state.build_state
    where model not in (select node from state.planned_node where unit_key is not null);
{%- endmacro %}

{% macro is_rebuilt_whole(node, fingerprints, stored, is_selected) -%}
    {#- Whether an incremental model is computed from nothing; says why where a changed rule is the reason. -#}
    {%- set relation = adapter.get_relation(node.database, node.schema, node.alias) -%}
    {%- if relation is none or relation.type != 'table' -%}
        {{ return(true) }}
    {%- elif node.config.full_refresh is not none -%}
        {{ return(node.config.full_refresh) }}
    {%- elif flags.FULL_REFRESH or fingerprints == stored -%}
        {{ return(flags.FULL_REFRESH or false) }}
    {%- endif -%}
    {%- if is_selected -%}
        {%- set row_count = run_query('select count(*) from ' ~ relation).columns[0].values()[0] -%}
        {%- set why = 'changed ' ~ some_names(changed_names(stored, fingerprints)) if stored
            else 'what it was computed with is unknown' -%}
        {%- do log('Recomputing ' ~ node.name ~ ' whole, ' ~ '{:,}'.format(row_count) ~ ' rows: ' ~ why, info=true) -%}
    {%- endif -%}
    {{ return(true) }}
{%- endmacro %}

{% macro unit_relation_name(node) -%}
    {#- The relation of units (key, input_fingerprint) that an incremental model's config names. -#}
    {%- set unit_model = node.config.meta.get('unit_model') -%}
    {%- for node_id in node.depends_on.nodes if node_id in graph.nodes and graph.nodes[node_id].name == unit_model -%}
        {{ return(graph.nodes[node_id].relation_name) }}
    {%- endfor -%}
    {%- do exceptions.raise_compiler_error(
        'The incremental model ' ~ node.name ~ ' reads no model of units: see incremental_by_unit'
    ) -%}
{%- endmacro %}

{% macro should_full_refresh() -%}
    {#- dbt's own answer, or that what the model is computed with has changed since it was. -#}
    {%- set is_asked = config.get('full_refresh') -%}
    {%- if is_asked is not none -%}
        {{ return(is_asked) }}
    {%- elif flags.FULL_REFRESH or model.config.materialized != 'incremental' -%}
        {{ return(flags.FULL_REFRESH) }}
    {%- endif -%}
    {%- set node = graph.nodes.get(model.unique_id, {}) -%}
    {{ return(node.plan is defined and node.plan.is_rebuilt) }}
{%- endmacro %}
