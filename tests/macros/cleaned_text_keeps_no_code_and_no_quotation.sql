-- signals.md C6: fenced code (also unclosed), inline code and quoted lines are blanked, curly apostrophes made straight
select *
from (
    values
    (e'a\n```py\nwrong\n```\nb', e'a b'),
    (e'a ```wrong', 'a'),
    ('say `no` now', 'say now'),
    (e'a\n  > wrong\nb', 'a b'),
    ('that’s it', 'that''s it'),
    ('1 > 0', '1 > 0')
) as cases (text, expected)
where trim(regexp_replace({{ cleaned_text('text') }}, '\s+', ' ', 'g')) is distinct from expected
