{% macro incremental_by_unit(unit_model, unit_key) -%}
    {#-
        Config of an incremental model that is recomputed unit by unit (attempt, session, repository).

        unit_model: name of the model with one row a unit, its key and `input_fingerprint`, a hash of all that its rows
        are computed from; unit_key: that key, a column of the unit model and of this model, never null.
    -#}
    {{ config(materialized='incremental', unique_key=unit_key, meta={'unit_model': unit_model}) }}
    {%- if model.resource_type == 'model' -%}{%- do ref(unit_model) -%}{%- endif -%}
{%- endmacro %}

{% macro is_touched(unit_key) -%}
    {#- Condition on a column that holds the unit key: its unit is to be computed now. -#}
    {%- if execute and model.resource_type == 'model' and is_incremental() -%}
        {{ unit_key }} in (
            select units.{{ model.config.unique_key }}
            from {{ ref(model.config.meta.unit_model) }} as units
            left join state.build_state as processed
                on processed.model = '{{ model.name }}' and units.{{ model.config.unique_key }} = processed.unit_key
            where units.input_fingerprint is distinct from processed.input_fingerprint
        )
    {%- elif execute and model.resource_type == 'model' -%}
        {#- built from nothing: every unit, and no row of what is none (yet), which no later build would delete -#}
        {{ unit_key }} in (
            select units.{{ model.config.unique_key }} from {{ ref(model.config.meta.unit_model) }} as units
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{% macro outdated_units() -%}
    {#- Units that this model has processed and that have changed or vanished since. -#}
    select processed.unit_key
    from state.build_state as processed
    left join {{ ref(model.config.meta.unit_model) }} as units
        on processed.unit_key = units.{{ model.config.unique_key }}
    where
        processed.model = '{{ model.name }}'
        and units.input_fingerprint is distinct from processed.input_fingerprint
{%- endmacro %}

{% macro changed_units_sql() -%}
    {#- A row where any unit is touched or outdated: one that this model has not processed as it is now. -#}
    select 1
    from (select * from state.build_state where model = {{ literal(model.name) }}) as processed
    full join {{ ref(model.config.meta.unit_model) }} as units
        on processed.unit_key = units.{{ model.config.unique_key }}
    where processed.input_fingerprint is distinct from units.input_fingerprint
    limit 1
{%- endmacro %}

{% macro build_state_sql() -%}
    {#-
        Notes the units that this model has processed, for the transaction that writes it. Where this invocation does not
        build all that is upstream, the inputs may lag behind the fingerprint of the unit: then none is noted, and the
        next build computes the unit again.
    -#}
    {%- set name = literal(model.name) -%}
    {%- set unit_key = model.config.unique_key -%}
    {%- set plan = graph.nodes[model.unique_id].plan -%}
    delete from state.build_state
    where model = {{ name }}{% if not plan.is_rebuilt %} and unit_key in ({{ outdated_units() }}){% endif %};

    insert into state.build_state
    select
        {{ name }},
        units.{{ unit_key }},
        {{ 'units.input_fingerprint' if plan.has_current_inputs else 'null' }}
    from {{ ref(model.config.meta.unit_model) }} as units
    anti join (select unit_key from state.build_state where model = {{ name }}) as processed
        on units.{{ unit_key }} = processed.unit_key;
{%- endmacro %}
