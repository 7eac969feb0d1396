{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

calls as (

    select * from {{ ref('int_tool_call') }}
    where {{ is_touched('span_id') }}

),

writes as (

    select
        span_id,
        call_number,
        bool_or(is_write) as is_write,
        bool_or(is_edit and is_successful and (not is_shell or path is not null)) as is_mutation,
        bool_or(access in ('read', 'search') and path is not null and is_shell) as is_shell_read
    from {{ ref('int_file_access') }}
    where {{ is_touched('span_id') }}
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
    left join writes on calls.span_id = writes.span_id and calls.call_number = writes.call_number

),

running as (

    select
        *,
        sum(cast(is_mutation as int)) over (partition by span_id order by call_number) as mutations_so_far,
        lag(call_number) over same_exact as previous_exact,
        lag(call_number) over same_normalised as previous_normalised,
        call_number - row_number() over same_tool as tool_run,
        row_number() over (partition by span_id, has_result order by call_number) as result_number,
        row_number() over (
            partition by span_id, has_result, normalised_call, is_tool_error order by call_number
        ) as same_error_number
    from flagged
    window
        same_exact as (partition by span_id, exact_call order by call_number),
        same_normalised as (partition by span_id, normalised_call order by call_number),
        same_tool as (partition by span_id, tool_name order by call_number)

),

repeated as (

    select
        running.*,
        running.previous_normalised is not null
        and running.mutations_so_far - cast(running.is_mutation as int) = earlier.mutations_so_far as is_stuck,
        count(*) over (partition by running.span_id, running.tool_name, running.tool_run) as tool_run_length,
        if(
            running.is_tool_error,
            count(*) over (
                partition by
                    running.span_id,
                    running.has_result,
                    running.normalised_call,
                    running.is_tool_error,
                    running.result_number - running.same_error_number
            ),
            0
        ) as error_run_length
    from running
    left join running as earlier
        on running.span_id = earlier.span_id and running.previous_normalised = earlier.call_number

)

select
    * exclude (
        exact_call, normalised_call, arguments, shell_command, hit_files, mutations_so_far, tool_run, result_number,
        same_error_number
    )
from repeated
