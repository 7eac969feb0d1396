{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

numbered as (

    select * from {{ ref('int_numbered_call') }}
    where {{ is_touched('span_id') }}

),

classified as (

    select
        numbered.*,
        coalesce(families.tool_family, tool_families.tool_family, 'other') as base_family,
        coalesce(families.is_creating, tool_families.is_creating, false) as is_creating,
        coalesce(
            numbered.path_argument,
            if(coalesce(families.uses_open_file, tool_families.uses_open_file), numbered.open_path, null)
        ) as given_path
    from numbered
    left join {{ ref('tool_family') }} as families
        on numbered.tool_name = families.tool_name and numbered.sub_command = families.sub_command
    left join {{ ref('tool_family') }} as tool_families
        on numbered.tool_name = tool_families.tool_name and tool_families.sub_command is null

)

select
    span_id,
    call_number,
    stream_id,
    stream_index,
    is_subagent,
    entry_index,
    call_index,
    tool_call_id,
    tool_name,
    sub_command,
    case
        when base_family = 'bash' and regexp_matches(shell_command, {{ folded_pattern('test_runner') }}) then 'test'
        else base_family
    end as tool_family,
    base_family = 'bash' as is_shell,
    is_creating,
    shell_command,
    working_directory,
    checkout_directory,
    {{ normalised_path('given_path', 'working_directory', 'checkout_directory') }} as path,
    coalesce(arguments, command, '') as arguments,
    tool_name || ' ' || coalesce(arguments, command, '') as exact_call,
    lower(tool_name) || ' ' || regexp_replace(
        regexp_replace(
            regexp_replace(coalesce(arguments, command, ''), '(\\[nrt]|\s)+', ' ', 'g'), '" | "', '"', 'g'
        ),
        '(["\s])\./', '\1', 'g'
    ) as normalised_call,
    called_at,
    result_at,
    has_result,
    is_error,
    is_rejected,
    exit_code,
    has_result and not coalesce(is_error, false) and coalesce(exit_code, 0) = 0 as is_successful,
    has_result and not coalesce(is_error and (exit_code is null or base_family <> 'bash'), false) as is_answered,
    result_tokens,
    if(base_family = 'search' or regexp_matches(shell_command, '\b(grep|rg|ag)\b'), printed_files, []) as hit_files,
    result_length,
    is_result_truncated,
    duration_s
from classified
