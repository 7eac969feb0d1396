select *
from (values
    ('evaluation/verified/20250519_agent', timestamp '2025-05-19 00:00:00'),
    ('2026-01-15__10-00-00__synthetic', timestamp '2026-01-15 00:00:00'),
    ('bench-1774184993333', timestamp '2026-03-22 13:09:53'),
    ('acr-run-2', null),
    ('job-20251399', null),
    ('task-120250519345', null)
) as names (name, dated_at)
where {{ date_in_name('name') }} is distinct from dated_at
