with

runs as (

    select
        *,
        row_number() over (
            partition by benchmark, coalesce(agent_type, agent_id)
            order by ordered_at desc nulls last, run_id desc, run_treatment_id desc
        ) = 1 as is_newest
    from {{ ref('int_run_unit') }}
    where outcome_source = 'trial'

)

select
    runs.run_treatment_id,
    runs.is_newest,
    md5(concat_ws(' ', runs.input_fingerprint, comparisons.input_fingerprint, runs.is_newest)) as input_fingerprint
from runs
left join {{ ref('int_comparison_unit') }} as comparisons on runs.run_treatment_id = comparisons.run_treatment_id
