{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

streams as (

    select *
    from {{ ref('int_span_stream') }}
    where {{ is_touched('span_id') }}

),

copied_entries as (

    select
        entries.stream_id,
        entries.entry_index
    from {{ ref('stg_entry') }} as entries
    inner join streams on {{ same_stream('entries', 'streams') }}
    where entries.is_copied_context and streams.context = 'eval'
    union all
    select
        stream_id,
        entry_index
    from {{ ref('int_entry_copy') }}

),

calls as (

    select
        streams.span_id,
        streams.stream_index,
        streams.is_subagent,
        rtrim(streams.working_directory, '/') as checkout_directory,
        calls.*
    from {{ ref('stg_tool_call') }} as calls
    inner join streams on {{ same_stream('calls', 'streams') }}

),

searching_tools as (

    select tool_name from {{ ref('tool_family') }}
    where tool_family = 'search'

),

-- what is asked of a result's text is asked here, and the text left behind before rows are matched and sorted
read_results as (

    select
        * exclude (result_text),
        if(has_result, {{ approx_tokens('result_text') }}, null) as result_tokens,
        if(
            tool_name in (select searching_tools.tool_name from searching_tools)
            or regexp_matches(command, '\b(grep|rg|ag)\b'),
            list_sort(list_distinct(regexp_extract_all(result_text, '(?m)^([^\s:]+\.\w+):[0-9]+[:-]', 1))),
            []
        ) as printed_files
    from calls

),

-- a step that a sub-agent, a continuation, a fork or a resumed file copied is not done again
own_calls as (

    select read_results.*
    from read_results
    anti join copied_entries
        on read_results.stream_id = copied_entries.stream_id and read_results.entry_index = copied_entries.entry_index

),

numbered as (

    select
        *,
        row_number() over (
            partition by span_id order by stream_index, entry_index, call_index
        ) - 1 as call_number,
        replace(command, '<<<', ' ') as command_0
    from own_calls

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
                coalesce(operator, '') = ''
                -- a shift operator is no here-document: that ends with its delimiter on a line of its own
                or not regexp_matches(remaining || chr(10), '\n\s*' || delimiter || '\s*\n'),
                remaining,
                split_part(remaining, operator, 1)
                || ' <HEREDOC '
                || regexp_extract(substr(remaining, strpos(remaining, operator) + len(operator)), '^[^\n]*')
                || chr(10)
                || regexp_extract(
                    substr(remaining, strpos(remaining, operator) + len(operator)) || chr(10),
                    '(?s)^[^\n]*\n(?:.*?\n)??\s*' || coalesce(nullif(delimiter, ''), 'EOF') || '\s*\n(.*)$',
                    1
                )
            ) as command_{{ stage + 1 }}
        from heredoc_{{ stage }}

    ){% if not loop.last %},{% endif %}
{% endfor %}

select
    * exclude (command_3),
    command_3 as shell_command
from without_2
