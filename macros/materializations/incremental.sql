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
        {%- set batch_count = unit_batch_count() -%}
        {%- if batch_count > 0 and model.language == 'python' -%}
            {%- do prepare_python_relation() -%}
            {%- call statement('python', language='python') -%}
                {{ py_write_table(temporary=false, relation=python_relation(), compiled_code=compiled_code) }}
            {%- endcall -%}
        {%- endif -%}
        {%- if plan.is_rebuilt -%}
            {%- do create_whole(existing, target_relation, changed, build_state_sql(), batch_count) -%}
        {%- else -%}
            {%- do update_units(target_relation, changed, batch_count) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro unit_batch_count() -%}
    {#- In how many batches the touched units are computed: none where there is nothing to do, one in most models. -#}
    {%- set plan = graph.nodes[model.unique_id].plan -%}
    {%- set unit_count = [touched_unit_count(), 1 if plan.is_rebuilt else 0] | max -%}
    {%- set batch_size = var('units_in_a_batch') if is_in_batches() else unit_count -%}
    {{ return((unit_count / batch_size) | round(0, 'ceil') | int if unit_count > 0 else 0) }}
{%- endmacro %}

{% macro insert_sql(relation, batch_count) -%}
    {#- Puts the rows of the model's query into its table, one batch of units after another. -#}
    {%- for batch in range(batch_count) %}
        {%- if is_in_batches() %}
        set variable unit_batch = {{ batch }};
        set variable unit_batch_count = {{ batch_count }};
        {%- endif %}
        insert into {{ relation }} by name (
            {{ compiled_code }}
        );
    {%- endfor %}
{%- endmacro %}

{% macro update_units(relation, changed, batch_count) -%}
    {#- In one transaction, rows of outdated units out and rows of touched units in, and what is noted of that. -#}
    {%- set plan = graph.nodes[model.unique_id].plan -%}
    {%- call statement('main', fetch_result=true) -%}
        {%- if batch_count > 0 %}
        delete from {{ relation }} where {{ model.config.unique_key }} in ({{ outdated_units() }});
        {%- if model.language == 'python' %}
        insert into {{ relation }} by name from {{ python_relation() }};
        drop table {{ python_relation() }};
        {%- else %}
        {{ insert_sql(relation, batch_count) }}
        {%- endif %}
        {{ build_state_sql() }}
        {%- endif %}
        {%- if plan.documentation != plan.stored.documentation %}
        {{ comments_sql(relation) }}
        {%- endif %}
        {{ built_node_sql(changed if batch_count > 0 else literal(plan.version or invocation_id)) }}
    {%- endcall -%}
    {%- do finish_node() -%}
{%- endmacro %}
