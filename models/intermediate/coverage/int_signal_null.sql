with

spans as (

    select * from {{ ref('attempt_span') }}

),

harbor_trials as (

    select
        trial_id,
        harness
    from {{ ref('int_trial') }}

),

attempt_formats as (

    select
        spans.attempt_id as unit_id,
        coalesce(harbor_trials.harness, 'swebench') || '/' || coalesce(spans.telemetry, 'no telemetry')
            as source_format
    from spans
    left join harbor_trials on spans.trial_id = harbor_trials.trial_id

),

{% set marts = [
    ('eval', 'attempt_span', 'attempt_id'),
    ('product', 'session_span', 'session_id'),
    ('product', 'user_session', 'session_id'),
    ('product', 'session_dynamics', 'session_id'),
    ('product', 'agent_anticipation', 'session_id'),
] %}
{% for context, mart, key in marts %}
    {{ mart }}_flags as (

        select
            {{ key }} as unit_id,
            columns(* exclude ({{ key }})) is null
        from {{ ref(mart) }}

    ),

    {{ mart }}_nulls as (

        unpivot {{ mart }}_flags on columns(* exclude (unit_id)) into name column_name value is_null

    ),
{% endfor %}

combined as (

    {% for context, mart, key in marts %}
        select
            '{{ context }}' as context,
            '{{ mart }}' as mart,
            flags.unit_id,
            formats.source_format,
            flags.column_name,
            flags.is_null
        from {{ mart }}_nulls as flags
        {% if context == 'eval' -%}
            inner join attempt_formats as formats on flags.unit_id = formats.unit_id
        {%- else -%}
            inner join {{ ref('session_span') }} as formats on flags.unit_id = formats.session_id
        {%- endif %}
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    definitions.context || '.' || definitions.signal_id as signal_key,
    definitions.signal_id,
    combined.*
from combined
inner join {{ ref('signal_definition') }} as definitions
    on
        combined.context = definitions.context
        and combined.mart = definitions.mart
        and combined.column_name = definitions.column_name
