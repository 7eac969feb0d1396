{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

spans as (

    select * from {{ ref('int_span_unit') }}
    where {{ is_touched('span_id') }}

),

attempts as (

    select * from {{ ref('int_attempt_unit') }}

),

actions as (

    select
        span_id,
        count(*) as action_count,
        -- a call that changes a file and runs the tests is a fix, and a test run all the same
        count(*) filter (where action_name = 'run_tests' or is_test_passed is not null) as test_run_count,
        count(is_test_passed) as judged_test_run_count
    from {{ ref('int_trace_step') }}
    where {{ is_touched('span_id') }}
    group by all

),

failures as (

    select
        events.span_id,
        events.failure_type,
        count(*) as event_count,
        any_value(penalties.penalty) as penalty
    from {{ ref('failure_event') }} as events
    inner join {{ ref('failure_type') }} as penalties on events.failure_type = penalties.failure_type
    where {{ is_touched('events.span_id') }}
    group by all

),

folded as (

    select
        span_id,
        list(failure_type order by failure_type) as failure_types,
        sum(event_count) as event_count,
        sum(penalty) as penalty_of_types,
        sum(penalty * event_count) as penalty_of_events
    from failures
    group by all

)

select
    actions.span_id,
    spans.context,
    spans.attempt_id,
    attempts.run_id,
    spans.session_id,
    actions.action_count,
    actions.test_run_count,
    actions.judged_test_run_count,
    coalesce(folded.failure_types, []) as failure_types,
    len(coalesce(folded.failure_types, [])) as failure_type_count,
    cast(coalesce(folded.event_count, 0) as bigint) as failure_event_count,
    cast(greatest(0, 100 - coalesce(folded.penalty_of_types, 0)) as bigint) as trace_score,
    cast(greatest(0, 100 - coalesce(folded.penalty_of_events, 0)) as bigint) as trace_score_per_occurrence
from actions
inner join spans on actions.span_id = spans.span_id
left join attempts on spans.attempt_id = attempts.attempt_id
left join folded on actions.span_id = folded.span_id
