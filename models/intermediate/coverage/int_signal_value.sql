with

nulls as (

    select * from {{ ref('int_signal_null') }}

),

requirements as (

    select * from {{ ref('signal_requirement') }}

),

reasoned as (

    select
        nulls.* exclude (true_states, false_states),
        case
            when list_contains(nulls.true_states, requirements.not_applicable_when)
                then 'not_applicable: ' || requirements.not_applicable_when
            when list_contains(nulls.false_states, requirements.required_input)
                then 'artifact_missing: ' || requirements.required_input
            else 'unknown: not recorded by the artifact'
        end as null_reason
    from nulls
    left join requirements
        on nulls.signal_id = requirements.signal_id and nulls.context = requirements.context

),

counted as (

    select
        * exclude (unit_count, null_count, null_reason),
        false as is_null,
        null as null_reason,
        unit_count - null_count as row_count
    from reasoned
    union all by name
    select
        * exclude (unit_count, null_count),
        true as is_null,
        null_count as row_count
    from reasoned

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
        end as null_reason,
        1 as row_count
    from {{ ref('eval_run') }}

),

combined as (

    select * from counted
    union all by name
    select * from runs

)

select
    * exclude (row_count),
    cast(sum(row_count) as bigint) as row_count
from combined
where row_count > 0
group by all
