with

trials as (

    select * from {{ ref('trial') }}
    where status = 'finished'

),

verifications as (

    select
        trial_id,
        arg_min(reward, attempt_index) filter (where attempt_index = 0) as first_reward,
        any_value(fail_to_pass_count) filter (where is_last_attempt) as fail_to_pass_count,
        any_value(fail_to_fail_count) filter (where is_last_attempt) as fail_to_fail_count,
        any_value(pass_to_fail_count) filter (where is_last_attempt) as pass_to_fail_count,
        any_value(pass_to_pass_count) filter (where is_last_attempt) as pass_to_pass_count
    from {{ ref('attempt_span') }}
    group by all

),

treated as (

    select
        trials.*,
        treatments.* exclude (trial_id, run_treatment_id, infra_failure_rule),
        verifications.* exclude (trial_id),
        coalesce(left(harness_trials.task_checksum, 12), treatments.dataset_version) as revision
    from trials
    inner join {{ ref('int_trial_treatment') }} as treatments on trials.trial_id = treatments.trial_id
    inner join verifications on trials.trial_id = verifications.trial_id
    left join {{ ref('int_trial') }} as harness_trials on trials.trial_id = harness_trials.trial_id

),

trial_outcomes as (

    select
        trial_id as outcome_id,
        'trial' as outcome_source,
        coalesce(nullif(concat_ws(' / ', agent_type, model_id), ''), run_id) as agent_id,
        * exclude (status, resolved_first_basis, cost_basis, tokens_basis, wall_time_basis, timed_out),
        input_tokens_total + coalesce(cache_read_tokens, 0) + output_tokens_total as token_count,
        infra_failure_rule is not null as is_infra_failure,
        timed_out as is_timed_out,
        resolved_first is not null or resolved_final is not null as is_value_known,
        if(is_value_known, 'verdict', null) as value_basis
    from treated

),

response_outcomes as (

    select
        outcome_id,
        'response' as outcome_source,
        run_treatment_id,
        run_id,
        agent_id,
        agent_type,
        model_id,
        dataset,
        {{ dataset_name('dataset') }} as dataset_name,
        {{ dataset_version('dataset') }} as dataset_version,
        coalesce(revision, dataset_version) as revision,
        task_id,
        coalesce(dataset || '/', '') || task_id as task_key,
        value = 1 as resolved_first,
        value = 1 as resolved_final,
        value as first_reward,
        value as final_reward,
        infra_failure_rule,
        is_infra_failure,
        is_timed_out,
        value is not null and value_basis <> 'listed_alone' as is_value_known,
        value_basis,
        cost_usd,
        occurred_at as started_at
    from {{ ref('int_response_outcome') }}

),

outcomes as (

    -- a response has none of the other columns
    select * from trial_outcomes  -- noqa: AM07
    union all by name
    select * from response_outcomes

)

select
    outcomes.*,
    coalesce(tasks.repository, {{ task_repository('outcomes.task_id') }}) as repository
from outcomes
left join {{ ref('int_task') }} as tasks on outcomes.task_id = tasks.task_id
