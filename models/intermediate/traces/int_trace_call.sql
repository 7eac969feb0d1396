{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

calls as (

    select * from {{ ref('int_tool_call') }}
    where {{ is_touched('span_id') }}

),

accesses as (

    select
        span_id,
        call_number,
        bool_or(is_edit and is_successful and (not is_shell or path is not null)) as is_mutating,
        bool_or(not is_write and is_effective) as is_reading,
        bool_or(is_effective and not is_successful) as has_found_nothing,
        list(distinct path order by path) filter (where is_edit and is_successful and path is not null)
            as changed_paths,
        arg_min(path, access_index) filter (where path is not null) as first_path
    from {{ ref('int_file_access') }}
    where {{ is_touched('span_id') }}
    group by all

),

-- only what looks like the name of a program: a torn command line may begin with anything
programs as (

    select
        span_id,
        call_number,
        array_to_string(list(command_name order by segment_index)[:3], ' | ') as program_names
    from {{ ref('int_shell_command') }}
    where
        regexp_full_match(command_name, '[A-Za-z_][A-Za-z0-9_.+-]{0,30}( [a-z][a-z-]{0,20})?')
        and {{ is_touched('span_id') }}
    group by all

),

edits as (

    select
        span_id,
        call_number,
        list(
            path || coalesce(':' || start_line || if(end_line > start_line, '-' || end_line, ''), '')
            order by edit_number
        ) as edit_ranges,
        sum(added_lines) as added_lines,
        sum(deleted_lines) as deleted_lines
    from {{ ref('int_region_edit') }}
    where {{ is_touched('span_id') }}
    group by all

),

test_runs as (

    select * from {{ ref('int_test_run') }}
    where {{ is_touched('span_id') }}

)

select
    calls.span_id,
    calls.call_number,
    calls.stream_id,
    calls.stream_index,
    calls.entry_index,
    calls.call_index,
    calls.is_subagent,
    calls.tool_name,
    case
        when calls.tool_name = 'retry_fix' then 'retry_fix'
        when accesses.is_mutating or calls.tool_family = 'edit' then 'generate_fix'
        when calls.tool_family = 'test' then 'run_tests'
        when calls.tool_family in ('read', 'search', 'web') or accesses.is_reading then 'retrieve_context'
        when calls.tool_family = 'bash' then 'run_command'
        else calls.tool_family
    end as base_action,
    coalesce(accesses.changed_paths[1], calls.path, accesses.first_path, programs.program_names) as action_target,
    case
        when calls.is_rejected then 'rejected'
        when not calls.has_result then 'no_result'
        when test_runs.is_passed is not null or calls.is_successful or accesses.has_found_nothing then 'succeeded'
        else 'failed'
    end as action_outcome,
    test_runs.is_passed as is_test_passed,
    coalesce(accesses.is_mutating, false) as is_mutating,
    coalesce(accesses.changed_paths, []) as changed_paths,
    coalesce(edits.edit_ranges, []) as edit_ranges,
    cast(edits.added_lines as bigint) as added_lines,
    cast(edits.deleted_lines as bigint) as deleted_lines,
    -- what an edit replaces, and what a patch removes or shows around it, is not what it writes
    coalesce(accesses.is_mutating, false) and regexp_matches(
        regexp_replace(
            if(
                regexp_matches(calls.arguments, '\*\*\* Begin Patch|\\n@@ '),
                regexp_replace(calls.arguments, '\\n[- ](\\[^n]|[^\\])*', '', 'g'),
                regexp_replace(calls.arguments, '"old_?(str|string|text|Text)":"(\\.|[^"\\])*"', '', 'g')
            ),
            '\\[nrt]', ' ', 'g'
        ),
        {{ folded_pattern('cue', "cue_list = 'uncertain_fix'") }},
        'i'
    ) as is_uncertain,
    -- a page further down is the same call with another result
    md5(calls.normalised_call || ' ' || coalesce(calls.result_length, 0)) as call_and_result,
    calls.called_at as started_at,
    calls.result_tokens,
    coalesce(calls.duration_s, {{ elapsed_s('calls.called_at', 'calls.result_at') }}) as duration_s
from calls
left join accesses on calls.span_id = accesses.span_id and calls.call_number = accesses.call_number
left join programs on calls.span_id = programs.span_id and calls.call_number = programs.call_number
left join edits on calls.span_id = edits.span_id and calls.call_number = edits.call_number
left join test_runs on calls.span_id = test_runs.span_id and calls.call_number = test_runs.call_number
