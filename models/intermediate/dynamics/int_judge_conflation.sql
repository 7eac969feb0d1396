{{ incremental_by_unit('int_judge_unit', 'session_id') }}

with

annotations as (

    select * from {{ ref('int_judge_annotation') }}
    where {{ is_touched('session_id') }}

),

scales as (

    select * from {{ ref('judgement_scale') }}
    where signal = 'conflation_turn'

),

sessions as (

    select * from {{ ref('int_session') }}

),

deviations as (

    select distinct
        session_id,
        location
    from annotations
    where annotation in (select scales.annotation from scales)

),

-- the annotated trace is a session and those of its sub-agents
families as (

    select
        deviations.session_id,
        deviations.location,
        deviations.session_id as span_id
    from deviations
    union all
    select
        deviations.session_id,
        deviations.location,
        sessions.session_id as span_id
    from deviations
    inner join sessions on deviations.session_id = sessions.parent_session_id

),

entries as (

    select
        span_id,
        entry_id,
        turn_index,
        coalesce(message_at, occurred_at) as began_at
    from {{ ref('int_span_entry') }}
    where span_id in (select families.span_id from families)

),

places as (

    select
        families.session_id,
        families.location,
        families.span_id,
        entries.turn_index,
        entries.began_at
    from families
    inner join entries on families.span_id = entries.span_id and families.location = entries.entry_id

),

-- what a sub-agent does belongs to the turn that the main thread had reached
placed as (

    select
        places.session_id,
        places.location,
        if(places.span_id = places.session_id, any_value(places.turn_index), max(entries.turn_index)) as turn_index
    from places
    left join entries on places.session_id = entries.span_id and places.began_at >= entries.began_at
    group by places.session_id, places.location, places.span_id

),

folded as (

    select
        session_id,
        min(turn_index) as turn_index
    from placed
    group by all

)

-- a deviation that is found nowhere leaves open which turn was the first
select
    annotations.session_id,
    min(annotations.judge) as judge,
    min(folded.turn_index) as turn_index,
    min(folded.turn_index) is not null or count(deviations.session_id) = 0 as is_judged
from annotations
left join deviations on annotations.session_id = deviations.session_id
left join folded on annotations.session_id = folded.session_id
group by annotations.session_id
