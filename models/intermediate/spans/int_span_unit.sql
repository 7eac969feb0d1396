with

attempts as (

    select * from {{ ref('int_attempt_unit') }}

),

sessions as (

    select * from {{ ref('int_session_unit') }}

)

select
    attempt_id as span_id,
    'eval' as context,
    attempt_id,
    cast(null as varchar) as session_id,
    input_fingerprint
from attempts
union all
select
    session_id as span_id,
    'product' as context,
    cast(null as varchar) as attempt_id,
    session_id,
    input_fingerprint
from sessions
