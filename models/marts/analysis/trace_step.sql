{# a comment on a column of a view costs as much as opening all landed files does -#}
{{ config(materialized='view', schema='trace', persist_docs={'relation': true, 'columns': false}) }}

-- the only table that shows text: a view, so that no text is kept twice, published apart and on demand (docs/replay.md)
with

steps as (

    select * from {{ ref('int_trace_state') }}

),

entries as (

    select * from {{ ref('stg_entry') }}

),

calls as (

    select * from {{ ref('stg_tool_call') }}

)

select
    steps.* exclude (
        is_first_of_entry, content_load_id, source_file_id, session_index, entry_index, call_index
    ),
    if(steps.is_first_of_entry, entries.thinking_text, null) as thinking_text,
    if(steps.call_number is null, entries.text, null) as message_text,
    coalesce(calls.command, calls.arguments) as arguments_text,
    calls.result_text
from steps
left join entries on {{ same_stream('entries', 'steps') }} and steps.entry_index = entries.entry_index
left join calls
    on
        {{ same_stream('calls', 'steps') }}
        and steps.entry_index = calls.entry_index
        and steps.call_index = calls.call_index
