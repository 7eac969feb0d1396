-- signals.md TV-33
select *
from (values
    (5, 2, 1, 0.4, 0.4),
    (5, 2, 3, 0.9, 0.0),
    (5, 5, 3, 1.0, 1.0),
    (5, 0, 3, 0.0, 0.0),
    (10, 3, 5, 0.916666666666667, 0.0),
    (3, 1, 5, null, null)
) as vectors (trials, successes, k, pass_at, pass_hat)
where
    coalesce(round({{ pass_at_k('trials', 'successes', 'k') }}, 12), -1) <> coalesce(round(pass_at, 12), -1)
    or coalesce(round({{ pass_hat_k('trials', 'successes', 'k') }}, 12), -1) <> coalesce(round(pass_hat, 12), -1)
