{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {#- Computed whole, where anything that it is computed from has changed. -#}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- if is_kept(existing) -%}
        {%- do keep() -%}
    {%- else -%}
        {%- if model.language == 'python' -%}
            {%- do prepare_python_relation() -%}
            {%- call statement('python', language='python') -%}
                {{ py_write_table(temporary=false, relation=python_relation(), compiled_code=compiled_code) }}
            {%- endcall -%}
        {%- endif -%}
        {%- do create_whole(existing, target_relation, version_of_rows(target_relation)) -%}
    {%- endif -%}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro create_whole(existing, relation, version, also='', batch_count=1) -%}
    {#-
        A table from nothing, in one transaction with what is noted of it; `also` is further SQL for that. Its rows come
        at once, or in so many batches.
    -#}
    {%- call statement('main', fetch_result=true) -%}
        {%- if existing is not none and existing.type != 'table' %}
        drop {{ existing.type }} {{ existing }};
        {%- endif %}
        {%- if model.language == 'python' %}
        drop table if exists {{ relation }};
        alter table {{ python_relation() }} rename to {{ adapter.quote(relation.identifier) }};
        {%- elif config.get('contract').enforced %}
        {{ get_assert_columns_equivalent(compiled_code) }}
        create or replace table {{ relation }} {{ get_table_columns_and_constraints() }};
        {{ insert_sql(relation, batch_count) }}
        {%- elif is_in_batches() %}
        create or replace table {{ relation }} as (
            {{ compiled_code }}
        ) with no data;
        {{ insert_sql(relation, batch_count) }}
        {%- else %}
        create or replace table {{ relation }} as (
            {{ compiled_code }}
        );
        {%- endif %}
        {{ comments_sql(relation) }}
        {{ also }}
        {{ built_node_sql(version) }}
    {%- endcall -%}
    {%- do finish_node() -%}
{%- endmacro %}

{% macro prepare_python_relation() -%}
    {#- Drops what a killed build has left where a Python model is about to be run into. -#}
    {%- do run_query('drop table if exists ' ~ python_relation()) -%}
{%- endmacro %}

{% macro python_relation() -%}
    {#- The table that a Python model is run into, in the transaction that goes on to make it the model's. -#}
    {{ return(this.incorporate(path={'identifier': this.identifier ~ '__from_python'}, type='table')) }}
{%- endmacro %}
