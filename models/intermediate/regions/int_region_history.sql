{{ incremental_by_unit('int_repository_unit', 'repository_unit_id') }}

with

places as (

    select * from {{ ref('int_region_place') }}
    where {{ is_touched('repository_unit_id') }}

),

regions as (

    select
        places.*,
        spans.basis,
        spans.convergence,
        spans.edit_numbers,
        spans.content_hashes
    from places
    inner join {{ ref('int_span_region') }} as spans
        on places.span_id = spans.span_id and places.region_number = spans.region_number

),

members as (

    select
        *,
        unnest(edit_numbers) as edit_number
    from regions

),

edits as (

    select
        members.region_id,
        members.session_id,
        count(*) as edit_count,
        sum(edits.added_lines) as added_lines,
        sum(edits.deleted_lines) as deleted_lines,
        bool_or(edits.is_reverting) as is_reverting,
        min(edits.occurred_at) as first_edited_at,
        max(edits.occurred_at) as last_edited_at
    from {{ ref('int_region_edit') }} as edits
    inner join members on edits.span_id = members.span_id and edits.edit_number = members.edit_number
    group by all

),

-- a region that several agents of a session edited has one direction where they agree
folded as (

    select
        region_id,
        session_id,
        any_value(repository_unit_id) as repository_unit_id,
        any_value(repo_id) as repo_id,
        any_value(path) as path,
        min(start_line) as start_line,
        max(end_line) as end_line,
        case
            when min(convergence) = max(convergence) then min(convergence)
            when min(convergence) is not null then 'oscillating'
        end as convergence,
        len(list_distinct(flatten(list(content_hashes)))) as content_count,
        case
            when bool_or(basis = 'whole_file') then 'whole_file'
            when bool_or(basis = 'approximate') then 'approximate'
            when bool_or(basis = 'inferred') then 'inferred'
            else 'exact'
        end as basis
    from regions
    group by all

),

clocked as (

    select
        folded.*,
        sessions.session_kind,
        sessions.user_id,
        sessions.started_at,
        sessions.finished_at,
        edits.edit_count,
        cast(edits.added_lines as bigint) as added_lines,
        cast(edits.deleted_lines as bigint) as deleted_lines,
        edits.is_reverting,
        edits.first_edited_at,
        edits.last_edited_at
    from folded
    inner join {{ ref('int_session') }} as sessions on folded.session_id = sessions.session_id
    inner join edits on folded.region_id = edits.region_id and folded.session_id = edits.session_id

)

select
    *,
    coalesce(convergence = 'oscillating', false) as is_oscillating,
    row_number() over in_time as region_session_number,
    count(*) over (partition by region_id) as region_session_count,
    lag(session_id) over in_time as previous_session_id,
    lag(finished_at) over in_time as previous_finished_at
from clocked
window in_time as (partition by region_id order by started_at nulls last, session_id)
