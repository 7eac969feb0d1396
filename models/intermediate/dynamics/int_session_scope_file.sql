{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

named as (

    {{ named_files_of_sessions() }}

),

turns as (

    select
        stream_id,
        entry_index,
        turn_index
    from {{ ref('int_span_entry') }}
    where {{ is_touched('span_id') }}

),

calls as (

    select
        calls.span_id,
        calls.call_number,
        turns.turn_index
    from {{ ref('int_tool_call') }} as calls
    left join turns on calls.stream_id = turns.stream_id and calls.entry_index = turns.entry_index
    where {{ is_touched('calls.span_id') }}

),

accesses as (

    select * from {{ ref('int_file_access') }}
    where is_effective and is_file and {{ is_touched('span_id') }}

)

-- where the user names files, what each call does to a file is inside or outside of what was named
select
    accesses.span_id as session_id,
    accesses.call_number,
    accesses.access_index,
    calls.turn_index,
    accesses.path,
    accesses.is_edit,
    regexp_matches(accesses.path, {{ folded_pattern('test_path') }}) as is_test,
    named.has_named_tests,
    len(named.named_files) as named_file_count,
    list_bool_or(list_transform(
        named.named_files,
        lambda named_file: accesses.path = named_file or ends_with(accesses.path, '/' || named_file)
    )) as is_named
from accesses
inner join named on accesses.span_id = named.session_id
left join calls on accesses.span_id = calls.span_id and accesses.call_number = calls.call_number
