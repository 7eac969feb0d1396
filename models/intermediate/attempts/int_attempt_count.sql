{{ incremental_by_unit('int_attempt_unit', 'attempt_id') }}

with

attempts as (

    select * from {{ ref('int_attempt_unit') }}
    where {{ is_touched('attempt_id') }}

),

reported as (

    select * from {{ ref('int_attempt_reported') }}

),

touched as (

    select * from {{ ref('int_attempt_touched') }}

),

mutated as (

    select
        attempt_id,
        mutated_files
    from {{ ref('int_attempt_localization') }}
    where len(mutated_files) > 0

),

usage as (

    select * from {{ ref('int_span_usage') }}

),

behavior as (

    select * from {{ ref('int_span_behavior') }}

),

streams as (

    select
        attempt_id,
        min(telemetry) as telemetry
    from {{ ref('int_stream') }}
    where is_counted
    group by all

),

-- signals.md R5: which source each number is from
sourced as (

    select
        attempts.attempt_id,
        streams.telemetry,
        coalesce(reported.stdout_turn_count, reported.row_turn_count, usage.step_count) as turn_count,
        case
            when reported.stdout_turn_count is not null then 'stdout'
            when reported.row_turn_count is not null then 'results_row'
            when usage.step_count is not null then 'telemetry'
        end as turn_count_basis,
        reported.stdout_tool_call_count,
        reported.row_tool_call_count,
        if(streams.attempt_id is null, null, coalesce(behavior.telemetry_tool_call_count, 0))
            as telemetry_tool_call_count,
        reported.stdout_edit_calls,
        reported.row_edit_calls,
        if(streams.attempt_id is null, null, coalesce(behavior.telemetry_edit_calls, 0)) as telemetry_edit_calls,
        behavior.bash_write_calls,
        -- a shell may have changed files that no path tells of: only without one is "no write seen" "no file touched"
        coalesce(
            touched.touched_files,
            mutated.mutated_files,
            if(streams.attempt_id is not null and coalesce(behavior.shell_calls, 0) = 0, [], null)
        ) as touched_files,
        case
            when touched.attempt_id is not null then touched.touched_files_basis
            when mutated.mutated_files is not null then 'tool_calls'
            when streams.attempt_id is not null and coalesce(behavior.shell_calls, 0) = 0 then 'tool_calls'
        end as touched_files_basis,
        touched.diff_lines,
        touched.diff_lines_basis
    from attempts
    left join reported on attempts.attempt_id = reported.attempt_id
    left join usage on attempts.attempt_id = usage.span_id
    left join streams on attempts.attempt_id = streams.attempt_id
    left join behavior on attempts.attempt_id = behavior.span_id
    left join touched on attempts.attempt_id = touched.attempt_id
    left join mutated on attempts.attempt_id = mutated.attempt_id

),

counted as (

    select
        *,
        coalesce(stdout_tool_call_count, row_tool_call_count, telemetry_tool_call_count) as tool_call_count,
        case
            when stdout_tool_call_count is not null then 'stdout'
            when row_tool_call_count is not null then 'results_row'
            when telemetry_tool_call_count is not null then 'telemetry'
        end as tool_call_count_basis,
        coalesce(stdout_edit_calls, row_edit_calls, telemetry_edit_calls) as edit_calls,
        case
            when stdout_edit_calls is not null then 'stdout'
            when row_edit_calls is not null then 'results_row'
            when telemetry_edit_calls is not null then 'telemetry'
        end as edit_calls_basis
    from sourced

)

select
    attempt_id,
    telemetry,
    turn_count,
    turn_count_basis,
    tool_call_count,
    tool_call_count_basis,
    telemetry_tool_call_count,
    tool_call_count <> telemetry_tool_call_count as has_tool_call_count_mismatch,
    edit_calls,
    edit_calls_basis,
    edit_calls = 0 and len(touched_files) > 0 as bash_mediated_edits,
    edit_calls > 0 and bash_write_calls > 0 as is_mixed_edit_mode,
    touched_files,
    len(touched_files) as touched_files_count,
    touched_files_basis,
    cast(diff_lines as bigint) as diff_lines,
    diff_lines_basis
from counted
