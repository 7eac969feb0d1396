{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

streams as (

    select *
    from {{ ref('int_span_stream') }}
    where {{ is_touched('span_id') }}

),

steps as (

    select * from {{ ref('int_step') }}
    where {{ is_touched('span_id') }}

),

first_steps as (

    select
        span_id,
        stream_id,
        min(entry_index) as first_entry
    from steps
    where stream_index = 0 and not is_subagent
    group by all

),

-- the first agent turn ends where the user speaks again
first_turns as (

    select
        steps.span_id,
        min(entries.entry_index) as turn_end
    from first_steps as steps
    inner join streams on steps.stream_id = streams.stream_id
    inner join {{ ref('stg_entry') }} as entries
        on
            {{ same_stream('entries', 'streams') }}
            and entries.entry_index > steps.first_entry
            and entries.role = 'user'
            and entries.entry_type in ('message', 'user')
    group by all

),

first_texts as (

    select
        steps.span_id,
        arg_min(steps.text_plan_lines, steps.step_index) filter (where steps.has_text) as plan_steps_detected,
        arg_min(steps.thinking_plan_lines, steps.step_index) filter (where steps.has_thinking_text)
            as plan_steps_detected_thinking,
        min(steps.step_index) filter (where steps.has_text) as first_text_step,
        min(steps.step_index) filter (where steps.has_thinking_text) as first_thinking_step
    from steps
    left join first_turns on steps.span_id = first_turns.span_id
    where
        not steps.is_subagent
        and (first_turns.turn_end is null or (steps.stream_index = 0 and steps.entry_index < first_turns.turn_end))
    group by all

)

select * from first_texts
