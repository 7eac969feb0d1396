with

spans as (

    select * from {{ ref('attempt_span') }}

),

harbor_trials as (

    select * from {{ ref('int_trial') }}

),

folded as (

    select
        trial_id,
        any_value(run_id) as run_id,
        any_value(dataset) as dataset,
        any_value(task_id) as task_id,
        any_value(task_key) as task_key,
        count(*) as attempt_count,
        arg_min(reward, attempt_index) filter (where attempt_index = 0) as first_reward,
        arg_max(reward, attempt_index) filter (where is_last_attempt) as final_reward,
        arg_max(patch_outcome_label, attempt_index) filter (where is_last_attempt) as final_patch_outcome_label,
        count(*) - count(cost_usd) as attempts_without_cost,
        {{ settled('sum', 'cost_usd') }} as attempts_cost_usd,
        cast(sum(input_tokens_total) as bigint) as attempts_input_tokens,
        cast(sum(output_tokens_total) as bigint) as attempts_output_tokens,
        cast(sum(cache_read_tokens) as bigint) as attempts_cache_read_tokens,
        count(*) - count(input_tokens_total) as attempts_without_tokens,
        cast(sum(tool_call_count) as bigint) as tool_call_count,
        bool_or(timed_out) as timed_out,
        if(count(wall_time_s) = count(*), {{ settled('sum', 'wall_time_s') }}, null) as attempts_wall_time_s,
        min(started_at) as started_at,
        max(finished_at) as finished_at
    from spans
    group by all

),

judged as (

    select
        folded.*,
        harbor_trials.started_at as trial_started_at,
        harbor_trials.finished_at as trial_finished_at,
        nullif(harbor_trials.cost_usd, 0) as trial_cost_usd,
        {{ uncached('harbor_trials.input_tokens_with_cache', 'harbor_trials.cache_read_tokens') }}
            as trial_input_tokens,
        harbor_trials.output_tokens as trial_output_tokens,
        harbor_trials.cache_read_tokens as trial_cache_read_tokens
    from folded
    left join harbor_trials on folded.trial_id = harbor_trials.trial_id

),

finished_trials as (

    select
        trial_id,
        run_id,
        dataset,
        task_id,
        task_key,
        'finished' as status,
        attempt_count,
        case
            when attempt_count > 1 and first_reward is null then false
            else first_reward = 1
        end as resolved_first,
        case
            when first_reward is not null then 'judged'
            when attempt_count > 1 then 'retried'
        end as resolved_first_basis,
        final_reward = 1 as resolved_final,
        if(attempt_count > 1, final_reward = 1, null) as recovered,
        final_reward,
        final_patch_outcome_label,
        if(attempts_without_cost = 0, attempts_cost_usd, trial_cost_usd) as cost_usd,
        case
            when attempts_without_cost = 0 then 'attempt'
            when trial_cost_usd is not null then 'trial'
        end as cost_basis,
        if(attempts_without_tokens = 0, attempts_input_tokens, trial_input_tokens) as input_tokens_total,
        if(attempts_without_tokens = 0, attempts_output_tokens, trial_output_tokens) as output_tokens_total,
        if(attempts_without_tokens = 0, attempts_cache_read_tokens, trial_cache_read_tokens) as cache_read_tokens,
        case
            when attempts_without_tokens = 0 then 'attempt'
            when trial_input_tokens is not null then 'trial'
        end as tokens_basis,
        tool_call_count,
        timed_out,
        coalesce(trial_started_at, started_at) as started_at,
        coalesce(trial_finished_at, finished_at) as finished_at,
        {{ elapsed_s('coalesce(trial_started_at, started_at)', 'coalesce(trial_finished_at, finished_at)') }}
            as clock_wall_time_s,
        coalesce(clock_wall_time_s, attempts_wall_time_s) as wall_time_s,
        case
            when clock_wall_time_s is not null then 'clock'
            when attempts_wall_time_s is not null then 'attempt'
        end as wall_time_basis
    from judged

),

unfinished_trials as (

    select
        trial_id,
        run_id,
        source as dataset,
        task_id,
        coalesce(source || '/', '') || task_id as task_key,
        'in_progress' as status,
        started_at
    from harbor_trials
    where not is_finished

)

-- an unfinished trial has none of the other columns
select
    finished_trials.* exclude (clock_wall_time_s),
    treatments.run_treatment_id,
    treatments.infra_failure_rule
from finished_trials  -- noqa: AM07
left join {{ ref('int_trial_treatment') }} as treatments on finished_trials.trial_id = treatments.trial_id
union all by name
select * from unfinished_trials
