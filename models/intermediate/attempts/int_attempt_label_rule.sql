with

verification as (

    select
        *,
        fail_to_pass_success + fail_to_pass_failure as fail_to_pass_total
    from {{ ref('int_attempt_verification') }}

),

touched as (

    select
        attempt_id,
        touched_file_count
    from {{ ref('int_attempt_touched') }}

),

-- the ordered rules of signals.md 6.2: the first that holds decides
ruled as (

    select
        verification.*,
        touched.touched_file_count,
        case
            when not is_judged then 'not_judged'
            when is_known_empty then 'empty_patch'
            when patch_applies = false then 'patch_does_not_apply'
            when verifier_status in ('error', 'timeout') then 'verifier_failed'
            when patch_applies is null and fail_to_pass_success is not null then 'counts_without_gate'
            when is_report_missing then 'report_missing'
            when
                (fail_to_pass_success is null or fail_to_pass_total is null or pass_to_pass_failure is null)
                and harness_reward is null
                then 'no_verdict'
            when fail_to_pass_success is null or fail_to_pass_total is null or pass_to_pass_failure is null
                then 'reward_only'
            when
                fail_to_pass_total > 0
                and fail_to_pass_success = fail_to_pass_total
                and pass_to_pass_failure = 0
                then 'all_tests_pass'
            when fail_to_pass_success > 0 then 'some_tests_pass'
            when pass_to_pass_failure > 0 then 'only_regressions'
            else 'nothing_changed'
        end as patch_outcome_label_rule
    from verification
    left join touched on verification.attempt_id = touched.attempt_id

)

select * from ruled
