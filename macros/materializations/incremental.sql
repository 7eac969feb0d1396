{% materialization incremental, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {#-
        Computed for the units that changed: in one transaction, rows of outdated units out and rows of touched units in.
        Where a rule has changed it is computed whole; where no unit has, its rows and its version stay.
    -#}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set plan = graph.nodes[model.unique_id].plan -%}
    {%- set changed = "'" ~ invocation_id ~ "'" -%}
    {%- if is_kept(existing) -%}
        {%- do keep() -%}
    {%- else -%}
        {%- set has_changed_units = plan.is_rebuilt or run_query(changed_units_sql()).rows | length > 0 -%}
        {%- if has_changed_units and model.language == 'python' -%}
            {%- do prepare_python_relation() -%}
            {%- call statement('python', language='python') -%}
                {{ py_write_table(temporary=false, relation=python_relation(), compiled_code=compiled_code) }}
            {%- endcall -%}
        {%- endif -%}
        {%- if plan.is_rebuilt -%}
            {%- do create_whole(existing, target_relation, changed, build_state_sql()) -%}
        {%- else -%}
            {%- do update_units(target_relation, changed, has_changed_units) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro update_units(relation, changed, has_changed_units) -%}
    {#- In one transaction, rows of outdated units out and rows of touched units in, and what is noted of that. -#}
    {%- set plan = graph.nodes[model.unique_id].plan -%}
    {%- call statement('main', fetch_result=true) -%}
        {%- if has_changed_units %}
        delete from {{ relation }} where {{ model.config.unique_key }} in ({{ outdated_units() }});
        insert into {{ relation }} by name
        {%- if model.language == 'python' %}
        from {{ python_relation() }};
        drop table {{ python_relation() }};
        {%- else %}
        (
            {{ compiled_code }}
        );
        {%- endif %}
        {{ build_state_sql() }}
        {%- endif %}
        {%- if plan.documentation != plan.stored.documentation %}
        {{ comments_sql(relation) }}
        {%- endif %}
        {{ built_node_sql(changed if has_changed_units else literal(plan.version or invocation_id)) }}
    {%- endcall -%}
    {%- do finish_node() -%}
{%- endmacro %}
