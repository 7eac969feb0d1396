{{ incremental_by_unit('int_judge_history_unit', 'session_id') }}

-- the scalars of the four marts of sessions: lists and maps stay where they are explained, next to their companions
with

spans as (

    select * from {{ ref('session_span') }}
    where {{ is_touched('session_id') }}

),

users as (

    select * from {{ ref('user_session') }}

),

dynamics as (

    select * from {{ ref('session_dynamics') }}

),

anticipations as (

    select * from {{ ref('agent_anticipation') }}

)

select
    spans.session_id,
    -- what a reader asks first
    users.session_outcome,
    dynamics.session_failure_mode,
    anticipations.session_attribution,
    anticipations.frustration_label_usable,
    anticipations.prompt_underspecification,
    dynamics.correction_ratio_followups,
    dynamics.max_context_pollution,
    dynamics.drift_onset_turn,
    dynamics.assumption_lock_turn,
    anticipations.scope_drift,
    dynamics.gd_inaction_score,
    dynamics.plan_ged_norm,
    dynamics.stuck_repetition_rate,
    users.time_to_first_edit_s,
    spans.cost_usd,
    spans.* exclude (
        session_id, cost_usd, repetition_rate, stuck_repetition_rate, touched_files, tool_sequence,
        tool_calls_by_family, plannotator_phases, phase_transitions, context_growth_curve, input_tokens_curve
    ),
    users.* exclude (
        session_id, source_format, copy_of_session_id, session_kind, repo_id, user_id, started_at, finished_at,
        session_outcome, time_to_first_edit_s, user_msg_lengths, all_turn_timestamps, agent_hedging_curve,
        per_turn_agent_latency_s, tool_errors_by_type, tool_result_sizes, compaction_events, model_changes,
        region_edit_history, region_edit_convergence
    ),
    dynamics.* exclude (
        session_id, source_format, copy_of_session_id, session_kind, session_failure_mode, correction_ratio_followups,
        max_context_pollution, drift_onset_turn, assumption_lock_turn, gd_inaction_score, plan_ged_norm,
        stuck_repetition_rate, context_pollution_curve, cp_rel_curve, intent_coherence_curve, user_shift_curve
    ),
    anticipations.* exclude (
        session_id, source_format, copy_of_session_id, session_kind, session_attribution, frustration_label_usable,
        prompt_underspecification, scope_drift
    )
from spans
inner join users on spans.session_id = users.session_id
inner join dynamics on spans.session_id = dynamics.session_id
inner join anticipations on spans.session_id = anticipations.session_id
