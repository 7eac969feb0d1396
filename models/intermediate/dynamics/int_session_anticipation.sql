{{ incremental_by_unit('int_judge_unit', 'session_id') }}

with

sessions as (

    select
        session_id,
        touched_files
    from {{ ref('int_session_count') }}
    where {{ is_touched('session_id') }}

),

edits as (

    select * from {{ ref('int_span_edit') }}

),

openings as (

    select * from {{ ref('int_session_opening') }}

),

assumptions as (

    select * from {{ ref('int_session_assumption') }}

),

scopes as (

    select * from {{ ref('int_session_scope') }}

),

conflations as (

    select * from {{ ref('int_session_conflation') }}

),

curves as (

    select * from {{ ref('int_session_curve') }}

),

plans as (

    select * from {{ ref('int_session_plan_graph') }}

),

judgements as (

    select * from {{ ref('int_session_judgement') }}

)

select
    sessions.session_id,
    if(len(sessions.touched_files) > 0, list_contains(sessions.touched_files, edits.first_tool_file), null)
        as first_tool_precision,
    scopes.scope_drift,
    scopes.scope_drift_raw,
    scopes.scope_precision,
    scopes.scope_recall,
    scopes.scope_source,
    scopes.scope_file_count,
    openings.clarification_sought,
    assumptions.assumption_count,
    assumptions.assumption_basis,
    openings.prompt_underspecification,
    openings.underspecified_length,
    openings.underspecified_references,
    openings.underspecified_outcome,
    openings.prompt_tokens,
    openings.prompt_reference_count,
    judgements.task_paraphrase_accuracy,
    coalesce(judgements.task_paraphrase_accuracy_judged, false) as task_paraphrase_accuracy_judged,
    curves.first_intent_coherence as task_paraphrase_accuracy_proxy,
    judgements.plan_optimality,
    coalesce(judgements.plan_optimality_judged, false) as plan_optimality_judged,
    if(plans.plan_ged_norm > {{ threshold('rewritten_plan_ged') }}, 'suboptimal', null) as plan_optimality_proxy,
    judgements.conflation_turn,
    coalesce(judgements.conflation_turn_judged, false) as conflation_judged,
    conflations.conflation_turn_proxy,
    judgements.instruction_adherence,
    coalesce(judgements.instruction_adherence_judged, false) as instruction_adherence_judged,
    judgements.goal_alignment_at_close,
    coalesce(judgements.goal_alignment_at_close_judged, false) as goal_alignment_at_close_judged,
    curves.intent_coherence_curve_last as goal_alignment_at_close_proxy
from sessions
left join edits on sessions.session_id = edits.span_id
left join openings on sessions.session_id = openings.session_id
left join assumptions on sessions.session_id = assumptions.session_id
left join scopes on sessions.session_id = scopes.session_id
left join conflations on sessions.session_id = conflations.session_id
left join curves on sessions.session_id = curves.session_id
left join plans on sessions.session_id = plans.session_id
left join judgements on sessions.session_id = judgements.session_id
