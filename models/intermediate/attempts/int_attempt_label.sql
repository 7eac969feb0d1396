with

ruled as (

    select * from {{ ref('int_attempt_label_rule') }}

),

labelled as (

    select
        *,
        patch_outcome_label_rule in ('all_tests_pass', 'some_tests_pass', 'only_regressions', 'nothing_changed')
            as is_label_from_tests,
        case
            when patch_outcome_label_rule = 'empty_patch' then 'no_effect_patch'
            when
                patch_outcome_label_rule in (
                    'patch_does_not_apply', 'verifier_failed', 'counts_without_gate', 'report_missing', 'no_verdict'
                )
                then 'unverifiable'
            when patch_outcome_label_rule = 'all_tests_pass' then 'correct_patch'
            when patch_outcome_label_rule = 'some_tests_pass' then 'partial_patch'
            when patch_outcome_label_rule = 'only_regressions' then 'regressive_patch'
            when patch_outcome_label_rule = 'nothing_changed' then 'no_effect_patch'
            when patch_outcome_label_rule = 'reward_only' and harness_reward >= 1 then 'correct_patch'
            when patch_outcome_label_rule = 'reward_only' and harness_reward > 0 then 'partial_patch'
        end as patch_outcome_label
    from ruled

),

-- counts stand only behind an open gate; a crash makes them stale
counted as (

    select
        *,
        case
            when not is_judged or is_report_missing then null
            when patch_outcome_label_rule = 'empty_patch' then 0
            when patch_applies = false and harness_reward >= 1 then null
            else harness_reward
        end as reward,
        if(is_label_from_tests, fail_to_pass_success, null) as fail_to_pass_count,
        if(is_label_from_tests, pass_to_pass_failure, null) as pass_to_fail_count,
        if(is_label_from_tests, pass_to_pass_success, null) as pass_to_pass_count,
        if(is_label_from_tests, fail_to_pass_failure, null) as fail_to_fail_count
    from labelled

)

select
    attempt_id,
    is_judged,
    if(is_judged, patch_applies, null) as patch_applies,
    if(is_judged, verifier_status, null) as verifier_status,
    reward,
    if(is_judged, harness_reward, null) as harness_reward,
    patch_outcome_label,
    patch_outcome_label_rule,
    case
        when is_label_from_tests then 'tests'
        when patch_outcome_label_rule = 'reward_only' then 'reward'
        when patch_outcome_label_rule = 'empty_patch' then 'empty_patch'
        else 'none'
    end as label_basis,
    case
        when patch_outcome_label_rule = 'verifier_failed' then 'verifier_' || verifier_status
        when patch_outcome_label_rule = 'nothing_changed' then if(touched_file_count = 0, 'empty_patch', 'inert_patch')
        when patch_outcome_label_rule = 'reward_only' and harness_reward > 0 then null
        when patch_outcome_label in ('correct_patch', 'partial_patch', 'regressive_patch') then null
        else patch_outcome_label_rule
    end as patch_outcome_reason,
    case
        when patch_outcome_label <> 'no_effect_patch' then null
        when patch_outcome_label_rule = 'empty_patch' or touched_file_count = 0 then 'empty_patch'
        when patch_outcome_label = 'no_effect_patch' then 'inert_patch'
    end as no_effect_reason,
    fail_to_pass_count,
    pass_to_fail_count,
    pass_to_pass_count,
    fail_to_fail_count,
    if(is_label_from_tests, fail_to_pass_total, null) as fail_to_pass_total,
    if(is_label_from_tests, fail_to_fail_failure, null) as fail_to_fail_class_count,
    task_fail_to_pass_total,
    is_label_from_tests and fail_to_pass_total < task_fail_to_pass_total as has_incomplete_report,
    {{ ratio('fail_to_pass_count', 'if(is_label_from_tests, fail_to_pass_total, null)') }} as f2p_rate,
    {{ ratio('pass_to_fail_count', 'pass_to_fail_count + pass_to_pass_count') }} as regression_rate,
    case
        when not is_label_from_tests then null
        when fail_to_pass_failure = 0 and pass_to_fail_count = 0 then 'FULL'
        when fail_to_pass_count > 0 and fail_to_pass_failure > 0 and pass_to_fail_count = 0 then 'PARTIAL'
        else 'NO'
    end as swebench_resolution,
    report_shape,
    infra_failure,
    exception_type,
    failure_class,
    coalesce(
        patch_outcome_label_rule not in ('not_judged', 'empty_patch')
        and (coalesce(harness_reward, 0) >= 1) <> (coalesce(patch_outcome_label, '') = 'correct_patch'),
        false
    ) as has_label_reward_disagreement
from counted
