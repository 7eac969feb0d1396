{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

calls as (

    select * from {{ ref('int_tool_call') }}
    where {{ is_touched('span_id') }}

),

streams as (

    select * from {{ ref('int_span_stream') }}
    where {{ is_touched('span_id') }}

),

-- a patch names its files in its text: what the loader made of it tells them
by_record as (

    select
        calls.span_id,
        calls.call_number,
        file_edits.edit_index as access_index,
        if(file_edits.operation = 'create', 'create', 'write') as access,
        {{ normalised_path('file_edits.path', 'calls.working_directory', 'calls.checkout_directory') }} as path,
        true as is_file,
        calls.is_shell
    from {{ ref('stg_file_edit') }} as file_edits
    inner join streams on {{ same_stream('file_edits', 'streams') }}
    inner join calls
        on
            file_edits.stream_id = calls.stream_id
            and file_edits.entry_index = calls.entry_index
            and file_edits.call_index = calls.call_index
    where calls.path is null

),

by_tool as (

    select
        span_id,
        call_number,
        0 as access_index,
        case
            when tool_family <> 'edit' then tool_family
            when is_creating then 'create'
            else 'write'
        end as access,
        path,
        tool_family <> 'search' or regexp_matches(path, {{ folded_pattern('file_path') }}) as is_file
    from calls
    where
        tool_family in ('read', 'search', 'edit')
        and (span_id, call_number) not in (select (by_record.span_id, by_record.call_number) from by_record)

),

by_shell as (

    select *
    from {{ ref('int_shell_access') }}
    where {{ is_touched('span_id') }}

),

accesses as (

    select
        *,
        false as is_shell
    from by_tool
    union all by name
    select
        *,
        true as is_shell
    from by_shell
    union all by name
    select * from by_record

)

select
    accesses.span_id,
    accesses.call_number,
    accesses.access_index,
    accesses.access,
    accesses.access in ('write', 'create', 'write_unknown') as is_write,
    -- a log in a temporary folder is no edit
    accesses.access in ('write', 'create', 'write_unknown')
    and not coalesce(regexp_matches(accesses.path, {{ folded_pattern('temporary_path') }}), false) as is_edit,
    accesses.is_shell,
    accesses.path,
    accesses.is_file and accesses.path is not null as is_file,
    calls.is_successful,
    -- a search that finds nothing exits with 1 and has searched all the same
    calls.is_successful
    or (accesses.access = 'search' and calls.has_result and coalesce(calls.exit_code = 1, false)) as is_effective
from accesses
inner join calls on accesses.span_id = calls.span_id and accesses.call_number = calls.call_number
