{{ config(**per_attempt()) }}

with

streams as (

    select *
    from {{ ref('int_stream') }}
    where is_counted and {{ is_touched('attempt_id') }}

),

entries as (

    select
        entries.stream_id,
        entries.entry_index
    from {{ ref('stg_entry') }} as entries
    semi join streams on entries.stream_id = streams.stream_id
    where entries.is_copied_context

),

-- a step that a sub-agent or a continuation copied from its parent is not done again
calls as (

    select
        streams.attempt_id,
        streams.stream_index,
        streams.is_subagent,
        calls.*
    from {{ ref('stg_tool_call') }} as calls
    inner join streams on calls.stream_id = streams.stream_id
    anti join entries on calls.stream_id = entries.stream_id and calls.entry_index = entries.entry_index

),

numbered as (

    select
        *,
        row_number() over (
            partition by attempt_id order by stream_index, entry_index, call_index
        ) - 1 as call_number,
        replace(command, '<<<', ' ') as command_0
    from calls

),

{#- RE2 has no back-reference, so here-documents are cut one after the other; a fourth in one command stays. -#}
{% for stage in range(3) %}
heredoc_{{ stage }} as (

    select
        * exclude (command_{{ stage }}),
        command_{{ stage }} as remaining,
        regexp_extract(command_{{ stage }}, '<<-?\s*[''"\\]?[A-Za-z_]\w*[''"]?') as operator,
        regexp_extract(command_{{ stage }}, '<<-?\s*[''"\\]?([A-Za-z_]\w*)', 1) as delimiter
    from {{ 'numbered' if loop.first else 'without_' ~ (stage - 1) }}

),

without_{{ stage }} as (

    select
        * exclude (remaining, operator, delimiter),
        if(
            coalesce(operator, '') = '',
            remaining,
            split_part(remaining, operator, 1)
            || ' <HEREDOC '
            || regexp_extract(substr(remaining, strpos(remaining, operator) + len(operator)), '^[^\n]*')
            || chr(10)
            || regexp_extract(
                substr(remaining, strpos(remaining, operator) + len(operator)) || chr(10),
                '(?s)^[^\n]*\n(?:.*?\n)??\s*' || coalesce(nullif(delimiter, ''), 'EOF') || '\n(.*)$',
                1
            )
        ) as command_{{ stage + 1 }}
    from heredoc_{{ stage }}

),
{% endfor %}

classified as (

    select
        without_2.* exclude (command_3),
        without_2.command_3 as shell_command,
        coalesce(families.tool_family, tool_families.tool_family, 'other') as base_family,
        coalesce(families.is_creating, tool_families.is_creating, false) as is_creating
    from without_2
    left join {{ ref('tool_family') }} as families
        on without_2.tool_name = families.tool_name and without_2.sub_command = families.sub_command
    left join {{ ref('tool_family') }} as tool_families
        on without_2.tool_name = tool_families.tool_name and tool_families.sub_command is null

)

select
    attempt_id,
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
    {{ normalised_path("coalesce(path_argument, open_path)", 'working_directory') }} as path,
    path_argument is not null or open_path is not null as has_path,
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
    exit_code,
    has_result and not coalesce(is_error, false) and coalesce(exit_code, 0) = 0 as is_successful,
    has_result and not coalesce(is_error and (exit_code is null or base_family <> 'bash'), false) as is_answered,
    if(has_result and result_text is not null, {{ approx_tokens('result_text') }}, null) as result_tokens,
    if(
        base_family = 'search' or regexp_matches(shell_command, '\b(grep|rg|ag)\b'),
        list_distinct(regexp_extract_all(result_text, '(?m)^([^\s:]+\.\w+):[0-9]+[:-]', 1)),
        []
    ) as hit_files,
    result_length,
    is_result_truncated,
    duration_s
from classified
