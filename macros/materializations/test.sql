{% materialization test, adapter='duckdb' %}
    {#- Run where the test or what it reads has changed since it passed; else its outcome stands. -#}
    {%- set plan = graph.nodes[model.unique_id].plan -%}
    {%- if is_kept(true) -%}
        {%- do keep(plan.stored.outcome) -%}
    {%- elif should_store_failures() -%}
        {{ return(materialization_test_default()) }}
    {%- else -%}
        {%- call statement('main', fetch_result=true, auto_begin=false) -%}
            {{ get_test_sql(
                sql, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), config.get('limit')
            ) }}
        {%- endcall -%}
    {%- endif -%}
    {{ return({'relations': []}) }}
{% endmaterialization %}
