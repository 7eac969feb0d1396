{{ incremental_by_unit('int_comparison_unit', 'run_treatment_id') }}

with

pairs as (

    select * from {{ ref('int_comparison_pair') }}
    where {{ is_touched('run_treatment_id') }}

),

task_outcomes as (

    select * from {{ ref('int_task_outcome') }}

),

shared as (

    select
        pairs.comparison_id,
        pairs.run_treatment_id,
        pairs.baseline_run_treatment_id,
        runs.task_id,
        runs.task_key,
        runs.repository,
        {% for side in ['run', 'baseline'] %}
            {% for scope in ['first', 'final'] %}
                {{ ratio(side ~ 's.counted_resolved_' ~ scope ~ '_count', side ~ 's.counted_' ~ scope ~ '_count') }}
                    as {{ side }}_{{ scope }}_value,
                {{ side }}s.counted_{{ scope }}_count as {{ side }}_{{ scope }}_trial_count,
            {% endfor %}
            {{ side }}s.infra_failure_count as {{ side }}_infra_failure_count,
            {{ side }}s.cost_usd as {{ side }}_cost_usd,
            {{ side }}s.token_count as {{ side }}_token_count,
            {{ side }}s.wall_time_s as {{ side }}_wall_time_s,
        {% endfor %}
        runs.shortest_timeout_s is not null as is_run_timeout_recorded,
        runs.shortest_timeout_s = baselines.shortest_timeout_s and runs.longest_timeout_s = baselines.longest_timeout_s
            as has_same_timeout,
        runs.retried_trial_count + baselines.retried_trial_count as retried_trial_count
    from pairs
    inner join task_outcomes as runs on pairs.run_treatment_id = runs.run_treatment_id
    inner join task_outcomes as baselines
        on
            pairs.baseline_run_treatment_id = baselines.run_treatment_id
            and runs.task_id = baselines.task_id

),

retried as (

    select distinct comparison_id from shared
    where retried_trial_count > 0

),

{% for scope in ['first', 'final'] %}

    {{ scope }}_values as (

        select
            * exclude (
                retried_trial_count, run_first_value, run_final_value, run_first_trial_count, run_final_trial_count,
                baseline_first_value, baseline_final_value, baseline_first_trial_count, baseline_final_trial_count
            ),
            '{{ scope }}' as attempt_scope,
            run_{{ scope }}_value as run_value,
            run_{{ scope }}_trial_count as run_trial_count,
            baseline_{{ scope }}_value as baseline_value,
            baseline_{{ scope }}_trial_count as baseline_trial_count
        from shared
        {% if scope == 'final' %}where comparison_id in (select retried.comparison_id from retried){% endif %}

    ),

{% endfor %}

scoped as (

    select * from first_values
    union all by name
    select * from final_values

)

select
    *,
    run_value is not null and baseline_value is not null as is_compared,
    run_value - baseline_value as value_difference
from scoped
