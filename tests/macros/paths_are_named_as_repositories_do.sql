-- depends_on: {{ ref('repository_root') }}
-- signals.md C8: joined to the working directory, without the checkout, `./`, `..` and doubled slashes, case kept
select *
from (
    values
    ('./src/a.py', null, 'src/a.py'),
    ('/testbed/src/a.py', null, 'src/a.py'),
    ('/testbed//src/./a.py', null, 'src/a.py'),
    ('a.py', '/testbed/src', 'src/a.py'),
    ('../a.py', '/testbed/src', 'a.py'),
    ('../../x/a.py', '/testbed/src/deep', 'x/a.py'),
    ('../.github/a.yml', '/testbed/src', '.github/a.yml'),
    ('/app/Main.PY', '/testbed', 'Main.PY'),
    ('/etc/hosts', '/testbed', '/etc/hosts'),
    (null, '/testbed', null)
) as cases (path, working_directory, expected)
where {{ normalised_path('path', 'working_directory') }} is distinct from expected
