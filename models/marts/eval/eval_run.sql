with

spans as (

    select * from {{ ref('attempt_span') }}

),

trials as (

    select * from {{ ref('trial') }}

),

runs as (

    select * from {{ ref('int_run') }}

),

-- a trial's treatment is that of all its attempts
treatments as (

    select
        trial_id,
        any_value(agent_type) as agent_type,
        any_value(agent_version) as agent_version,
        any_value(model_id) as model_id,
        any_value(dataset_name) as dataset_name,
        any_value(dataset_version) as dataset_version,
        any_value(attempt1_tool_cap) as attempt1_tool_cap,
        any_value(retry_tool_cap) as retry_tool_cap,
        any_value(timeout_s) as timeout_s,
        any_value(concurrency) as concurrency,
        bool_and(is_treatment_complete) as is_treatment_complete,
        sum(wall_time_s) as attempts_wall_time_s
    from spans
    group by all

),

grouped as (

    select
        trials.run_id,
        trials.dataset,
        treatments.* exclude (trial_id, is_treatment_complete, attempts_wall_time_s),
        bool_and(treatments.is_treatment_complete) as is_treatment_complete,
        count(*) as trial_count,
        count(distinct trials.task_id) as task_count,
        cast(sum(trials.attempt_count) as bigint) as attempt_count,
        count(*) filter (where trials.attempt_count > 1) as retried_trial_count,
        count(*) filter (where trials.resolved_first) as resolved_first_count,
        count(*) filter (where trials.resolved_final) as resolved_final_count,
        count(*) filter (where trials.recovered) as recovered_count,
        count(trials.final_reward) as judged_trial_count,
        avg(trials.final_reward order by trials.trial_id) as mean_final_reward,
        {% for label in [
            'correct_patch', 'partial_patch', 'regressive_patch', 'no_effect_patch', 'unverifiable'
        ] %}
            count(*) filter (where trials.final_patch_outcome_label = '{{ label }}') as {{ label }}_count,
        {% endfor %}
        count(*) filter (where trials.timed_out) as timed_out_count,
        count(trials.cost_usd) as costed_trial_count,
        if(count(trials.cost_usd) = count(*), sum(trials.cost_usd order by trials.trial_id), null) as cost_usd_total,
        cast(sum(trials.input_tokens_total) as bigint) as input_tokens_total,
        cast(sum(trials.output_tokens_total) as bigint) as output_tokens_total,
        cast(sum(trials.tool_call_count) as bigint) as tool_call_count,
        min(trials.started_at) as started_at,
        max(trials.finished_at) as finished_at
    from trials
    inner join treatments on trials.trial_id = treatments.trial_id
    where trials.status = 'finished'
    group by all

)

select
    md5(concat_ws(
        ' ',
        grouped.run_id,
        {% for column in [
            'agent_type', 'agent_version', 'model_id', 'dataset', 'attempt1_tool_cap', 'retry_tool_cap', 'timeout_s',
            'concurrency',
        ] %}
            coalesce(cast(grouped.{{ column }} as varchar), 'null'){% if not loop.last %},{% endif %}
        {% endfor %}
    )) as run_treatment_id,
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
