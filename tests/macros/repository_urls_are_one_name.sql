-- every way to name a remote is one name, as the reader of git repositories lands it; folders of working trees go
-- depends_on: {{ ref('worktree_folder') }}
select *
from (
    values
    ({{ normalised_repository_url("'https://host.org/a/b'") }}, 'host.org/a/b'),
    ({{ normalised_repository_url("'https://Host.org/a/b.git/'") }}, 'host.org/a/b'),
    ({{ normalised_repository_url("'https://user:token@host.org/a/b.git'") }}, 'host.org/a/b'),
    ({{ normalised_repository_url("'git@host.org:a/b.git'") }}, 'host.org/a/b'),
    ({{ normalised_repository_url("'host.org:a/b'") }}, 'host.org/a/b'),
    ({{ normalised_repository_url("'ssh://git@host.org:2222/a/b.git'") }}, 'host.org/a/b'),
    ({{ normalised_repository_url("'git+ssh://git@host.org/a/b'") }}, 'host.org/a/b'),
    ({{ normalised_repository_url("'https://host.org/a/B?token=x#y'") }}, 'host.org/a/B'),
    ({{ normalised_repository_url("'file:///srv/git/a.git'") }}, '/srv/git/a'),
    ({{ normalised_repository_url("'/srv/git/a.git'") }}, '/srv/git/a'),
    ({{ normalised_repository_url("'../a'") }}, '../a'),
    ({{ normalised_repository_url("'host.org/a/b'") }}, 'host.org/a/b'),
    ({{ normalised_repository_url("''") }}, null),
    ({{ normalised_repository_url("null") }}, null),
    ({{ without_worktree_folder("'/a/.claude/worktrees/x/src'") }}, '/a/src'),
    ({{ without_worktree_folder("'/a/.worktrees/x'") }}, '/a'),
    ({{ without_worktree_folder("'/a/worktrees/x'") }}, '/a/worktrees/x')
) as cases (name, expected)
where name is distinct from expected
