-- signals.md 8: of 1 to 10 the 95th percentile is 10, the median 5; nothing has none
select
    {{ nearest_rank('value', 0.95) }} as p95,
    {{ nearest_rank('value', 0.5) }} as p50
from (select unnest(range(1, 11)) as value union all select null as value) as numbers
having p95 <> 10 or p50 <> 5
union all
select
    {{ nearest_rank('value', 0.95) }} as p95,
    null as p50
from (select cast(null as bigint) as value) as nothing
having p95 is not null
