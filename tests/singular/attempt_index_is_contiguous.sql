select
    trial_id,
    count(*) as attempt_count,
    max(attempt_index) as last_index
from {{ ref('attempt_span') }}
group by all
having min(attempt_index) <> 0 or max(attempt_index) <> count(*) - 1 or count(distinct attempt_index) <> count(*)
