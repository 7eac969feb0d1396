with

outcomes as (

    select * from {{ ref('int_run_outcome') }}
    where outcome_source = 'trial'

),

runs as (

    select * from {{ ref('int_run') }}

),

grouped as (

    select
        run_treatment_id,
        run_id,
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
        count(*) as trial_count,
        count(distinct task_id) as task_count,
        cast(sum(attempt_count) as bigint) as attempt_count,
        count(*) filter (where attempt_count > 1) as retried_trial_count,
        count(*) filter (where resolved_first) as resolved_first_count,
        count(*) filter (where resolved_final) as resolved_final_count,
        count(*) filter (where recovered) as recovered_count,
        count(final_reward) as judged_trial_count,
        avg(final_reward order by trial_id) as mean_final_reward,
        {% for label in [
            'correct_patch', 'partial_patch', 'regressive_patch', 'no_effect_patch', 'unverifiable'
        ] %}
            count(*) filter (where final_patch_outcome_label = '{{ label }}') as {{ label }}_count,
        {% endfor %}
        count(*) filter (where is_timed_out) as timed_out_count,
        count(cost_usd) as costed_trial_count,
        if(count(cost_usd) = count(*), sum(cost_usd order by trial_id), null) as cost_usd_total,
        cast(sum(input_tokens_total) as bigint) as input_tokens_total,
        cast(sum(output_tokens_total) as bigint) as output_tokens_total,
        cast(sum(tool_call_count) as bigint) as tool_call_count,
        min(started_at) as started_at,
        max(finished_at) as finished_at
    from outcomes
    group by all

)

select
    grouped.*,
    {{ ratio('grouped.resolved_first_count', 'grouped.trial_count') }} as resolved_first_rate,
    {{ ratio('grouped.resolved_final_count', 'grouped.trial_count') }} as resolved_final_rate,
    {{ ratio('grouped.recovered_count', 'grouped.retried_trial_count') }} as recovery_rate,
    {{ ratio('grouped.cost_usd_total', 'grouped.resolved_final_count') }} as cost_per_resolved,
    runs.attempts_per_task,
    runs.retry_count as harness_retry_count,
    runs.started_local_at as run_started_local_at,
    runs.finished_local_at as run_finished_local_at
from grouped
left join runs on grouped.run_id = runs.run_id
