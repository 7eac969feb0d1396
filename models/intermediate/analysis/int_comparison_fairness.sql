{{ incremental_by_unit('int_comparison_unit', 'run_treatment_id') }}
{%- set treatments = {
    'model_id': 'subject', 'agent_type': 'subject', 'agent_version': 'subject', 'attempt1_tool_cap': 'fairness',
    'retry_tool_cap': 'retries', 'timeout_s': 'fairness', 'dataset_name': 'fairness', 'dataset_version': 'fairness',
    'attempt_index': 'fairness', 'concurrency': 'time',
} -%}

with

units as (

    select * from {{ ref('int_run_unit') }}

),

tasks as (

    select
        comparison_id,
        attempt_scope,
        run_treatment_id,
        baseline_run_treatment_id,
        count(*) as shared_task_count,
        bool_and(has_same_timeout) and count(has_same_timeout) = count(*) as has_same_timeout,
        bool_or(not has_same_timeout) as has_other_timeout,
        bool_and(is_run_timeout_recorded) as is_run_timeout_recorded
    from {{ ref('int_comparison_task') }}
    where {{ is_touched('run_treatment_id') }}
    group by all

),

-- per treatment: whether it is the same on both sides, null where a side does not tell; a response tells no attempt
compared as (

    select
        tasks.run_treatment_id,
        tasks.comparison_id,
        tasks.attempt_scope,
        tasks.shared_task_count,
        {% for treatment in treatments %}
            {% if treatment == 'timeout_s' %}
                case
                    when tasks.has_other_timeout then false
                    when tasks.has_same_timeout then true
                end
            {%- elif treatment == 'attempt_index' %}
                if(baselines.outcome_source = 'response', null, true)
            {%- else %}
                runs.{{ treatment }} = baselines.{{ treatment }}
            {%- endif %} as has_same_{{ treatment }},
            {% if treatment == 'timeout_s' -%}
                tasks.is_run_timeout_recorded
            {%- elif treatment == 'attempt_index' -%}
                true
            {%- else -%}
                runs.{{ treatment }} is not null
            {%- endif %} as is_recorded_{{ treatment }},
        {% endfor %}
        tasks.attempt_scope = 'final' as is_final
    from tasks
    inner join units as runs on tasks.run_treatment_id = runs.run_treatment_id
    inner join units as baselines on tasks.baseline_run_treatment_id = baselines.run_treatment_id

),

listed as (

    select
        *,
        {% for name, condition in {
            'differing_treatment': 'has_same_{} = false', 'unrecorded_treatment': 'has_same_{} is null',
            'run_unrecorded_treatment': 'not is_recorded_{}',
        }.items() %}
            list_filter(
                [
                    {% for treatment in treatments %}
                        if({{ condition.format(treatment) }}, '{{ treatment }}', null){{ ',' if not loop.last }}
                    {% endfor %}
                ],
                lambda treatment: treatment is not null
            ) as {{ name }},
        {% endfor %}
        [
            {% for treatment, role in treatments.items() if role in ('fairness', 'retries') %}
                {% if role == 'retries' %}if(is_final, '{{ treatment }}', null){% else %}'{{ treatment }}'{% endif %}
                {{- ',' if not loop.last }}
            {% endfor %}
        ] as fairness_treatment
    from compared

)

-- R14: model and scaffold are the subject, concurrency voids only time
select
    run_treatment_id,
    comparison_id,
    attempt_scope,
    shared_task_count,
    differing_treatment,
    list_intersect(unrecorded_treatment, fairness_treatment) as unrecorded_treatment,
    list_intersect(run_unrecorded_treatment, fairness_treatment) as run_unrecorded_treatment,
    differing_treatment[1] as first_difference,
    case
        when list_has_any(differing_treatment, fairness_treatment) then false
        when not list_has_any(unrecorded_treatment, fairness_treatment) then true
    end as is_fair_comparison,
    coalesce(has_same_concurrency, false) as is_time_comparable
from listed
