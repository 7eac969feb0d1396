{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

streams as (

    select * from {{ ref('int_span_stream') }}
    where context = 'product' and {{ is_touched('span_id') }}

),

entries as (

    select * from {{ ref('int_span_entry') }}
    where context = 'product' and turn_role = 'agent' and not is_subagent and {{ is_touched('span_id') }}

),

-- a list in the text of a step goes before one in its thinking
listing_steps as (

    select
        entries.span_id,
        entries.turn_index,
        entries.stream_id,
        entries.entry_index,
        steps.step_index as place,
        if(steps.text_plan_lines >= {{ threshold('plan_items') }}, 'text', 'thinking') as plan_source
    from {{ ref('int_step') }} as steps
    inner join entries on steps.stream_id = entries.stream_id and steps.entry_index = entries.entry_index
    where
        greatest(steps.text_plan_lines, steps.thinking_plan_lines) >= {{ threshold('plan_items') }}
        and {{ is_touched('steps.span_id') }}
    qualify row_number() over (
            partition by entries.span_id, entries.turn_index order by plan_source, steps.step_index
        ) = 1

),

listed as (

    select
        listing_steps.*,
        if(listing_steps.plan_source = 'text', landed.text, landed.thinking_text) as plan_text
    from listing_steps
    inner join streams on listing_steps.stream_id = streams.stream_id
    inner join {{ ref('stg_entry') }} as landed
        on {{ same_stream('landed', 'streams') }} and listing_steps.entry_index = landed.entry_index

),

payloads as (

    select
        entries.span_id,
        entries.turn_index,
        calls.call_number as place,
        list_transform(
            cast(json_extract(calls.arguments, '$.' || tools.items_key) as json[]),
            lambda item: json_extract_string(item, '$.' || tools.label_key)
        ) as items
    from {{ ref('int_tool_call') }} as calls
    inner join {{ ref('plan_payload') }} as tools on calls.tool_name = tools.tool_name
    inner join entries on calls.stream_id = entries.stream_id and calls.entry_index = entries.entry_index
    where
        json_valid(calls.arguments)
        and json_type(calls.arguments, '$.' || tools.items_key) = 'ARRAY'
        and {{ is_touched('calls.span_id') }}

),

-- the first plan as it was first made, each later one as its turn left it
todo_plans as (

    select * from payloads
    where len(items) >= {{ threshold('plan_items') }}
    qualify if(
            turn_index = min(turn_index) over (partition by span_id),
            place = min(place) over (partition by span_id, turn_index),
            place = max(place) over (partition by span_id, turn_index)
        )

),

plans as (

    select
        span_id,
        turn_index,
        'todo' as plan_source,
        true as is_marked,
        items
    from todo_plans
    union all
    select
        listed.span_id,
        listed.turn_index,
        listed.plan_source,
        {{ has_cue(list_introductions('listed.plan_text'), 'plan_mark') }} as is_marked,
        {{ plan_lines('listed.plan_text') }} as items
    from listed
    anti join todo_plans on listed.span_id = todo_plans.span_id

)

select
    span_id as session_id,
    turn_index,
    plan_source,
    is_marked,
    items
from plans
