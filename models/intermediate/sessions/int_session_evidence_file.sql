{{ incremental_by_unit('int_repository_unit', 'repository_unit_id') }}

with

places as (

    select * from {{ ref('int_repository') }}
    where {{ is_touched('repository_unit_id') }}

),

families as (

    select
        sessions.session_id,
        sessions.parent_session_id,
        sessions.is_subagent
    from {{ ref('int_session') }} as sessions
    semi join places on sessions.session_id = places.session_id

),

-- what a sub-agent changed its session changed too
owners as (

    select
        session_id,
        session_id as owner_id
    from families
    union all
    select
        children.session_id,
        parents.session_id as owner_id
    from families as children
    inner join families as parents on children.parent_session_id = parents.session_id
    where children.is_subagent

),

located as (

    select distinct
        owners.owner_id as session_id,
        places.repository_unit_id,
        places.repo_id,
        case
            when not starts_with(changes.path, '/') then ltrim(concat_ws('/', places.folder, changes.path), '/')
            when starts_with(changes.path, places.repository_root || '/')
                then ltrim({{ without_worktree_folder('substr(changes.path, len(places.repository_root) + 1)') }}, '/')
        end as path
    from {{ ref('int_session_evidence_change') }} as changes
    inner join places on changes.session_id = places.session_id
    inner join owners on changes.session_id = owners.session_id
    where not changes.is_self_reverted

)

select *
from located
where path is not null
