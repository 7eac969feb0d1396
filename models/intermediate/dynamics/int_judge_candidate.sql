with

sessions as (

    select * from {{ ref('int_session') }}

),

units as (

    select * from {{ ref('int_session_unit') }}

),

attempts as (

    select * from {{ ref('int_attempt_unit') }}

),

annotations as (

    select
        session_id,
        md5(string_agg(
            concat_ws(' ', annotation, score, location, judge, source_file_id, place, md5(evidence)),
            ' ' order by source_file_id, place
        )) as annotations_version
    from {{ ref('int_judge_annotation') }}
    group by all

)

select
    units.session_id as span_id,
    'product' as context,
    not sessions.is_subagent and sessions.copy_of_session_id is null and sessions.user_message_count > 0
        as is_candidate,
    md5(concat_ws(' ', units.input_fingerprint, annotations.annotations_version)) as input_fingerprint
from units
inner join sessions on units.session_id = sessions.session_id
left join annotations on units.session_id = annotations.session_id
union all
select
    attempt_id as span_id,
    'eval' as context,
    true as is_candidate,
    input_fingerprint
from attempts
