{{ incremental_by_unit('int_span_unit', 'span_id') }}

with

streams as (

    select * from {{ ref('int_span_stream') }}
    where {{ is_touched('span_id') }}

),

-- a step that a sub-agent, a continuation, a fork or a resumed file copied is not done again
own_entries as (

    select
        streams.span_id,
        streams.context,
        streams.stream_index,
        entries.stream_id,
        entries.entry_index,
        entries.entry_type,
        entries.role,
        entries.entry_id,
        entries.parent_entry_id,
        entries.occurred_at,
        entries.message_at,
        coalesce(entries.is_llm_call, false) as is_llm_call,
        streams.is_subagent or coalesce(entries.is_sidechain, false) as is_subagent,
        entries.on_active_path
    from {{ ref('stg_entry') }} as entries
    inner join streams on {{ same_stream('entries', 'streams') }}
    anti join {{ ref('int_entry_copy') }} as copies
        on entries.stream_id = copies.stream_id and entries.entry_index = copies.entry_index
    where streams.context = 'product' or not coalesce(entries.is_copied_context, false)

),

numbered as (

    select
        *,
        row_number() over (partition by span_id order by stream_index, entry_index) - 1 as entry_number,
        case
            when is_subagent then null
            when role = 'user' and entry_type in ('message', 'user') then 'user'
            when is_llm_call or role = 'assistant' then 'agent'
        end as speaker
    from own_entries

),

spoken as (

    select
        *,
        last_value(speaker ignore nulls) over before_entry as previous_speaker,
        last_value(speaker ignore nulls) over up_to_entry as turn_role
    from numbered
    window
        before_entry as (
            partition by span_id order by entry_number rows between unbounded preceding and 1 preceding
        ),
        up_to_entry as (
            partition by span_id order by entry_number rows between unbounded preceding and current row
        )

),

-- user turns are even, agent turns odd; where the agent speaks first there is no turn 0
counted as (

    select
        *,
        count(*) filter (where speaker = 'user' and previous_speaker is distinct from 'user') over running
        + max(if(speaker = 'agent' and previous_speaker is null, 1, 0)) over running
        - 1 as exchange_index
    from spoken
    window
        running as (
            partition by span_id order by entry_number rows between unbounded preceding and current row
        )

)

select
    * exclude (speaker, previous_speaker, exchange_index),
    coalesce(speaker = 'user', false) as is_user_message,
    coalesce(speaker = 'agent', false) as is_agent_message,
    if(turn_role is null, null, 2 * exchange_index + if(turn_role = 'agent', 1, 0)) as turn_index
from counted
