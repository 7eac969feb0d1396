with

attempts as (

    select * from {{ ref('int_attempt_unit') }}

),

-- what no step and no number ties to an attempt speaks of the trial's final state, hence of its last attempt
placed as (

    select
        attempts.attempt_id,
        evidence.* exclude (attempt_index)
    from {{ ref('int_trial_evidence') }} as evidence
    inner join attempts
        on
            evidence.trial_id = attempts.trial_id
            and coalesce(evidence.attempt_index, attempts.attempt_count - 1) = attempts.attempt_index

)

select * from placed
