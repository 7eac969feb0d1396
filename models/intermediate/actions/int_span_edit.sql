{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

accesses as (

    select * from {{ ref('int_located_access') }}
    where {{ is_touched('span_id') }}

),

mutations as (

    select
        span_id,
        bool_or(path is null) as has_unresolved_write,
        arg_min(is_scratch, (call_number, access_index)) filter (where path is not null or not is_shell)
            as first_edit_is_scratch,
        arg_min(path, (call_number, access_index)) filter (where not is_scratch and path is not null)
            as first_edit_file,
        list(distinct path order by path) filter (where path is not null and not is_scratch) as mutated_files
    from accesses
    where is_edit and is_successful
    group by all

),

first_substantive as (

    select
        span_id,
        arg_min(path, (call_number, access_index)) as first_tool_file
    from accesses
    where is_file and not regexp_matches(path, {{ folded_pattern('non_substantive_path') }})
    group by all

),

sequences as (

    select distinct span_id
    from {{ ref('int_tool_call') }}
    where {{ is_touched('span_id') }}

)

select
    sequences.span_id,
    coalesce(mutations.has_unresolved_write, false) as has_unresolved_write,
    mutations.first_edit_file,
    mutations.first_edit_is_scratch,
    mutations.mutated_files,
    first_substantive.first_tool_file
from sequences
left join mutations on sequences.span_id = mutations.span_id
left join first_substantive on sequences.span_id = first_substantive.span_id
