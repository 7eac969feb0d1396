{{ incremental_by_unit('int_repository_unit', 'repository_unit_id') }}

with

places as (

    select * from {{ ref('int_region_place') }}
    where {{ is_touched('repository_unit_id') }}

),

-- a session answers for its sub-agents, a sub-agent for itself
subjects as (

    select
        session_id as subject_id,
        *
    from places
    union all
    select
        span_id as subject_id,
        *
    from places
    where span_id <> session_id

)

select
    subjects.repository_unit_id,
    subjects.repo_id,
    subjects.subject_id,
    subjects.session_id,
    subjects.span_id,
    subjects.region_number,
    subjects.path,
    subjects.start_line,
    subjects.end_line,
    -- buckets of lines are as wide as the power of two that holds a region, so that none falls into many
    cast(ceil(log2(subjects.end_line - subjects.start_line + 1)) as bigint) as size_class,
    regions.basis = 'exact' as is_exact,
    nullif(regions.content_hashes[-1], sha256('')) as content_hash,
    sessions.started_at
from subjects
inner join {{ ref('int_span_region') }} as regions
    on subjects.span_id = regions.span_id and subjects.region_number = regions.region_number
inner join {{ ref('int_session') }} as sessions on subjects.session_id = sessions.session_id
