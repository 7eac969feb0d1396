{{ incremental_by_unit('int_session_unit', 'session_id') }}

with

plans as (

    select * from {{ ref('int_session_plan') }}
    where {{ is_touched('session_id') }}

),

last_turns as (

    select
        span_id,
        max(turn_index) as last_turn
    from {{ ref('int_turn') }}
    where context = 'product' and role = 'agent' and {{ is_touched('span_id') }}
    group by all

),

numbered as (

    select
        plans.* exclude (items),
        plans.turn_index = last_turns.last_turn as is_closing,
        dense_rank() over (partition by plans.session_id order by plans.turn_index) - 1 as plan_index,
        generate_subscripts(plans.items, 1) - 1 as item_index,
        unnest(plans.items) as item
    from plans
    inner join last_turns on plans.session_id = last_turns.span_id

)

select
    session_id,
    plan_index,
    item_index,
    turn_index,
    plan_source,
    is_marked,
    is_closing,
    if(plan_source = 'todo', 0, {{ line_indentation('item') }}) as indentation,
    if(plan_source = 'todo', item, regexp_extract(item, {{ plan_line_pattern() }}, 1)) as label
from numbered
