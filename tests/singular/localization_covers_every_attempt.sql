select coalesce(spans.attempt_id, localization.attempt_id) as attempt_id
from {{ ref('attempt_span') }} as spans
full outer join {{ ref('localization') }} as localization on spans.attempt_id = localization.attempt_id
where spans.attempt_id is null or localization.attempt_id is null
