with

histories as (

    select * from {{ ref('int_session_history_unit') }}

),

judged as (

    select * from {{ ref('int_judge_unit') }}

)

select
    histories.session_id,
    md5(concat_ws(' ', histories.input_fingerprint, judged.input_fingerprint)) as input_fingerprint
from histories
inner join judged on histories.session_id = judged.session_id
