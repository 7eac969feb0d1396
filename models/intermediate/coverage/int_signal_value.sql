with

nulls as (

    select * from {{ ref('int_signal_null') }}

),

requirements as (

    select * from {{ ref('signal_requirement') }}

),

attempt_states as (

    unpivot {{ ref('int_attempt_state') }}
    on columns(* exclude (attempt_id)) into name state_name value is_true

),

session_states as (

    unpivot {{ ref('int_session_state') }}
    on columns(* exclude (session_id)) into name state_name value is_true

),

states as (

    select
        'eval' as context,
        attempt_id as unit_id,
        state_name,
        is_true
    from attempt_states
    union all
    select
        'product' as context,
        session_id as unit_id,
        state_name,
        is_true
    from session_states

),

explained as (

    select
        nulls.* exclude (unit_id),
        case
            when not nulls.is_null then null
            when not_applicable.is_true then 'not_applicable: ' || requirements.not_applicable_when
            when not coalesce(required.is_true, true) then 'artifact_missing: ' || requirements.required_input
            else 'unknown: not recorded by the artifact'
        end as null_reason
    from nulls
    left join requirements
        on nulls.signal_id = requirements.signal_id and nulls.context = requirements.context
    left join states as required
        on
            nulls.context = required.context
            and nulls.unit_id = required.unit_id
            and requirements.required_input = required.state_name
    left join states as not_applicable
        on
            nulls.context = not_applicable.context
            and nulls.unit_id = not_applicable.unit_id
            and requirements.not_applicable_when = not_applicable.state_name

),

runs as (

    select
        'eval.cost_per_resolved' as signal_key,
        'cost_per_resolved' as signal_id,
        'eval' as context,
        'eval_run' as mart,
        'run x treatment' as source_format,
        'cost_per_resolved' as column_name,
        cost_per_resolved is null as is_null,
        case
            when cost_per_resolved is not null then null
            when resolved_final_count = 0 then 'not_applicable: none_resolved'
            else 'artifact_missing: usage'
        end as null_reason
    from {{ ref('eval_run') }}

),

combined as (

    select * from explained
    union all by name
    select * from runs

)

select * from combined
