{{ incremental_by_unit('int_span_unit', 'span_id') }}

{#- each detector: its type, its rule, and the step that it fires at -#}
{% set detectors = [
    ('failing_tests', 'test_run_failed', 'not is_test_passed'),
    ('ended_red', 'last_test_run_failed', 'not is_test_passed and action_number = last_judged_number'),
    ('retry_loop', 'retry_repeated', "action_name = 'retry_fix' and retry_number >= " ~ threshold('retry_loop_retries')),
    ('uncertain_fix', 'doubt_in_change', 'is_uncertain'),
    (
        'incomplete_fix', 'no_change_after_first_failed_test',
        "action_name = 'final_answer' and first_failed_number < action_number"
        ~ ' and coalesce(last_change_number < first_failed_number, true)',
    ),
    (
        'stuck_loop', 'call_repeated_without_change',
        'call_and_result is not null and repetition = ' ~ threshold('stuck_loop_calls'),
    ),
    (
        'error_streak', 'calls_failed_in_a_row',
        "action_outcome = 'failed' and failure_number = " ~ threshold('error_streak_calls'),
    ),
] %}

with

spans as (

    select * from {{ ref('int_span_unit') }}
    where {{ is_touched('span_id') }}

),

attempts as (

    select * from {{ ref('int_attempt_unit') }}

),

steps as (

    select * from {{ ref('int_trace_step') }}
    where coalesce(on_active_path, true) and {{ is_touched('span_id') }}

),

file_failures as (

    select * from {{ ref('int_trace_file_failure') }}
    where {{ is_touched('span_id') }}

),

running as (

    select
        *,
        count(*) filter (where action_name = 'retry_fix') over so_far as retry_number,
        count(*) filter (where action_outcome = 'succeeded') over so_far as success_count,
        count(*) filter (where is_mutating) over so_far as change_count,
        min(action_number) filter (where not is_test_passed) over whole as first_failed_number,
        max(action_number) filter (where is_test_passed is not null) over whole as last_judged_number,
        max(action_number) filter (where is_mutating) over whole as last_change_number
    from steps
    window
        so_far as (
            partition by span_id, thread order by action_number rows between unbounded preceding and current row
        ),
        whole as (partition by span_id, thread)

),

measured as (

    select
        *,
        count(*) filter (where action_outcome = 'failed') over (
            partition by span_id, thread, success_count order by action_number
        ) as failure_number,
        row_number() over (
            partition by span_id, thread, call_and_result, change_count order by action_number
        ) as repetition
    from running

),

found as (

    {% for failure_type, rule, condition in detectors %}
        select
            span_id,
            action_number,
            action_target,
            '{{ failure_type }}' as failure_type,
            '{{ rule }}' as failure_event_rule
        from measured
        where {{ condition }}
        union all
    {% endfor %}
    select
        file_failures.span_id,
        steps.action_number,
        file_failures.path as action_target,
        file_failures.failure_type,
        file_failures.failure_event_rule
    from file_failures
    inner join steps on file_failures.span_id = steps.span_id and file_failures.call_number = steps.call_number

)

select
    concat_ws('/', found.span_id, found.action_number, found.failure_type, found.action_target) as failure_event_id,
    found.span_id,
    spans.context,
    spans.attempt_id,
    attempts.run_id,
    spans.session_id,
    found.action_number,
    steps.call_number,
    steps.turn_index,
    found.failure_type,
    found.failure_event_rule,
    steps.action_name,
    found.action_target,
    steps.is_subagent,
    steps.started_at as occurred_at
from found
inner join spans on found.span_id = spans.span_id
inner join steps on found.span_id = steps.span_id and found.action_number = steps.action_number
left join attempts on spans.attempt_id = attempts.attempt_id
