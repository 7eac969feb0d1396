{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

spans as (

    select * from {{ ref('int_span_unit') }}
    where {{ is_touched('span_id') }}

),

calls as (

    select * from {{ ref('int_tool_call') }}
    where {{ is_touched('span_id') }}

),

entries as (

    select * from {{ ref('int_span_entry') }}
    where {{ is_touched('span_id') }}

),

accesses as (

    select
        span_id,
        call_number,
        bool_or(is_write) as is_write,
        list(distinct path order by path) filter (where is_write and path is not null) as written_paths,
        list(distinct path order by path) filter (where not is_write and path is not null) as read_paths
    from {{ ref('int_file_access') }}
    where {{ is_touched('span_id') }}
    group by all

)

select
    calls.span_id || '/' || calls.call_number as tool_call_key,
    calls.span_id,
    spans.context,
    spans.attempt_id,
    spans.session_id,
    calls.call_number,
    entries.turn_index,
    entries.on_active_path,
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
    calls.is_rejected,
    calls.exit_code,
    calls.is_successful,
    calls.result_tokens,
    calls.is_result_truncated,
    calls.called_at,
    calls.result_at,
    coalesce(calls.duration_s, {{ elapsed_s('calls.called_at', 'calls.result_at') }}) as duration_s
from calls
inner join spans on calls.span_id = spans.span_id
left join entries on calls.stream_id = entries.stream_id and calls.entry_index = entries.entry_index
left join accesses on calls.span_id = accesses.span_id and calls.call_number = accesses.call_number
