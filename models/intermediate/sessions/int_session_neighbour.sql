{{ incremental_by_unit('int_repository_unit', 'repository_unit_id') }}

with

sessions as (

    select
        sessions.*,
        places.repository_unit_id,
        places.repo_id
    from {{ ref('int_session') }} as sessions
    inner join {{ ref('int_repository') }} as places on sessions.session_id = places.session_id
    where {{ is_touched('places.repository_unit_id') }}

),

-- copies and sub-agents are no sessions of their own: they count nowhere
counted as (

    select
        *,
        rank() over (partition by repo_id order by started_at) - 1 as prior_sessions_same_repo
    from sessions
    where copy_of_session_id is null and not is_subagent and repo_id is not null and started_at is not null

),

-- only a person opens a session again
opened as (

    select
        *,
        row_number() over (partition by repo_id, user_id order by started_at, finished_at, session_id) as opening_number
    from counted
    where session_kind = 'human'

),

-- who worked is unknown in most formats: unknown users of one repository count as one
followed as (

    select
        opened.session_id,
        min(
            {
                'gap_s': epoch(later.started_at - opened.finished_at),
                'opening_number': later.opening_number,
                'session_id': later.session_id
            }
        ) filter (
            where later.opening_number > opened.opening_number and later.started_at >= opened.finished_at
        ) as next_session,
        bool_or(
            later.session_id is not null
            and later.started_at < opened.finished_at
            and later.finished_at > opened.started_at
        ) as is_parallel
    from opened
    left join opened as later
        on
            opened.repo_id = later.repo_id
            and opened.user_id is not distinct from later.user_id
            and opened.session_id <> later.session_id
            and opened.finished_at >= later.started_at - to_seconds({{ threshold('reopened_within_s') }})
            and opened.started_at <= later.finished_at
    group by all

)

select
    sessions.session_id,
    sessions.repository_unit_id,
    counted.prior_sessions_same_repo,
    followed.next_session['session_id'] as next_session_id,
    cast(followed.next_session['gap_s'] as double) as session_reopened_within_s,
    followed.is_parallel
from sessions
left join counted on sessions.session_id = counted.session_id
left join followed on sessions.session_id = followed.session_id
