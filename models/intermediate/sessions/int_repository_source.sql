with

evidence as (

    select * from {{ ref('int_repository_evidence') }}

),

-- what a folder's own remote says stands beside what the sessions in that folder say
named as (

    select
        repo_id,
        source_file_id,
        content_version
    from evidence
    union
    select
        sessions.repo_id,
        evidence.source_file_id,
        evidence.content_version
    from {{ ref('int_repository') }} as sessions
    inner join evidence on sessions.repository_root = evidence.repository_root

)

select
    repo_id,
    source_file_id,
    content_version
from named
