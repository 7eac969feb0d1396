{{ incremental_by_unit('int_judge_unit', 'session_id') }}

with

symptoms as (

    select
        *,
        correction_ratio_followups < {{ threshold('few_corrections_ratio') }} as has_few_corrections
    from {{ ref('int_session_symptom') }}
    where {{ is_touched('session_id') }}

),

ruled as (

    select
        session_id,
        case
            when agent_turn_count < {{ threshold('failure_mode_agent_turns') }} or max_context_pollution is null
                then 'gate'
            when
                stuck_repetition_rate >= {{ threshold('stuck_repetition_rate') }}
                and longest_call_run_without_new_file >= {{ threshold('stuck_run_calls') }}
                then 'stuck_loop'
            when
                drift_onset_role = 'user'
                and severe_user_shift_count >= {{ threshold('shifted_user_turns') }}
                and has_few_corrections
                then 'shifted_intent'
            when assumption_lock_turn is not null then 'assumption_locked'
            when
                (
                    marked_plan_step_count >= {{ threshold('multi_intent_plan_steps') }}
                    or opening_goal_count >= {{ threshold('multi_intent_goals') }}
                )
                and (
                    opening_folder_count >= {{ threshold('multi_intent_folders') }}
                    or drift_onset_turn <= {{ threshold('multi_intent_onset_turn') }}
                )
                then 'multi_intent_confusion'
            when scope_drift > {{ threshold('scope_bleed_drift') }} then 'scope_bleed_drift'
            when conflation_turn is not null then 'scope_bleed_conflation'
            when max_context_pollution <= {{ model_threshold('severe_pollution') }} and has_few_corrections
                then 'clean'
            else 'unclassified'
        end as session_failure_mode_rule
    from symptoms

)

select
    session_id,
    case
        when session_failure_mode_rule in ('gate', 'unclassified') then null
        when starts_with(session_failure_mode_rule, 'scope_bleed') then 'scope_bleed'
        else session_failure_mode_rule
    end as session_failure_mode,
    session_failure_mode_rule
from ruled
