{{ incremental_by_unit('int_repository_unit', 'repository_unit_id') }}

with

sessions as (

    select
        sessions.session_id,
        sessions.user_id,
        sessions.started_at,
        sessions.finished_at,
        places.repository_unit_id,
        places.repo_id
    from {{ ref('int_session') }} as sessions
    inner join {{ ref('int_repository') }} as places on sessions.session_id = places.session_id
    where
        sessions.copy_of_session_id is null
        and sessions.session_kind = 'human'
        and places.repo_id is not null
        and {{ is_touched('places.repository_unit_id') }}

),

prompts as (

    select prompts.*
    from {{ ref('int_session_neighbour_prompt') }} as prompts
    semi join sessions on prompts.session_id = sessions.session_id

),

files as (

    select
        session_id,
        list(distinct path) as changed_files
    from {{ ref('int_session_evidence_file') }}
    where {{ is_touched('repository_unit_id') }}
    group by all

),

described as (

    select
        sessions.*,
        prompts.word_keys,
        files.changed_files
    from sessions
    left join prompts on sessions.session_id = prompts.session_id
    left join files on sessions.session_id = files.session_id

),

pairs as (

    select
        earlier.repository_unit_id,
        earlier.session_id,
        later.session_id as later_session_id,
        epoch(later.started_at - earlier.finished_at) as gap_s,
        len(list_intersect(earlier.changed_files, later.changed_files)) as shared_file_count,
        {{ ratio(
            'len(list_intersect(earlier.word_keys, later.word_keys))',
            'len(list_distinct(earlier.word_keys || later.word_keys))'
        ) }} as prompt_jaccard
    from described as earlier
    inner join described as later
        on
            earlier.repo_id = later.repo_id
            and earlier.user_id is not distinct from later.user_id
            and earlier.session_id <> later.session_id
            and later.started_at between earlier.finished_at
            and earlier.finished_at + to_seconds({{ threshold('restart_window_s') }})
            -- of two that begin and end in one instant neither comes after the other
            and earlier.started_at < later.started_at

)

select
    session_id,
    repository_unit_id,
    later_session_id as restarting_session_id,
    gap_s,
    coalesce(shared_file_count, 0) as shared_file_count,
    prompt_jaccard,
    coalesce(shared_file_count > 0, false) as has_shared_file,
    coalesce(round(prompt_jaccard, 6) >= {{ threshold('restart_prompt_jaccard') }}, false) as has_same_prompt
from pairs
