{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

streams as (

    select * from {{ ref('int_span_stream') }}
    where {{ is_touched('span_id') }}

),

entries as (

    select * from {{ ref('int_span_entry') }}
    where {{ is_touched('span_id') }}

),

messages as (

    select
        entries.span_id,
        entries.stream_id,
        entries.stream_index,
        entries.entry_index,
        entries.is_subagent,
        if(entries.is_user_message, 'user_message', 'agent_message') as base_action,
        coalesce(landed_entries.message_at, landed_entries.occurred_at) as started_at,
        {{ approx_tokens('landed_entries.text') }} as text_tokens
    from {{ ref('stg_entry') }} as landed_entries
    inner join streams on {{ same_stream('landed_entries', 'streams') }}
    inner join entries
        on landed_entries.stream_id = entries.stream_id and landed_entries.entry_index = entries.entry_index
    where
        (entries.is_user_message or entries.is_llm_call or entries.role = 'assistant')
        and trim(landed_entries.text) <> ''

),

actions as (

    select * from messages
    union all by name
    select * from {{ ref('int_trace_call') }}
    where {{ is_touched('span_id') }}

),

-- what a sub-agent did and what was dropped from the conversation are lines of their own
numbered as (

    select
        actions.* exclude (is_subagent),
        entries.turn_index,
        entries.on_active_path,
        actions.is_subagent or coalesce(entries.is_subagent, false) as is_subagent,
        concat_ws(
            ' ',
            if(actions.is_subagent or coalesce(entries.is_subagent, false), 'subagent', 'main'),
            if(coalesce(entries.on_active_path, true), 'active', 'abandoned')
        ) as thread,
        row_number() over (
            partition by actions.stream_id, actions.entry_index order by actions.call_index nulls first
        ) = 1 as is_first_of_entry,
        row_number() over (
            partition by actions.span_id
            order by actions.stream_index, actions.entry_index, actions.call_index nulls first
        ) as action_number
    from actions
    left join entries on actions.stream_id = entries.stream_id and actions.entry_index = entries.entry_index

),

judged as (

    select
        *,
        last_value(is_test_passed ignore nulls) over before_action as was_test_passed,
        last_value(if(is_test_passed is null, null, action_number) ignore nulls) over before_action as judged_number,
        base_action = 'agent_message'
        and thread = 'main active'
        and action_number = max(action_number) over (partition by span_id, thread, base_action) as is_final_answer
    from numbered
    window
        before_action as (
            partition by span_id, thread
            order by action_number rows between unbounded preceding and 1 preceding
        )

),

changes as (

    select
        *,
        min(action_number) over (partition by span_id, thread, path) as first_number
    from (
        select
            span_id,
            thread,
            action_number,
            was_test_passed,
            judged_number,
            unnest(changed_paths) as path
        from judged
        where is_mutating
    ) as changed

),

-- the first change, after a failed test run, of a file that stood changed when the tests ran
retries as (

    select
        span_id,
        min(action_number) as action_number
    from changes
    where not was_test_passed and first_number < judged_number
    group by span_id, thread, judged_number

)

select
    judged.* exclude (base_action, is_final_answer, was_test_passed, judged_number),
    case
        when judged.is_final_answer then 'final_answer'
        when retries.action_number is not null then 'retry_fix'
        else judged.base_action
    end as action_name
from judged
left join retries on judged.span_id = retries.span_id and judged.action_number = retries.action_number
