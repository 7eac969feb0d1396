{{ incremental_by_unit('int_judge_span_unit', 'span_id') }}

with

spans as (

    select * from {{ ref('int_span_unit') }}
    where {{ is_touched('span_id') }}

),

annotations as (

    select * from {{ ref('int_judge_annotation') }}
    where {{ is_touched('session_id') }}

),

answers as (

    select * from {{ ref('int_judge_answer') }}
    where {{ is_touched('span_id') }}

),

combined as (

    select
        md5(concat_ws(' ', session_id, annotation, judge, score, location, place, evidence)) as judgement_id,
        session_id as span_id,
        annotation as judged_signal,
        'human' as judge_kind,
        judge,
        cast(null as bigint) as sample_number,
        'accepted' as judgement_status,
        cast(null as varchar) as judgement_reason,
        cast(null as varchar) as judged_value,
        score as judged_score,
        cast(null as bigint) as judged_turn_index,
        sha256(evidence) as evidence_sha256,
        cast(null as bigint) as evidence_turn_index,
        cast(null as varchar) as prompt_hash,
        cast(null as varchar) as rubric_version,
        source_file_id,
        place
    from annotations
    union all
    select
        concat_ws(' ', span_id, signal, sample) as judgement_id,
        span_id,
        signal as judged_signal,
        'model' as judge_kind,
        judge_model as judge,
        sample as sample_number,
        status as judgement_status,
        reason as judgement_reason,
        value as judged_value,
        score as judged_score,
        turn_index as judged_turn_index,
        evidence_sha256,
        evidence_turn_index,
        prompt_hash,
        rubric_version,
        null as source_file_id,
        null as place
    from answers

)

-- one judgement that lies in two files is one
select
    combined.judgement_id,
    combined.span_id,
    spans.context,
    spans.attempt_id,
    spans.session_id,
    combined.* exclude (judgement_id, span_id)
from combined
inner join spans on combined.span_id = spans.span_id
qualify row_number() over (partition by combined.judgement_id order by combined.source_file_id) = 1
