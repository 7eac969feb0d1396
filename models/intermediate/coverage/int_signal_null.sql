with

units as (

    select * from {{ ref('int_unit_state') }}

),

{% set marts = [
    ('eval', 'attempt_span', 'attempt_id'),
    ('product', 'session_span', 'session_id'),
    ('product', 'user_session', 'session_id'),
    ('product', 'session_dynamics', 'session_id'),
    ('product', 'agent_anticipation', 'session_id'),
] %}
{% for context, mart, key in marts %}
    {{ mart }}_counts as (

        select
            units.source_format as unit_format,
            units.true_states,
            units.false_states,
            count(*) as unit_count,
            count(columns({{ mart }}.* exclude ({{ key }})))
        from {{ ref(mart) }} as {{ mart }}
        inner join units on {{ mart }}.{{ key }} = units.unit_id and units.context = '{{ context }}'
        group by units.source_format, units.true_states, units.false_states

    ),

    {{ mart }}_columns as (

        unpivot {{ mart }}_counts
        on columns(* exclude (unit_format, true_states, false_states, unit_count))
        into name column_name value filled_count

    ),
{% endfor %}

combined as (

    {% for context, mart, key in marts %}
        select
            '{{ context }}' as context,
            '{{ mart }}' as mart,
            unit_format as source_format,
            * exclude (unit_format)
        from {{ mart }}_columns
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    definitions.context || '.' || definitions.signal_id as signal_key,
    definitions.signal_id,
    combined.* exclude (filled_count),
    combined.unit_count - combined.filled_count as null_count
from combined
inner join {{ ref('signal_definition') }} as definitions
    on
        combined.context = definitions.context
        and combined.mart = definitions.mart
        and combined.column_name = definitions.column_name
