select
    span_id as attempt_id,
    input_fingerprint
from {{ ref('int_judge_span_unit') }}
where context = 'eval'
