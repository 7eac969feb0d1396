with

sessions as (

    select
        session_id,
        parent_session_id,
        is_subagent,
        native_session_id,
        nullif(rtrim(working_directory, '/'), '') as working_directory,
        {{ normalised_repository_url('repository_url') }} as repository_url
    from {{ ref('int_session') }}

),

linked as (

    select
        native_session_id,
        min({{ normalised_repository_url('repository_url') }}) as repository_url
    from {{ ref('stg_vcs_evidence') }}
    where native_session_id is not null and repository_url is not null
    group by all

),

-- a sub-agent works where its parent does
placed as (

    select
        sessions.session_id,
        coalesce(sessions.working_directory, if(sessions.is_subagent, parents.working_directory, null))
            as working_directory,
        coalesce(
            sessions.repository_url,
            linked.repository_url,
            if(sessions.is_subagent, parents.repository_url, null)
        ) as own_url
    from sessions
    left join linked on sessions.native_session_id = linked.native_session_id
    left join sessions as parents on sessions.parent_session_id = parents.session_id

)

select
    *,
    {{ without_worktree_folder('working_directory') }} as base_directory
from placed
