{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

points as (

    select
        *,
        is_substantive and context_pollution > {{ model_threshold('drift_onset_pollution') }} as is_drifted
    from {{ ref('int_session_curve_point') }}
    where {{ is_touched('session_id') }}

),

folded as (

    select
        session_id,
        any_value(embedding_model) as embedding_model,
        any_value(anchor_turn_index) as anchor_turn_index,
        list(context_pollution order by turn_index) as context_pollution_curve,
        {{ slope('context_pollution', 'turn_index') }} as context_pollution_curve_slope,
        max(context_pollution) filter (where is_substantive) as max_context_pollution,
        arg_min(context_pollution, turn_index) filter (where is_substantive) as first_context_pollution,
        arg_max(context_pollution, turn_index) filter (where is_substantive) as cp_score,
        list(context_pollution order by turn_index) filter (where is_substantive) as substantive_curve,
        min(turn_index) filter (where is_drifted) as drift_onset_turn,
        arg_min(role, turn_index) filter (where is_drifted) as drift_onset_role,
        list(intent_coherence order by turn_index) filter (where role = 'agent') as intent_coherence_curve,
        count(intent_coherence) as coherent_turn_count,
        arg_min(intent_coherence, turn_index) as first_intent_coherence,
        arg_max(intent_coherence, turn_index) as intent_coherence_curve_last,
        max(intent_coherence) as intent_coherence_curve_max,
        {{ slope('intent_coherence', 'role_turn_index') }} as intent_coherence_curve_slope,
        list(user_shift order by turn_index) filter (where role = 'user') as user_shift_curve,
        count(user_shift) as shifted_turn_count,
        arg_max(user_shift, turn_index) filter (where is_substantive) as user_shift_curve_last,
        max(user_shift) filter (where is_substantive) as user_shift_curve_max,
        {{ slope('user_shift', 'role_turn_index') }} as user_shift_curve_slope,
        count(*) filter (
            where is_substantive and user_shift > {{ model_threshold('severe_pollution') }}
        ) as severe_user_shift_count
    from points
    group by all
    having count(context_pollution) > 0

),

bands as (

    select * from {{ ref('drift_band') }}

)

select
    folded.session_id,
    folded.embedding_model,
    folded.anchor_turn_index,
    folded.context_pollution_curve,
    len(folded.context_pollution_curve) as context_pollution_curve_count,
    folded.context_pollution_curve_slope,
    folded.max_context_pollution,
    folded.cp_score,
    round(folded.cp_score - folded.first_context_pollution, 6) as cp_rel,
    list_transform(
        folded.context_pollution_curve, lambda pollution: round(pollution - folded.first_context_pollution, 6)
    ) as cp_rel_curve,
    folded.substantive_curve,
    folded.drift_onset_turn,
    folded.drift_onset_role,
    bands.drift_band as drift_onset_band,
    if(folded.coherent_turn_count > 0, folded.intent_coherence_curve, null) as intent_coherence_curve,
    if(folded.coherent_turn_count > 0, len(folded.intent_coherence_curve), null) as intent_coherence_curve_count,
    folded.first_intent_coherence,
    folded.intent_coherence_curve_last,
    folded.intent_coherence_curve_max,
    folded.intent_coherence_curve_slope,
    if(folded.shifted_turn_count > 0, folded.user_shift_curve, null) as user_shift_curve,
    if(folded.shifted_turn_count > 0, len(folded.user_shift_curve), null) as user_shift_curve_count,
    folded.user_shift_curve_last,
    folded.user_shift_curve_max,
    folded.user_shift_curve_slope,
    folded.severe_user_shift_count
from folded
left join bands
    on
        folded.drift_onset_turn >= bands.first_turn
        and (bands.last_turn is null or folded.drift_onset_turn <= bands.last_turn)
