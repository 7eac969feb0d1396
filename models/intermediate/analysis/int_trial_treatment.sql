with

spans as (

    select * from {{ ref('attempt_span') }}

),

-- a trial's treatment is that of all its attempts; a limit that is the task's own differs from task to task within one
treatments as (

    select
        trial_id,
        any_value(run_id) as run_id,
        any_value(agent_type) as agent_type,
        any_value(agent_version) as agent_version,
        any_value(model_id) as model_id,
        any_value(dataset) as dataset,
        any_value(dataset_name) as dataset_name,
        any_value(dataset_version) as dataset_version,
        any_value(attempt1_tool_cap) as attempt1_tool_cap,
        any_value(retry_tool_cap) as retry_tool_cap,
        any_value(if(timeout_basis = 'task', null, timeout_s)) as timeout_s,
        any_value(timeout_s) as task_timeout_s,
        any_value(concurrency) as concurrency,
        bool_and(is_treatment_complete) as is_treatment_complete
    from spans
    group by all

),

infra_failures as (

    select
        spans.trial_id,
        arg_min(rules.infra_failure_rule, rules.rank) as infra_failure_rule
    from spans
    inner join {{ ref('infra_failure_rule') }} as rules
        on
            rules.value = case rules.column_name
                when 'failure_class' then spans.failure_class
                when 'verifier_status' then spans.verifier_status
                when 'patch_outcome_label_rule' then spans.patch_outcome_label_rule
            end
    where spans.is_last_attempt and coalesce(spans.reward, 0) < 1
    group by all

)

select
    treatments.* exclude (run_id, dataset),
    {{ run_treatment_id() }} as run_treatment_id,
    infra_failures.infra_failure_rule
from treatments
left join infra_failures on treatments.trial_id = infra_failures.trial_id
