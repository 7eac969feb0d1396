{% materialization seed, adapter='duckdb' %}
    {#- Loaded where its file or its types have changed; its version is theirs. -#}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- if is_kept(existing) -%}
        {%- do keep() -%}
    {%- else -%}
        {%- call statement('main', fetch_result=true) -%}
            create or replace table {{ target_relation }} as
            from read_csv({{ literal(adapter.get_seed_file_path(model)) }}, header = true, delim = ',', quote = '"'
                {%- if config.get('column_types') -%}
                , types = {{ tojson(config.get('column_types')) | replace('"', "'") }}
                {%- endif %});
            {{ built_node_sql(literal(graph.nodes[model.unique_id].plan.inputs)) }}
        {%- endcall -%}
        {%- do finish_node() -%}
    {%- endif -%}
    {%- do store_result('agate_table', response='OK') -%}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
