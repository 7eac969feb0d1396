-- TV-1: a ratio over 0 is null, not inf or NaN, and one of integers is not cut to an integer
select *
from (
    values
    (1, 2, 0.5),
    (0, 4, 0.0),
    (1, 0, null),
    (0, 0, null),
    (null, 2, null),
    (1, null, null)
) as cases (numerator, denominator, expected)
where {{ ratio('numerator', 'denominator') }} is distinct from cast(expected as double)
