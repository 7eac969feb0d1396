select
    span_id as session_id,
    input_fingerprint
from {{ ref('int_judge_span_unit') }}
where context = 'product'
