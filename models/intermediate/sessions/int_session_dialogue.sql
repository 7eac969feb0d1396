{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

sessions as (

    select session_id from {{ ref('int_session_unit') }}
    where {{ is_touched('session_id') }}

),

turns as (

    select * from {{ ref('session_turn') }}
    where context = 'product' and {{ is_touched('session_id') }}

),

user_turns as (

    select
        *,
        max(turn_index) over (partition by session_id) as last_user_turn
    from turns
    where role = 'user'

),

user_side as (

    select
        session_id,
        count(*) as user_turn_count,
        sum(message_count) as user_message_count,
        list(text_tokens order by turn_index) as user_msg_lengths,
        arg_max(text_tokens, turn_index) as user_msg_lengths_last,
        max(text_tokens) as user_msg_lengths_max,
        {{ slope('text_tokens', 'role_turn_index') }} as user_msg_lengths_slope,
        {{ slope('text_tokens', 'role_turn_index', 'role_turn_index > 0') }} as slope_excl_first,
        count(*) filter (where is_correction) as explicit_correction_turns,
        count(*) filter (where is_implicit_correction) as implicit_correction_turns,
        min(started_at) as first_user_turn_at,
        bool_and(is_language_supported) as is_language_supported
    from user_turns
    group by all

),

agent_side as (

    select
        session_id,
        count(*) as agent_turn_count,
        sum(step_count) as agent_step_count,
        {{ ratio('100.0 * sum(hedge_count)', 'sum(text_tokens)') }} as agent_hedging_rate,
        list(hedging_rate order by turn_index) as agent_hedging_curve,
        arg_max(hedging_rate, turn_index) as agent_hedging_curve_last,
        max(hedging_rate) as agent_hedging_curve_max,
        {{ slope('hedging_rate', 'role_turn_index') }} as agent_hedging_curve_slope,
        if(
            count(text_tokens) > 0, count(*) filter (where is_confirmation_request), null
        ) as confirmation_requests,
        list(agent_latency_s order by turn_index) as per_turn_agent_latency_s,
        arg_max(agent_latency_s, turn_index) as per_turn_agent_latency_s_last,
        max(agent_latency_s) as per_turn_agent_latency_s_max,
        {{ slope('agent_latency_s', 'role_turn_index') }} as per_turn_agent_latency_s_slope
    from turns
    where role = 'agent'
    group by all

),

clocks as (

    select
        session_id,
        list(started_at order by turn_index) as all_turn_timestamps,
        count(*) filter (where not on_active_path) as abandoned_turn_count
    from turns
    group by all

)

select
    sessions.session_id,
    coalesce(user_side.user_turn_count, 0) as user_turn_count,
    coalesce(cast(user_side.user_message_count as bigint), 0) as user_message_count,
    coalesce(agent_side.agent_turn_count, 0) as agent_turn_count,
    -- agent steps, or the ratio of a conversation that alternates would always be near 1
    {{ ratio('coalesce(user_side.user_turn_count, 0)', 'agent_side.agent_step_count') }} as user_agent_turn_ratio,
    {{ ratio('coalesce(user_side.user_turn_count, 0)', 'agent_side.agent_turn_count') }}
        as user_agent_turn_ratio_turns,
    coalesce(user_side.user_msg_lengths, []) as user_msg_lengths,
    coalesce(len(user_side.user_msg_lengths), 0) as user_msg_lengths_count,
    user_side.* exclude (session_id, user_turn_count, user_message_count, user_msg_lengths),
    agent_side.* exclude (session_id, agent_turn_count, agent_step_count),
    coalesce(clocks.all_turn_timestamps, []) as all_turn_timestamps,
    coalesce(len(clocks.all_turn_timestamps), 0) as all_turn_timestamps_count,
    clocks.abandoned_turn_count
from sessions
left join clocks on sessions.session_id = clocks.session_id
left join user_side on sessions.session_id = user_side.session_id
left join agent_side on sessions.session_id = agent_side.session_id
