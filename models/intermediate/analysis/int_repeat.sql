{{ incremental_by_unit('int_run_unit', 'run_treatment_id') }}

with

task_outcomes as (

    select
        run_treatment_id,
        task_id,
        counted_first_count as first_trials,
        counted_resolved_first_count as first_successes,
        counted_final_count as final_trials,
        counted_resolved_final_count as final_successes
    from {{ ref('int_task_outcome') }}
    where {{ is_touched('run_treatment_id') }}

),

ks as (

    select unnest(range(1, {{ var('most_repeats') }} + 1)) as k

),

{% for scope in ['first', 'final'] %}

    {{ scope }}_points as (

        select
            run_treatment_id,
            ks.k,
            count(*) as task_count,
            {{ settled_mean(pass_at_k(scope ~ '_trials', scope ~ '_successes', 'ks.k')) }} as pass_at_k,
            {{ settled_mean(pass_hat_k(scope ~ '_trials', scope ~ '_successes', 'ks.k')) }} as pass_hat_k
        from task_outcomes
        inner join ks on task_outcomes.{{ scope }}_trials >= ks.k
        group by all

    ),

    {{ scope }}_curves as (

        select
            run_treatment_id,
            list(task_count order by k) as pass_at_k_task_counts_{{ scope }},
            list(pass_at_k order by k) as pass_at_k_{{ scope }},
            list(pass_hat_k order by k) as pass_hat_k_{{ scope }}
        from {{ scope }}_points
        group by all

    ),

{% endfor %}

spread as (

    select
        run_treatment_id,
        count(*) filter (where first_trials > 0) as counted_task_count,
        count(*) filter (where first_trials > 1) as repeated_task_count,
        max(first_trials) as most_trials,
        min(first_trials) filter (where first_trials > 0) as least_trials,
        count(*) filter (where first_trials > 0 and first_successes = first_trials) as always_resolved_task_count,
        count(*) filter (where first_trials > 0 and first_successes = 0) as never_resolved_task_count,
        -- population standard deviation of c ones and n - c zeros
        {{ settled_mean(
            'if(first_trials > 1, sqrt(first_successes * (first_trials - first_successes)) / first_trials, null)'
        ) }} as flakiness,
        {{ settled_mean(
            'if(first_trials > 1, 2 * first_successes * (first_trials - first_successes)'
            ~ ' / (first_trials * (first_trials - 1)), null)'
        ) }} as pairwise_disagreement,
        avg(if(first_successes between 1 and first_trials - 1, 1, 0)) filter (where first_trials > 1)
            as mixed_task_rate
    from task_outcomes
    group by all

)

select
    spread.*,
    first_curves.* exclude (run_treatment_id),
    final_curves.* exclude (run_treatment_id)
from spread
left join first_curves on spread.run_treatment_id = first_curves.run_treatment_id
left join final_curves on spread.run_treatment_id = final_curves.run_treatment_id
