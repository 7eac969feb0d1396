with

sessions as (

    select * from {{ ref('int_session_unit') }}

),

places as (

    select * from {{ ref('int_repository') }}

),

repositories as (

    select * from {{ ref('int_repository_unit') }}

)

select
    sessions.session_id,
    md5(concat_ws(' ', sessions.input_fingerprint, repositories.input_fingerprint)) as input_fingerprint
from sessions
left join places on sessions.session_id = places.session_id
left join repositories on places.repository_unit_id = repositories.repository_unit_id
