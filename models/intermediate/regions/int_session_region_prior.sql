{{ incremental_by_unit('int_repository_unit', 'repository_unit_id') }}

with

pairs as (

    select * from {{ ref('int_session_region_pair') }}
    where {{ is_touched('repository_unit_id') }}

),

members as (

    select distinct
        places.repository_unit_id,
        places.span_id,
        places.session_id,
        sessions.started_at
    from {{ ref('int_region_place') }} as places
    inner join {{ ref('int_session') }} as sessions on places.session_id = sessions.session_id
    where {{ is_touched('places.repository_unit_id') }}

),

-- a session answers for its sub-agents, a sub-agent for itself
subjects as (

    select
        session_id as subject_id,
        *
    from members
    union all
    select
        span_id as subject_id,
        *
    from members
    where span_id <> session_id

)

select
    subjects.subject_id as session_id,
    any_value(subjects.repository_unit_id) as repository_unit_id,
    if(any_value(subjects.started_at) is null, null, count(distinct pairs.other_session_id))
        as prior_sessions_same_region,
    case bool_and(pairs.is_exact) when true then 'exact' when false then 'approximate' end
        as prior_sessions_same_region_basis
from subjects
left join pairs on subjects.span_id = pairs.span_id
group by all
