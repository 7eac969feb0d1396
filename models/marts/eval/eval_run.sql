{{ incremental_by_unit('int_run_unit', 'run_treatment_id') }}

with

outcomes as (

    select * from {{ ref('int_run_outcome') }}
    where outcome_source = 'trial' and {{ is_touched('run_treatment_id') }}

),

runs as (

    select * from {{ ref('int_run') }}

),

units as (

    select * from {{ ref('int_run_unit') }}

),

repeats as (

    select * from {{ ref('int_repeat') }}

),

intervals as (

    select * from {{ ref('int_run_interval') }}

),

grouped as (

    select
        run_treatment_id,
        run_id,
        agent_id,
        dataset,
        agent_type,
        agent_version,
        model_id,
        dataset_name,
        dataset_version,
        attempt1_tool_cap,
        retry_tool_cap,
        timeout_s,
        concurrency,
        bool_and(is_treatment_complete) as is_treatment_complete,
        count(distinct task_id) as task_count,
        cast(sum(attempt_count) as bigint) as attempt_count,
        {{ outcome_measures() }},
        {{ settled('avg', 'final_reward') }} as mean_final_reward,
        round({{ settled('stddev_pop', 'final_reward') }}, 12) as final_reward_deviation,
        {% for label in [
            'correct_patch', 'partial_patch', 'regressive_patch', 'no_effect_patch', 'unverifiable'
        ] %}
            count(*) filter (where final_patch_outcome_label = '{{ label }}') as {{ label }}_count,
        {% endfor %}
        count(*) filter (where pass_to_fail_count > 0) as regressed_trial_count,
        {{ ratio('sum(fail_to_pass_count)', 'sum(fail_to_pass_count + fail_to_fail_count)') }} as fixed_test_rate,
        {{ ratio('sum(pass_to_fail_count)', 'sum(pass_to_fail_count + pass_to_pass_count)') }} as regression_rate,
        count(cost_usd) as costed_trial_count,
        cast(sum(input_tokens_total) as bigint) as input_tokens_total,
        cast(sum(output_tokens_total) as bigint) as output_tokens_total,
        cast(sum(tool_call_count) as bigint) as tool_call_count,
        {% for measure in ['wall_time_s', 'token_count'] %}
            {{ nearest_rank(measure, 0.5) }} as {{ measure }}_p50,
            {{ nearest_rank(measure, 0.95) }} as {{ measure }}_p95,
            max({{ measure }}) as {{ measure }}_max,
        {% endfor %}
        min(started_at) as started_at,
        max(finished_at) as finished_at
    from outcomes
    group by all

)

select
    grouped.*,
    {{ outcome_rates('grouped') }},
    intervals.* exclude (run_treatment_id, cluster_count),
    intervals.cluster_count as bootstrap_cluster_count,
    repeats.counted_task_count,
    repeats.repeated_task_count,
    {{ ratio('repeats.always_resolved_task_count', 'repeats.counted_task_count') }} as always_resolved_task_rate,
    {{ ratio('repeats.never_resolved_task_count', 'repeats.counted_task_count') }} as never_resolved_task_rate,
    repeats.flakiness,
    repeats.pairwise_disagreement,
    repeats.mixed_task_rate,
    {% for scope in ['first', 'final'] %}
        {% for measure in ['pass_at_k', 'pass_hat_k'] %}
            repeats.{{ measure }}_{{ scope }},
            repeats.{{ measure }}_{{ scope }}[-1] as {{ measure }}_{{ scope }}_last,
        {% endfor %}
        repeats.pass_at_k_task_counts_{{ scope }},
    {% endfor %}
    len(repeats.pass_at_k_first) as pass_at_k_first_count,
    units.ordered_at as run_ordered_at,
    units.order_basis as run_order_basis,
    runs.attempts_per_task,
    runs.retry_count as harness_retry_count,
    runs.started_local_at as run_started_local_at,
    runs.finished_local_at as run_finished_local_at
from grouped
left join runs on grouped.run_id = runs.run_id
left join units on grouped.run_treatment_id = units.run_treatment_id
left join repeats on grouped.run_treatment_id = repeats.run_treatment_id
left join intervals on grouped.run_treatment_id = intervals.run_treatment_id
