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

{% macro get_incremental_touched_sql(arg_dict) -%}
    {#- Incremental strategy: rows of outdated units out, rows of touched units in. -#}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    delete from {{ arg_dict['target_relation'] }}
    where {{ arg_dict['unique_key'] }} in ({{ outdated_units() }});

    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }};
{%- endmacro %}

{% macro record_build_state() -%}
    {#-
        post-hook, in the transaction that writes the model: the units that it has processed and what it was computed
        with. Where this invocation does not build all that is upstream, the inputs may lag behind the fingerprint of
        the unit: then none is recorded, and the next build computes the unit again.
    -#}
    {%- if execute and model.config.materialized == 'incremental' -%}
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

        {% if plan.is_changed %}
            delete from state.model_fingerprint where model = {{ name }};
            insert into state.model_fingerprint values ({{ name }}, {{ literal(tojson(plan.all)) }});
        {% endif %}
    {%- endif -%}
{%- endmacro %}
