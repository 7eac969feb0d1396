with

attempts as (

    select * from {{ ref('attempt_span') }}

),

harbor_trials as (

    select
        trial_id,
        harness
    from {{ ref('int_trial') }}

),

formats as (

    select
        'eval' as context,
        attempts.attempt_id as unit_id,
        coalesce(harbor_trials.harness, 'swebench') || '/' || coalesce(attempts.telemetry, 'no telemetry')
            as source_format
    from attempts
    left join harbor_trials on attempts.trial_id = harbor_trials.trial_id
    union all
    select
        'product' as context,
        session_id as unit_id,
        source_format
    from {{ ref('session_span') }}

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

folded as (

    select
        context,
        unit_id,
        list(state_name order by state_name) filter (where is_true) as true_states,
        list(state_name order by state_name) filter (where not is_true) as false_states
    from states
    group by all

)

select
    formats.*,
    coalesce(folded.true_states, []) as true_states,
    coalesce(folded.false_states, []) as false_states
from formats
left join folded on formats.context = folded.context and formats.unit_id = folded.unit_id
