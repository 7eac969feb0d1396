{#- signals.md TV-12: the first plan has as many items as steps were detected, where both read the same text. -#}
with

first_plans as (

    select
        session_id,
        count(*) as item_count
    from {{ ref('int_plan_item') }}
    where turn_index = 1 and plan_source = 'text'
    group by all

),

detected as (

    select
        span_id,
        plan_steps_detected
    from {{ ref('int_span_reasoning') }}

)

select
    first_plans.session_id,
    first_plans.item_count,
    detected.plan_steps_detected
from first_plans
inner join detected on first_plans.session_id = detected.span_id
where
    detected.plan_steps_detected >= {{ threshold('plan_items') }}
    and first_plans.item_count <> detected.plan_steps_detected
