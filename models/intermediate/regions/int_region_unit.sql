with

attempts as (

    select * from {{ ref('int_attempt_unit') }}

),

sessions as (

    select * from {{ ref('int_session_history_unit') }}

)

select
    attempt_id as span_id,
    input_fingerprint
from attempts
union all
select
    session_id as span_id,
    input_fingerprint
from sessions
