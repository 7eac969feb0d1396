{{ incremental_by_unit('int_attempt_unit', 'attempt_id') }}

with

calls as (

    select * from {{ ref('int_tool_call') }}
    where {{ is_touched('attempt_id') }}

),

accesses as (

    select
        attempt_id,
        call_number,
        bool_or(is_write) as is_write,
        list(distinct path order by path) filter (where is_write and path is not null) as written_paths,
        list(distinct path order by path) filter (where not is_write and path is not null) as read_paths
    from {{ ref('int_file_access') }}
    where {{ is_touched('attempt_id') }}
    group by all

)

select
    calls.attempt_id || '/' || calls.call_number as tool_call_key,
    'eval' as context,
    calls.attempt_id,
    calls.call_number,
    calls.tool_call_id,
    calls.tool_name,
    calls.sub_command,
    calls.tool_family,
    calls.is_subagent,
    coalesce(accesses.is_write, false) as is_mutating,
    coalesce(accesses.read_paths, []) as read_paths,
    coalesce(accesses.written_paths, []) as written_paths,
    calls.has_result,
    calls.is_error,
    calls.exit_code,
    calls.is_successful,
    calls.result_tokens,
    calls.is_result_truncated,
    calls.called_at,
    calls.result_at,
    coalesce(calls.duration_s, {{ elapsed_s('calls.called_at', 'calls.result_at') }}) as duration_s
from calls
left join accesses on calls.attempt_id = accesses.attempt_id and calls.call_number = accesses.call_number
