-- a directory and all above it, without the file system's root; a run known by its folder is named below its root
select *
from (
    values
    ('/a/b/c', '/a', ['/a', '/a/b', '/a/b/c'], 'b/c'),
    ('/a', '/a', ['/a'], 'a'),
    ('/data/runs/x', '/data/runs', ['/data', '/data/runs', '/data/runs/x'], 'x')
) as cases (directory, root, expected_parents, expected_run_id)
where
    {{ parent_directories('directory') }} is distinct from expected_parents
    or {{ folder_run_id('directory', 'root') }} is distinct from expected_run_id
