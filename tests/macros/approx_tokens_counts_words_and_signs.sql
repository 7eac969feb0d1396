-- TV-2: words and single signs, words as in ASCII; nothing is 0 and null is null
select *
from (
    values
    ('héllo 你好', 5),
    ('I think this might be the issue. I''m not sure, but it is probably the cache.', 21),
    ('Done. All 12 tests pass.', 7),
    ('snake_case42 x+=1', 5),
    ('   ', 0),
    ('', 0),
    (null, null)
) as cases (text, token_count)
where {{ approx_tokens('text') }} is distinct from token_count
