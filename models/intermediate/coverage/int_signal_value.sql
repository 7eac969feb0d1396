with

spans as (

    select * from {{ ref('attempt_span') }}

),

states as (

    select * from {{ ref('int_signal_state') }}

),

requirements as (

    select * from {{ ref('signal_requirement') }}
    where context = 'eval'

),

definitions as (

    select * from {{ ref('signal_definition') }}
    where context = 'eval' and mart = 'attempt_span'

),

harbor_trials as (

    select trial_id from {{ ref('int_trial') }}

),

formats as (

    select
        spans.attempt_id,
        if(harbor_trials.trial_id is null, 'swebench', 'harbor') || '/' || coalesce(spans.telemetry, 'no telemetry')
            as source_format
    from spans
    left join harbor_trials on spans.trial_id = harbor_trials.trial_id

),

state_rows as (

    unpivot states on columns(* exclude (attempt_id)) into name state_name value is_true

),

null_flags as (

    select
        attempt_id,
        columns(* exclude (attempt_id)) is null
    from spans

),

null_rows as (

    unpivot null_flags on columns(* exclude (attempt_id)) into name column_name value is_null

),

explained as (

    select
        definitions.context || '.' || definitions.signal_id as signal_key,
        definitions.signal_id,
        definitions.context,
        definitions.mart,
        definitions.column_name,
        formats.source_format,
        null_rows.is_null,
        case
            when not null_rows.is_null then null
            when not_applicable.is_true then 'not_applicable: ' || requirements.not_applicable_when
            when not coalesce(required.is_true, true) then 'artifact_missing: ' || requirements.required_input
            else 'unknown: not recorded by the artifact'
        end as null_reason
    from null_rows
    inner join definitions on null_rows.column_name = definitions.column_name
    inner join formats on null_rows.attempt_id = formats.attempt_id
    left join requirements on definitions.signal_id = requirements.signal_id
    left join state_rows as required
        on null_rows.attempt_id = required.attempt_id and requirements.required_input = required.state_name
    left join state_rows as not_applicable
        on
            null_rows.attempt_id = not_applicable.attempt_id
            and requirements.not_applicable_when = not_applicable.state_name

),

runs as (

    select
        'eval.cost_per_resolved' as signal_key,
        'cost_per_resolved' as signal_id,
        'eval' as context,
        'eval_run' as mart,
        'cost_per_resolved' as column_name,
        'run x treatment' as source_format,
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
    union all
    select * from runs

)

select * from combined
