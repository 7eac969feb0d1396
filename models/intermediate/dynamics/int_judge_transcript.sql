{{ incremental_by_unit('int_judge_span_unit', 'span_id') }}

with

asked_spans as (

    select
        span_id,
        context
    from {{ ref('int_judge_span_unit') }}
    where is_asked and {{ is_touched('span_id') }}

),

streams as (

    select * from {{ ref('int_span_stream') }}
    where span_id in (select asked_spans.span_id from asked_spans)

),

entries as (

    select * from {{ ref('int_span_entry') }}
    where turn_index is not null and span_id in (select asked_spans.span_id from asked_spans)

),

calls as (

    select * from {{ ref('int_tool_call') }}
    where not is_subagent and span_id in (select asked_spans.span_id from asked_spans)

),

texts as (

    select
        entries.span_id,
        entries.entry_number,
        entries.turn_index,
        entries.turn_role,
        landed_entries.text,
        -- what is asked of thinking is how the agent first understood the task
        if(entries.turn_index = 1, landed_entries.thinking_text, null) as thinking_text
    from {{ ref('stg_entry') }} as landed_entries
    inner join streams on {{ same_stream('landed_entries', 'streams') }}
    inner join entries
        on
            landed_entries.stream_id = entries.stream_id
            and landed_entries.entry_index = entries.entry_index
    where entries.is_user_message or entries.is_agent_message

),

pieces as (

    select
        span_id,
        entry_number,
        0 as kind_number,
        null as call_number,
        turn_index,
        turn_role as role,
        'thinking' as kind,
        thinking_text as text
    from texts
    union all
    select
        span_id,
        entry_number,
        1 as kind_number,
        null as call_number,
        turn_index,
        turn_role as role,
        'text' as kind,
        text
    from texts
    union all
    select
        calls.span_id,
        entries.entry_number,
        2 as kind_number,
        calls.call_number,
        entries.turn_index,
        entries.turn_role as role,
        'call' as kind,
        calls.tool_name || ' ' || left(calls.arguments, cast({{ threshold('judge_call_characters') }} as bigint))
        || if(calls.is_error, ' (failed)', '') as text
    from calls
    inner join entries on calls.stream_id = entries.stream_id and calls.entry_index = entries.entry_index

),

shortened as (

    select
        * exclude (text),
        len(text) > {{ threshold('judge_message_head_characters') }} + {{ threshold('judge_message_tail_characters') }}
            as is_cut,
        if(is_cut, left(text, cast({{ threshold('judge_message_head_characters') }} as bigint)), text) as head,
        if(is_cut, right(text, cast({{ threshold('judge_message_tail_characters') }} as bigint)), null) as tail
    from pieces
    where trim(text, chr(10) || chr(13) || chr(9) || ' ') <> ''

)

select
    shortened.span_id,
    asked_spans.context,
    row_number() over (partition by shortened.span_id order by entry_number, kind_number, call_number) as piece_number,
    turn_index,
    role,
    kind,
    head,
    tail,
    sum(len(head) + coalesce(len(tail), 0)) over (partition by shortened.span_id)
    > {{ threshold('judge_transcript_characters') }} as is_too_long
from shortened
inner join asked_spans on shortened.span_id = asked_spans.span_id
