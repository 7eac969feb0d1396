with

attempts as (

    select * from {{ ref('int_attempt_unit') }}

),

trials as (

    select * from {{ ref('int_trial') }}

),

tasks as (

    select * from {{ ref('int_task') }}

),

runs as (

    select * from {{ ref('int_run') }}

),

evidence as (

    select * from {{ ref('int_attempt_evidence') }}

),

merged as (

    select
        attempt_id,
        bool_or(evidence = 'report') as has_report,
        bool_or(evidence = 'harbor_step') as is_judged_by_step,
        arg_min(is_resolved, precedence) as is_resolved,
        arg_min(is_patch_empty, precedence) as is_patch_empty,
        arg_min(is_patch_applied, precedence) as is_patch_applied,
        coalesce(arg_min(has_tests_status, precedence), false) as has_tests_status,
        arg_min(report_shape, precedence) as report_shape,
        arg_min(infra_failure, precedence) as infra_failure,
        coalesce(bool_or(is_error), false) as is_error,
        arg_min(reward, precedence) filter (where evidence = 'harbor_step') as step_reward,
        arg_min(reward, precedence) filter (where evidence = 'reward_file') as reward_file_reward,
        arg_min(exception_type, precedence) filter (where evidence = 'harbor_step') as step_exception_type,
        arg_min(fail_to_pass_success, precedence) filter (where evidence = 'report') as fail_to_pass_success,
        arg_min(fail_to_pass_failure, precedence) filter (where evidence = 'report') as fail_to_pass_failure,
        arg_min(pass_to_pass_success, precedence) filter (where evidence = 'report') as pass_to_pass_success,
        arg_min(pass_to_pass_failure, precedence) filter (where evidence = 'report') as pass_to_pass_failure,
        arg_min(fail_to_fail_failure, precedence) filter (where evidence = 'report') as fail_to_fail_failure
    from evidence
    group by attempt_id

),

joined as (

    select
        attempts.attempt_id,
        attempts.is_last_attempt or coalesce(merged.is_judged_by_step, false) as is_judged,
        merged.* exclude (attempt_id, is_judged_by_step, step_reward, reward_file_reward, step_exception_type),
        coalesce(
            merged.is_resolved,
            if(runs.has_resolved_list and trials.trial_id is null, false, null)
        ) as is_known_resolved,
        case
            when merged.is_judged_by_step then merged.step_reward
            when trials.has_verifier_result = false and trials.exception_type is null then merged.reward_file_reward
            else trials.reward
        end as verifier_reward,
        if(merged.is_judged_by_step, merged.step_exception_type, trials.exception_type) as exception_type,
        failure_classes.failure_class,
        failure_classes.timed_out_part,
        tasks.fail_to_pass_total as task_fail_to_pass_total,
        trials.trial_id is not null as is_harbor_trial,
        coalesce(tasks.has_test_lists, false) as has_test_lists,
        coalesce(runs.has_instance_reports, false) as has_instance_reports
    from attempts
    left join merged on attempts.attempt_id = merged.attempt_id
    left join trials on attempts.trial_id = trials.trial_id
    left join tasks on attempts.task_id = tasks.task_id
    left join runs on attempts.run_id = runs.run_id
    left join {{ ref('failure_class') }} as failure_classes
        on if(merged.is_judged_by_step, merged.step_exception_type, trials.exception_type)
            = failure_classes.exception_type

),

gated as (

    select
        *,
        coalesce(verifier_reward, cast(is_known_resolved as int)) as harness_reward,
        coalesce(is_patch_empty, false) as is_known_empty,
        case
            when is_patch_empty then null
            when has_tests_status or is_patch_applied then true
            when has_report or is_patch_applied = false then false
        end as patch_applies
    from joined

)

select
    *,
    not coalesce(has_report, false)
    and not is_known_empty
    and if(is_harbor_trial, has_test_lists and harness_reward = 0, has_instance_reports) as is_report_missing,
    case
        when timed_out_part = 'verifier' or infra_failure ilike '%timeout%' then 'timeout'
        when failure_class = 'verifier_failed' or is_error then 'error'
        when is_known_empty then null
        when has_tests_status then 'ok'
        when patch_applies = false then 'apply_failed'
        when
            not coalesce(has_report, false)
            and if(is_harbor_trial, has_test_lists and harness_reward = 0, has_instance_reports)
            then 'no_report'
        when harness_reward is not null then 'ok'
    end as verifier_status
from gated
