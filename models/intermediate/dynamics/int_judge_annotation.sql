with

judgements as (

    select * from {{ ref('stg_judgement') }}

),

sessions as (

    select * from {{ ref('int_session') }}
    where not is_subagent

),

scales as (

    select distinct annotation from {{ ref('judgement_scale') }}

)

-- an error of any kind tells that somebody has read the trace for errors
select
    sessions.session_id,
    judgements.signal as annotation,
    judgements.score,
    judgements.location,
    coalesce(judgements.judge, 'unknown') as judge,
    judgements.source_file_id,
    judgements.place,
    judgements.evidence
from judgements
inner join sessions on judgements.native_session_id = sessions.native_session_id
left join scales on judgements.signal = scales.annotation
where scales.annotation is not null or judgements.signal like 'error:%'
