{% macro incremental_by_unit(unit_model, unit_key, in_batches=false) -%}
    {#-
        Config of an incremental model that is recomputed unit by unit (attempt, session, repository).

        unit_model: name of the model with one row a unit, its key and `input_fingerprint`, a hash of all that its rows
        are computed from; unit_key: that key, a column of the unit model and of this model, never null; in_batches:
        whether a query over all units would hold more in memory than can be put on disk, as lists of calls are.
    -#}
    {{ config(materialized='incremental', unique_key=unit_key, meta={'unit_model': unit_model, 'in_batches': in_batches}) }}
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
            where units.input_fingerprint is distinct from processed.input_fingerprint and {{ is_in_batch() }}
        )
    {%- elif execute and model.resource_type == 'model' -%}
        {#- built from nothing: every unit, and no row of what is none (yet), which no later build would delete -#}
        {{ unit_key }} in (
            select units.{{ model.config.unique_key }} from {{ ref(model.config.meta.unit_model) }} as units
            where {{ is_in_batch() }}
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{% macro is_in_batches() -%}
    {#- Whether this model is computed in batches of units. -#}
    {{ return(model.config.meta.get('in_batches', false)) }}
{%- endmacro %}

{% macro is_in_batch() -%}
    {#- Condition on `units`: those of the batch that is being computed; all of them in a query that is run by hand. -#}
    {%- if is_in_batches() -%}
        coalesce(
            hash(units.{{ model.config.unique_key }}) % getvariable('unit_batch_count') = getvariable('unit_batch'), true
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

{% macro touched_unit_count() -%}
    {#- How many units are to be computed or to go: all of a model that is built whole, else those processed otherwise. -#}
    {%- set query -%}
        select count(*)
        from (select * from state.build_state where model = {{ literal(model.name) }}) as processed
        full join {{ ref(model.config.meta.unit_model) }} as units
            on processed.unit_key = units.{{ model.config.unique_key }}
        where
            {{ graph.nodes[model.unique_id].plan.is_rebuilt }}
            or processed.input_fingerprint is distinct from units.input_fingerprint
    {%- endset -%}
    {{ return(run_query(query).rows[0][0]) }}
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
