-- signals.md TV-36
select *
from (values
    (0, 10, 0.0, 0.2775),
    (7, 10, 0.3968, 0.8922),
    (10, 10, 0.7225, 1.0),
    (233, 500, 0.4227, 0.5098)
) as vectors (successes, total, lower_end, upper_end)
where
    abs({{ wilson_bound('successes', 'total', -1) }} - lower_end) > 0.00005
    or abs({{ wilson_bound('successes', 'total', 1) }} - upper_end) > 0.00005
