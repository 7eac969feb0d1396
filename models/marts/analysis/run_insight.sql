{{ incremental_by_unit('int_insight_unit', 'run_treatment_id') }}

with

measures as (

    select * from {{ ref('int_run_measure') }}
    where {{ is_touched('run_treatment_id') }}

),

units as (

    select * from {{ ref('int_run_unit') }}

),

fired as (

    select
        rules.*,
        measures.* exclude (measure),
        units.run_id,
        units.agent_id,
        units.dataset_name
    from measures
    inner join {{ ref('insight_rule') }} as rules
        on
            measures.measure = rules.measure
            and measures.value >= coalesce(rules.at_least, -1e300)
            and measures.value < coalesce(rules.below, 1e300)
            and (rules.least_denominator is null or measures.denominator >= rules.least_denominator)
    inner join units on measures.run_treatment_id = units.run_treatment_id

),

-- the words that a template may hold
worded as (

    select
        *,
        {
            'run_id': run_id,
            'run_treatment_id': run_treatment_id,
            'subject': subject,
            'detail': coalesce(nullif(detail, ''), 'nothing'),
            'tasks': coalesce(nullif(array_to_string(tasks, ', '), ''), 'none'),
            'value': {{ readable_number('value') }},
            'numerator': {{ readable_number('numerator') }},
            'denominator': {{ readable_number('denominator') }},
            'reference': {{ readable_number('reference_value') }},
            'p_value': format('{:.2g}', p_value),
            'percent': {{ readable_percent('value') }},
            'reference_percent': {{ readable_percent('reference_value') }},
            'low_percent': {{ readable_percent('interval_low') }},
            'high_percent': {{ readable_percent('interval_high') }},
            'points': {{ readable_percent('value', '+') }},
            'low_points': {{ readable_percent('interval_low', '+') }},
            'high_points': {{ readable_percent('interval_high', '+') }}
        } as words
    from fired

)

select
    md5(concat_ws(' ', run_treatment_id, insight, coalesce(subject, ''))) as run_insight_id,
    run_treatment_id,
    run_id,
    agent_id,
    dataset_name,
    row_number() over (partition by run_id, run_treatment_id order by {{ insight_order() }}) as position,
    kind,
    severity,
    insight,
    measure,
    subject,
    value,
    numerator,
    denominator,
    reference_value,
    interval_low,
    interval_high,
    p_value,
    detail,
    tasks,
    len(tasks) as tasks_count,
    {{ rendered('title') }} as title,
    {{ rendered('text') }} as text,
    'select * ' || {{ rendered('detail_query') }} as detail_query
from worded
