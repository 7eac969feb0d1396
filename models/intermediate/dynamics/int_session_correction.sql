{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

user_turns as (

    select * from {{ ref('int_turn') }}
    where context = 'product' and role = 'user' and {{ is_touched('span_id') }}

),

folded as (

    select
        span_id as session_id,
        count(*) as user_turn_count,
        bool_and(is_language_supported) as is_language_supported,
        count(*) filter (where is_correction) as correction_count,
        count(*) filter (where is_correction or is_implicit_correction) as any_correction_count,
        min(role_turn_index) filter (where is_correction) as first_correction_user_turn,
        count(text_tokens) >= {{ threshold('length_slope_turns') }} as has_slope,
        {{ slope('text_tokens', 'role_turn_index') }} as length_slope,
        -- the brief with which a session begins is long and settles the slope alone
        count(text_tokens) > {{ threshold('length_slope_turns') }} as has_later_slope,
        {{ slope('text_tokens', 'role_turn_index', 'role_turn_index > 0') }} as later_length_slope,
        avg(text_tokens) as mean_length
    from user_turns
    group by all

)

-- cues are English: what is said in another language is not known to correct nothing
select
    session_id,
    user_turn_count,
    if(is_language_supported, {{ ratio('correction_count', 'user_turn_count') }}, null) as correction_ratio,
    if(is_language_supported, {{ ratio('correction_count', 'user_turn_count - 1') }}, null)
        as correction_ratio_followups,
    if(is_language_supported, {{ ratio('any_correction_count', 'user_turn_count - 1') }}, null)
        as any_correction_ratio_followups,
    first_correction_user_turn,
    if(has_slope, length_slope, null) as user_msg_length_slope,
    if(has_later_slope, later_length_slope, null) as user_msg_length_slope_excl_first,
    if(has_slope, round({{ ratio('length_slope', 'mean_length') }}, 6), null) as user_msg_length_slope_ratio,
    case
        when not has_slope then null
        when abs({{ ratio('length_slope', 'mean_length') }}) < {{ threshold('flat_length_slope') }} then 'flat'
        when length_slope > 0 then 'rising'
        when length_slope < 0 then 'falling'
    end as user_msg_length_trend
from folded
