select
    coalesce(spans.attempt_id, labels.attempt_id) as attempt_id,
    count(labels.attempt_id) as label_count
from {{ ref('attempt_span') }} as spans
full outer join {{ ref('patch_outcome_label') }} as labels on spans.attempt_id = labels.attempt_id
group by all
having count(spans.attempt_id) <> 1 or count(labels.attempt_id) <> 1
