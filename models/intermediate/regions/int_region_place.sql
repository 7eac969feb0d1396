{{ incremental_by_unit('int_repository_unit', 'repository_unit_id') }}

with

places as (

    select * from {{ ref('int_repository') }}
    where repo_id is not null and {{ is_touched('repository_unit_id') }}

),

sessions as (

    select
        *,
        if(is_subagent, parent_session_id, null) as owner_id
    from {{ ref('int_session') }}
    where copy_of_session_id is null

),

-- what a sub-agent edits its session edits; one of a sub-agent belongs to the session at the top
members as (

    select
        sessions.session_id as span_id,
        places.repository_unit_id,
        places.repo_id,
        places.repository_root,
        places.folder,
        coalesce(grandparents.session_id, parents.session_id, sessions.session_id) as session_id
    from sessions
    inner join places on sessions.session_id = places.session_id
    left join sessions as parents on sessions.owner_id = parents.session_id
    left join sessions as grandparents on parents.owner_id = grandparents.session_id

),

regions as (

    select
        members.* exclude (repository_root, folder),
        regions.region_number,
        regions.start_line,
        regions.end_line,
        coalesce(mains.started_at, timestamp '9999-01-01') as order_at,
        case
            when not starts_with(regions.path, '/') then ltrim(concat_ws('/', members.folder, regions.path), '/')
            when starts_with(regions.path, members.repository_root || '/')
                then ltrim({{ without_worktree_folder('substr(regions.path, len(members.repository_root) + 1)') }}, '/')
            else regions.path
        end as path
    from {{ ref('int_span_region') }} as regions
    inner join members on regions.span_id = members.span_id
    inner join sessions as mains on members.session_id = mains.session_id

),

-- a region whose lines no region above reaches begins a new chain
begun as (

    select
        *,
        start_line is not null
        and coalesce(start_line > max(end_line) over (
            partition by repo_id, path, start_line is null
            order by start_line, end_line, span_id, region_number
            rows between unbounded preceding and 1 preceding
        ), true) as is_first
    from regions

),

chained as (

    select
        *,
        count(*) filter (where is_first) over (
            partition by repo_id, path, start_line is null
            order by start_line, end_line, span_id, region_number
            rows between unbounded preceding and current row
        ) as chain_number
    from begun

),

-- a chain is known by the first region in it, so that later sessions do not rename it
named as (

    select
        * exclude (is_first),
        first_value(span_id || '/' || region_number) over (
            partition by repo_id, path, start_line is null, chain_number
            order by order_at, session_id, span_id, region_number
        ) as first_region
    from chained

)

select
    repository_unit_id,
    repo_id,
    span_id,
    session_id,
    region_number,
    path,
    start_line,
    end_line,
    md5(concat_ws('|', repo_id, path, if(start_line is null, 'whole file', first_region))) as region_id
from named
