{{ config(**per_attempt()) }}

with

calls as (

    select * from {{ ref('int_tool_call') }} where {{ is_touched('attempt_id') }}

),

writes as (

    select
        attempt_id,
        call_number,
        bool_or(is_write) as is_write,
        bool_or(is_write and is_successful and (not is_shell or path is not null)) as is_mutation,
        bool_or(not is_write and path is not null and is_shell) as is_shell_read
    from {{ ref('int_file_access') }}
    where {{ is_touched('attempt_id') }}
    group by all

),

flagged as (

    select
        calls.*,
        calls.is_shell and coalesce(writes.is_write, false) as is_shell_write,
        coalesce(writes.is_mutation, false) as is_mutation,
        calls.tool_family = 'read' or coalesce(writes.is_shell_read, false) as is_read,
        calls.is_error and not (calls.is_shell and calls.exit_code is not null) as is_tool_error
    from calls
    left join writes on calls.attempt_id = writes.attempt_id and calls.call_number = writes.call_number

),

running as (

    select
        *,
        sum(cast(is_mutation as int)) over (partition by attempt_id order by call_number) as mutations_so_far,
        lag(call_number) over same_exact as previous_exact,
        lag(call_number) over same_normalised as previous_normalised,
        call_number - row_number() over same_tool as tool_run,
        row_number() over (partition by attempt_id, has_result order by call_number) as result_number,
        row_number() over (
            partition by attempt_id, has_result, normalised_call, is_tool_error order by call_number
        ) as same_error_number
    from flagged
    window
        same_exact as (partition by attempt_id, exact_call order by call_number),
        same_normalised as (partition by attempt_id, normalised_call order by call_number),
        same_tool as (partition by attempt_id, tool_name order by call_number)

),

repeated as (

    select
        running.*,
        running.previous_normalised is not null
        and running.mutations_so_far - cast(running.is_mutation as int) = earlier.mutations_so_far as is_stuck,
        count(*) over (partition by running.attempt_id, running.tool_name, running.tool_run) as tool_run_length,
        if(
            running.is_tool_error,
            count(*) over (
                partition by
                    running.attempt_id,
                    running.has_result,
                    running.normalised_call,
                    running.is_tool_error,
                    running.result_number - running.same_error_number
            ),
            0
        ) as error_run_length
    from running
    left join running as earlier
        on running.attempt_id = earlier.attempt_id and running.previous_normalised = earlier.call_number

),

families as (

    select
        attempt_id,
        map_from_entries(list((tool_family, call_count) order by tool_family)) as tool_calls_by_family
    from (select attempt_id, tool_family, count(*) as call_count from calls group by all) as counted
    group by all

),

errors as (

    select
        attempt_id,
        map_from_entries(list((tool_name, error_count) order by tool_name)) as tool_errors_by_type
    from (
        select attempt_id, tool_name, count(*) as error_count from flagged where is_tool_error group by all
    ) as counted
    group by all

),

folded as (

    select
        attempt_id,
        count(*) as tool_call_count,
        list(tool_name order by call_number) as tool_sequence,
        max(tool_run_length) as max_same_tool_run,
        count(*) filter (where tool_family = 'edit') as edit_calls,
        count(*) filter (where tool_family = 'edit' and is_successful) as edit_calls_ok,
        count(*) filter (where is_shell_write) as bash_write_calls,
        count(*) filter (where is_read) as read_calls,
        count(*) filter (where tool_family = 'test') as test_calls,
        min(call_number) filter (where is_mutation) < max(call_number) filter (where tool_family = 'test')
            as has_test_after_edit,
        {{ ratio('count(previous_exact)', 'count(*)') }} as repetition_rate_exact,
        {{ ratio('count(previous_normalised)', 'count(*)') }} as repetition_rate,
        {{ ratio('count(*) filter (where is_stuck)', 'count(*)') }} as stuck_repetition_rate,
        count(*) filter (where has_result) as tool_result_count,
        count(*) filter (where not has_result) as dangling_calls,
        bool_or(is_error is not null) as has_error_flags,
        count(*) filter (where is_tool_error) as tool_error_count,
        {{ ratio(
            'count(*) filter (where is_shell and exit_code <> 0)',
            'count(*) filter (where is_shell and exit_code is not null)'
        ) }} as bash_nonzero_rate,
        max(error_run_length) as max_consecutive_same_error,
        list(result_tokens order by call_number) filter (where has_result) as tool_result_sizes,
        bool_or(result_tokens is not null) as has_result_texts
    from repeated
    group by all

)

select
    folded.* exclude (has_error_flags, has_result_texts, tool_result_sizes),
    families.tool_calls_by_family,
    if(folded.has_result_texts, folded.tool_result_sizes, null) as tool_result_sizes,
    if(folded.has_error_flags, {{ ratio('folded.tool_error_count', 'folded.tool_result_count') }}, null)
        as tool_error_rate,
    if(
        folded.has_error_flags and folded.tool_result_count > 0,
        coalesce(errors.tool_errors_by_type, map()),
        null
    ) as tool_errors_by_type
from folded
left join families on folded.attempt_id = families.attempt_id
left join errors on folded.attempt_id = errors.attempt_id
