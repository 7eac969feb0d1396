with

attempts as (

    select
        run_id,
        count(*) as attempt_count,
        count(distinct trial_id) as trial_count,
        count(*) filter (where attempt_index = 0 and reward = 1) as resolved_first_count,
        count(*) filter (where is_last_attempt and reward = 1) as resolved_final_count,
        count(*) filter (where is_last_attempt and pass_to_fail_count > 0) as regressed_trial_count,
        sum(tool_call_count) as tool_call_count
    from {{ ref('attempt_span') }}
    group by all

),

runs as (

    select
        run_id,
        sum(attempt_count) as attempt_count,
        sum(trial_count) as trial_count,
        sum(resolved_first_count) as resolved_first_count,
        sum(resolved_final_count) as resolved_final_count,
        sum(regressed_trial_count) as regressed_trial_count,
        sum(tool_call_count) as tool_call_count
    from {{ ref('eval_run') }}
    group by all

)

select
    attempts.run_id,
    attempts,
    runs
from attempts
full outer join runs on attempts.run_id = runs.run_id
where attempts is distinct from runs
