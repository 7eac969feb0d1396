{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

reasoning as (

    select * from {{ ref('int_span_reasoning') }}
    where {{ is_touched('span_id') }}

),

-- the first plan: the list of the first agent turn's first text, else that of its first thinking
plan_steps as (

    select
        steps.span_id,
        steps.stream_id,
        steps.entry_index,
        steps.step_index,
        reasoning.plan_steps_detected > 0 as is_in_text
    from reasoning
    inner join {{ ref('int_step') }} as steps
        on
            reasoning.span_id = steps.span_id
            and steps.step_index
            = if(reasoning.plan_steps_detected > 0, reasoning.first_text_step, reasoning.first_thinking_step)

),

plan_lines as (

    select
        plan_steps.span_id,
        plan_steps.stream_id,
        plan_steps.entry_index,
        array_to_string(
            regexp_extract_all(
                {{ without_code_fences('if(plan_steps.is_in_text, entries.text, entries.thinking_text)') }},
                {{ plan_line_pattern() }},
                1
            ),
            chr(10)
        ) as plan_text
    from plan_steps
    inner join {{ ref('int_span_stream') }} as streams on plan_steps.stream_id = streams.stream_id
    inner join {{ ref('stg_entry') }} as entries
        on {{ same_stream('entries', 'streams') }} and plan_steps.entry_index = entries.entry_index

),

-- what a plan names: paths, and identifiers in backticks or written as calls
items as (

    select distinct
        span_id,
        stream_id,
        entry_index,
        regexp_replace(unnest(
            regexp_extract_all(plan_text, '`([^`\n]+)`', 1)
            || regexp_extract_all(plan_text, '\b([A-Za-z_][\w.]*)\(\)', 1)
            || regexp_extract_all(
                plan_text,
                '(?:^|[\s(''"])((?:[\w.-]+/)*(?:[\w-]+\.[A-Za-z]\w{1,4}|[\w-]{2,}\.[A-Za-z]))\b',
                1
            )
        ), '\(\)$', '') as item
    from plan_lines

),

touches as (

    select
        items.span_id,
        items.item,
        bool_or(calls.tool_family = 'edit') as is_mutating
    from items
    inner join {{ ref('int_tool_call') }} as calls
        on
            items.span_id = calls.span_id
            and calls.is_successful
            and (items.stream_id <> calls.stream_id or items.entry_index <= calls.entry_index)
            and contains(calls.arguments, items.item)
    group by all

)

select
    items.span_id,
    count(*) as plan_item_count,
    {{ ratio('count(*) filter (where touches.item is null)', 'count(*)') }} as gd_inaction_score,
    {{ ratio('count(*) filter (where touches.is_mutating is not true)', 'count(*)') }} as gd_inaction_score_strict
from items
left join touches on items.span_id = touches.span_id and items.item = touches.item
group by all
