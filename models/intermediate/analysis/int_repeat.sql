with

task_outcomes as (

    select * from {{ ref('int_task_outcome') }}

),

-- a run repeats a task in several trials, an agent also in several runs
grouped as (

    select
        'run' as group_kind,
        run_treatment_id as group_id,
        task_id,
        counted_first_count as first_trials,
        counted_resolved_first_count as first_successes,
        counted_final_count as final_trials,
        counted_resolved_final_count as final_successes
    from task_outcomes
    union all
    select
        'agent' as group_kind,
        agent_id || coalesce(' on ' || dataset, '') as group_id,
        task_id,
        cast(sum(counted_first_count) as bigint) as first_trials,
        cast(sum(counted_resolved_first_count) as bigint) as first_successes,
        cast(sum(counted_final_count) as bigint) as final_trials,
        cast(sum(counted_resolved_final_count) as bigint) as final_successes
    from task_outcomes
    group by all

),

ks as (

    select unnest(range(1, {{ var('most_repeats') }} + 1)) as k

),

{% for scope in ['first', 'final'] %}

    {{ scope }}_points as (

        select
            group_kind,
            group_id,
            ks.k,
            count(*) as task_count,
            {{ settled_mean(pass_at_k(scope ~ '_trials', scope ~ '_successes', 'ks.k'), 'task_id') }} as pass_at_k,
            {{ settled_mean(pass_hat_k(scope ~ '_trials', scope ~ '_successes', 'ks.k'), 'task_id') }} as pass_hat_k
        from grouped
        inner join ks on grouped.{{ scope }}_trials >= ks.k
        group by all

    ),

    {{ scope }}_curves as (

        select
            group_kind,
            group_id,
            list(task_count order by k) as pass_at_k_task_counts_{{ scope }},
            list(pass_at_k order by k) as pass_at_k_{{ scope }},
            list(pass_hat_k order by k) as pass_hat_k_{{ scope }}
        from {{ scope }}_points
        group by all

    ),

{% endfor %}

spread as (

    select
        group_kind,
        group_id,
        count(*) filter (where first_trials > 0) as counted_task_count,
        count(*) filter (where first_trials > 1) as repeated_task_count,
        max(first_trials) as most_trials,
        min(first_trials) filter (where first_trials > 0) as least_trials,
        count(*) filter (where first_trials > 0 and first_successes = first_trials) as always_resolved_task_count,
        count(*) filter (where first_trials > 0 and first_successes = 0) as never_resolved_task_count,
        -- population standard deviation of c ones and n - c zeros
        {{ settled_mean(
            'if(first_trials > 1, sqrt(first_successes * (first_trials - first_successes)) / first_trials, null)', 'task_id'
        ) }} as flakiness,
        {{ settled_mean(
            'if(first_trials > 1, 2 * first_successes * (first_trials - first_successes)'
            ~ ' / (first_trials * (first_trials - 1)), null)', 'task_id'
        ) }} as pairwise_disagreement,
        avg(if(first_successes between 1 and first_trials - 1, 1, 0)) filter (where first_trials > 1)
            as mixed_task_rate
    from grouped
    group by all

)

select
    spread.*,
    first_curves.* exclude (group_kind, group_id),
    final_curves.* exclude (group_kind, group_id)
from spread
left join first_curves on spread.group_kind = first_curves.group_kind and spread.group_id = first_curves.group_id
left join final_curves on spread.group_kind = final_curves.group_kind and spread.group_id = final_curves.group_id
