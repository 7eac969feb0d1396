{{ incremental_by_unit('int_judge_unit', 'session_id') }}

with

annotations as (

    select * from {{ ref('int_judge_annotation') }}
    where {{ is_touched('session_id') }}

),

consensus as (

    select
        span_id as session_id,
        * exclude (span_id)
    from {{ ref('int_judge_consensus') }}
    where {{ is_touched('span_id') }}

),

conflations as (

    select * from {{ ref('int_judge_conflation') }}
    where is_judged and {{ is_touched('session_id') }}

),

scales as (

    select * from {{ ref('judgement_scale') }}

),

scaled_signals as (

    select distinct
        signal,
        annotation
    from scales

),

-- of several annotations the middle one, of two the lower
annotated as (

    select
        annotations.session_id,
        scales.signal,
        quantile_disc(annotations.score, 0.5) as annotated_score,
        min(annotations.judge) as judge,
        count(distinct annotations.source_file_id || annotations.place) as sample_count
    from annotations
    inner join scaled_signals as scales on annotations.annotation = scales.annotation
    where annotations.score is not null
    group by all

),

human as (

    select
        annotated.session_id,
        annotated.signal,
        scales.value,
        cast(null as double) as score,
        cast(null as bigint) as turn_index,
        annotated.judge,
        annotated.sample_count
    from annotated
    inner join scales
        on
            annotated.signal = scales.signal
            and annotated.annotated_score >= scales.score_from
            and annotated.annotated_score < coalesce(scales.score_below, 'infinity')
    union all
    select
        session_id,
        'conflation_turn' as signal,
        null as value,
        null as score,
        turn_index,
        judge,
        1 as sample_count
    from conflations

)

select
    *,
    true as is_human
from human
union all
select
    *,
    false as is_human
from consensus
