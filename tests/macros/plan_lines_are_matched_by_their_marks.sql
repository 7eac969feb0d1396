-- TV-12: the one group of the pattern is what a list line says
select *
from (
    values
    (e'Plan:\n1. Read parser.py\n2. Fix it', ['Read parser.py', 'Fix it']),
    (e'  - a\n\t* b\n• c\n12) d\nStep 3: e', ['a', 'b', 'c', 'd', 'e']),
    (e'-a\n1.5 b\n100. c\nstep d', []),
    (e'1.\n2. x', ['x'])
) as cases (text, expected)
where regexp_extract_all(text, {{ plan_line_pattern() }}, 1) is distinct from expected
