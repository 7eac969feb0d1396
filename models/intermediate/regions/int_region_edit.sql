{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

streams as (

    select * from {{ ref('int_span_stream') }}
    where {{ is_touched('span_id') }}

),

calls as (

    select
        calls.*,
        entries.turn_index,
        entries.on_active_path
    from {{ ref('int_tool_call') }} as calls
    left join {{ ref('int_span_entry') }} as entries
        on calls.stream_id = entries.stream_id and calls.entry_index = entries.entry_index
    where {{ is_touched('calls.span_id') }}

),

by_tool as (

    select
        calls.span_id,
        calls.call_number,
        edits.edit_index,
        {{ normalised_path('edits.path', 'calls.working_directory', 'calls.checkout_directory') }} as path,
        edits.operation,
        edits.range_basis,
        edits.start_line,
        edits.end_line,
        edits.old_length,
        edits.new_length,
        edits.added_lines,
        edits.deleted_lines,
        edits.old_hash,
        edits.new_hash
    from {{ ref('stg_file_edit') }} as edits
    inner join streams on {{ same_stream('edits', 'streams') }}
    inner join calls
        on
            edits.stream_id = calls.stream_id
            and edits.entry_index = calls.entry_index
            and edits.call_index = calls.call_index
    where edits.path is not null and not coalesce(calls.is_error or calls.is_rejected, false)

),

edits as (

    select
        *,
        false as is_shell
    from by_tool
    union all by name
    select
        *,
        true as is_shell
    from {{ ref('int_region_shell_edit') }} as by_shell
    anti join by_tool on by_shell.span_id = by_tool.span_id and by_shell.call_number = by_tool.call_number
    where {{ is_touched('by_shell.span_id') }}

),

numbered as (

    select
        *,
        row_number() over (partition by span_id order by call_number, edit_index) - 1 as edit_number
    from edits

),

-- where an edit of a file replaced a text by another one for the first time
directed as (

    select
        span_id,
        path,
        old_hash,
        new_hash,
        min(edit_number) as first_edit_number
    from numbered
    where old_hash <> new_hash
    group by all

)

select
    numbered.span_id,
    numbered.edit_number,
    numbered.call_number,
    numbered.edit_index,
    calls.stream_id,
    calls.is_subagent,
    calls.turn_index,
    calls.on_active_path,
    coalesce(calls.result_at, calls.called_at) as occurred_at,
    numbered.is_shell,
    numbered.path,
    numbered.operation,
    numbered.range_basis,
    cast(numbered.start_line as bigint) as start_line,
    cast(numbered.end_line as bigint) as end_line,
    cast(numbered.old_length as bigint) as old_length,
    cast(numbered.new_length as bigint) as new_length,
    cast(numbered.added_lines as bigint) as added_lines,
    cast(numbered.deleted_lines as bigint) as deleted_lines,
    numbered.old_hash,
    numbered.new_hash,
    numbered.operation = 'undo' or coalesce(directed.first_edit_number < numbered.edit_number, false) as is_reverting
from numbered
inner join calls on numbered.span_id = calls.span_id and numbered.call_number = calls.call_number
left join directed
    on
        numbered.span_id = directed.span_id
        and numbered.path = directed.path
        and numbered.old_hash = directed.new_hash
        and numbered.new_hash = directed.old_hash
