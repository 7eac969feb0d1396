{{ incremental_by_unit('int_insight_unit', 'run_treatment_id') }}
{#- measure: (value, numerator, denominator, low, high) -#}
{%- set measures = {
    'resolved_first_rate': (
        'resolved_first_rate', 'resolved_first_count', 'trial_count', 'resolved_first_rate_low', 'resolved_first_rate_high',
    ),
    'recovered_share': (ratio('recovered_count', 'resolved_final_count'), 'recovered_count', 'resolved_final_count'),
    'recovery_rate': ('recovery_rate', 'recovered_count', 'retried_trial_count'),
    'mean_final_reward': (
        'if(abs(mean_final_reward - ' ~ ratio('resolved_final_count', 'judged_trial_count')
        ~ ') > 1e-9, mean_final_reward, null)', 'null', 'judged_trial_count',
    ),
    'final_reward_deviation': ('if(repeated_task_count > 0, final_reward_deviation, null)', 'null', 'judged_trial_count'),
    'flakiness': ('flakiness', 'round(mixed_task_rate * repeated_task_count)', 'repeated_task_count'),
    'always_resolved_task_rate': (
        'if(repeated_task_count > 0, always_resolved_task_rate, null)',
        'round(always_resolved_task_rate * counted_task_count)', 'counted_task_count',
    ),
    'never_resolved_task_rate': (
        'if(repeated_task_count > 0, never_resolved_task_rate, null)', 'round(never_resolved_task_rate * counted_task_count)', 'counted_task_count',
    ),
    'infra_failure_share': (ratio('infra_failure_count', 'trial_count'), 'infra_failure_count', 'trial_count'),
    'timed_out_share': (ratio('timed_out_count', 'trial_count'), 'timed_out_count', 'trial_count'),
    'unverifiable_share': (ratio('unverifiable_count', 'trial_count'), 'unverifiable_count', 'trial_count'),
    'regressed_share': (ratio('regressed_trial_count', 'trial_count'), 'regressed_trial_count', 'trial_count'),
    'partial_patch_share': (ratio('partial_patch_count', 'trial_count'), 'partial_patch_count', 'trial_count'),
    'unjudged_share': (ratio('trial_count - judged_trial_count', 'trial_count'), 'trial_count - judged_trial_count', 'trial_count'),
    'uncosted_share': (ratio('trial_count - costed_trial_count', 'trial_count'), 'trial_count - costed_trial_count', 'trial_count'),
    'wall_time_s_p95': ('if(trial_count >= ' ~ threshold('percentile_trials') ~ ', wall_time_s_p95, null)', 'wall_time_s_p50', 'wall_time_s_max'),
    'token_count_p95': ('if(trial_count >= ' ~ threshold('percentile_trials') ~ ', token_count_p95, null)', 'token_count_p50', 'token_count_max'),
    'cost_per_resolved': ('cost_per_resolved', 'cost_usd_total', 'resolved_final_count'),
    'trial_count': ('trial_count', 'trial_count', 'task_count'),
    'trials_per_task': (ratio('trial_count', 'task_count'), 'trial_count', 'task_count'),
    'unknown_dataset': ('cast(dataset_name is null as int)', 'null', 'null'),
    'unknown_agent': ('cast(agent_type is null as int)', 'null', 'null'),
    'unknown_order': ("cast(run_order_basis = 'none' as int)", 'null', 'null'),
} -%}

with

runs as (

    select * from {{ ref('eval_run') }}
    where {{ is_touched('run_treatment_id') }}

),

-- what is true of a run as a whole
run_measures as (

    {% for measure, parts in measures.items() %}
        select
            run_treatment_id,
            '{{ measure }}' as measure,
            cast(null as varchar) as subject,
            cast({{ parts[0] }} as double) as value,
            cast({{ parts[1] }} as double) as numerator,
            cast({{ parts[2] }} as double) as denominator,
            cast({{ parts[3] if parts | length > 3 else 'null' }} as double) as interval_low,
            cast({{ parts[4] if parts | length > 3 else 'null' }} as double) as interval_high
        from runs
        {{ 'union all by name' if not loop.last }}
    {% endfor %}

),

behavior_measures as (

    select
        *,
        {{ ratio('numerator', 'denominator') }} as value
    from {{ ref('int_run_behavior') }}
    where {{ is_touched('run_treatment_id') }}

),

-- and of one of its repositories: worse than the run beyond chance, out of time
repository_measures as (

    {% for measure, (value, numerator) in {
        'weak_repository': (
            'if(repositories.resolved_first_rate_high < runs.resolved_first_rate, repositories.resolved_first_rate, null)',
            'resolved_first_count',
        ),
        'repository_timed_out_share': (
            ratio('repositories.timed_out_count', 'repositories.trial_count'), 'timed_out_count',
        ),
    }.items() %}
        select
            repositories.run_treatment_id,
            '{{ measure }}' as measure,
            repositories.repository as subject,
            {{ value }} as value,
            cast(repositories.{{ numerator }} as double) as numerator,
            cast(repositories.trial_count as double) as denominator,
            runs.resolved_first_rate as reference_value
        from {{ ref('eval_run_repository') }} as repositories
        inner join runs on repositories.run_treatment_id = runs.run_treatment_id
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

together as (

    select * from run_measures
    union all by name
    select * from behavior_measures  -- noqa: AM07
    union all by name
    select * from repository_measures  -- noqa: AM07
    union all by name
    select * from {{ ref('int_run_comparison_measure') }}  -- noqa: AM07
    where {{ is_touched('run_treatment_id') }}

)

select * from together
where value is not null
