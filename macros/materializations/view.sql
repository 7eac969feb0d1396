{% materialization view, adapter='duckdb' %}
    {#- Always created: what it reads lies in files, whose columns a newer loader may have changed. -#}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {%- do is_kept(existing) -%}
    {%- call statement('main', fetch_result=true) -%}
        {%- if existing is not none and existing.type != 'view' %}
        drop {{ existing.type }} {{ existing }};
        {%- endif %}
        create or replace view {{ target_relation }} as (
            {{ compiled_code }}
        );
        {{ built_node_sql(
            version_of_landed(target_relation) if model.sources else literal(graph.nodes[model.unique_id].plan.inputs)
        ) }}
    {%- endcall -%}
    {%- do finish_node() -%}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
