{{ incremental_by_unit('int_judge_history_unit', 'session_id') }}

with

anticipations as (

    select * from {{ ref('int_session_anticipation') }}
    where {{ is_touched('session_id') }}

),

outcomes as (

    select * from {{ ref('int_session_outcome') }}

),

corrections as (

    select * from {{ ref('int_session_correction') }}

),

locks as (

    select * from {{ ref('int_session_lock') }}

),

curves as (

    select * from {{ ref('int_session_curve') }}

),

plans as (

    select * from {{ ref('int_session_plan_graph') }}

),

described as (

    select
        anticipations.*,
        outcomes.session_outcome,
        corrections.correction_ratio,
        corrections.first_correction_user_turn,
        locks.assumption_lock_turn,
        curves.drift_onset_turn,
        curves.drift_onset_role,
        -- lists of findings differ from one answer to the next without a change of plan
        if(plans.is_first_plan_marked, plans.plan_ged_norm, null) as plan_ged_norm
    from anticipations
    left join outcomes on anticipations.session_id = outcomes.session_id
    left join corrections on anticipations.session_id = corrections.session_id
    left join locks on anticipations.session_id = locks.session_id
    left join curves on anticipations.session_id = curves.session_id
    left join plans on anticipations.session_id = plans.session_id

),

ruled as (

    select
        *,
        case
            when session_outcome is null then 'gate_outcome'
            when prompt_underspecification is null then 'gate_prompt'
            when
                session_outcome = 'accepted'
                and correction_ratio = 0
                and assumption_lock_turn is null
                and coalesce(scope_drift, 0) <= {{ threshold('anticipated_scope_drift') }}
                and coalesce(plan_ged_norm, 0) <= {{ threshold('anticipated_plan_ged') }}
                then 'correct_anticipation'
            when prompt_underspecification >= {{ threshold('vague_prompt') }} then 'underspecified_prompt'
            when clarification_sought and prompt_underspecification >= {{ threshold('vague_clarified_prompt') }}
                then 'underspecified_clarified'
            when first_correction_user_turn <= {{ threshold('misunderstood_user_turn') }}
                then 'misunderstood_correction'
            when drift_onset_role = 'agent' and drift_onset_turn <= {{ threshold('misunderstood_onset_turn') }}
                then 'misunderstood_onset'
            when not first_tool_precision and plan_ged_norm > {{ threshold('rewritten_plan_ged') }}
                then 'misunderstood_plan'
            when conflation_turn is not null then 'conflation_turn'
            when scope_drift > {{ threshold('scope_bleed_drift') }} then 'scope_drift'
            else 'unclassified'
        end as session_attribution_rule
    from described

)

select
    session_id,
    case
        when session_attribution_rule = 'correct_anticipation' then 'correct_anticipation'
        when starts_with(session_attribution_rule, 'underspecified') then 'underspecified_prompt'
        when starts_with(session_attribution_rule, 'misunderstood') then 'agent_misunderstood'
        when session_attribution_rule in ('conflation_turn', 'scope_drift') then 'scope_conflation'
    end as session_attribution,
    session_attribution_rule,
    coalesce(prompt_underspecification < {{ threshold('vague_prompt') }} and session_outcome is not null, false)
        as frustration_label_usable
from ruled
