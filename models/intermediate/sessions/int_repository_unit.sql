with

sessions as (

    select
        places.repository_unit_id,
        places.repo_id,
        string_agg(
            concat_ws(
                '|',
                sessions.session_id,
                sessions.input_fingerprint,
                places.repo_id_basis,
                places.repository_root,
                places.folder
            ),
            ' ' order by sessions.session_id
        ) as sessions_version
    from {{ ref('int_session_unit') }} as sessions
    inner join {{ ref('int_repository') }} as places on sessions.session_id = places.session_id
    group by all

),

-- late evidence is an input like a late session
evidence as (

    select
        repo_id,
        string_agg(source_file_id || content_version, ' ' order by source_file_id) as evidence_version
    from {{ ref('int_repository_source') }}
    group by all

)

select
    sessions.repository_unit_id,
    sessions.repo_id,
    md5(concat_ws(' ', sessions.sessions_version, evidence.evidence_version)) as input_fingerprint
from sessions
left join evidence on sessions.repo_id = evidence.repo_id
