"""Git repositories, made by the tests with the git command: synthetic, with authors and messages of their own."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import cast

import pytest

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.discover import Format, discover
from loaders.formats.git import repository as git_repository
from loaders.formats.git.repository import normalised_url
from loaders.tables import BadRecord, Record, VcsEvidence
from tests.python.loaders.formats.git_inputs import START, commit, git
from tests.python.loaders.landed import bring, current, files

FORMAT = cast(Format, git_repository)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two commits below the root `tmp_path / "root"`."""
    folder = tmp_path / "root" / "project"
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "remote", "add", "origin", "https://user:secret@Example.com/group/project.git")
    commit(folder, "first", a_py="1\n", b_py="1\n")
    commit(folder, "second", at=START + 60, a_py="2\n")
    return folder


def read(standing: Path, root: Path) -> list[Record]:
    """All records of the file that stands for a repository."""
    artifact = Artifact(standing, root)
    assert git_repository.matches(artifact)
    return list(git_repository.flatten(artifact))


def evidence(records: list[Record], kind: str) -> list[VcsEvidence]:
    """The evidence of one kind; no record may be bad."""
    assert not [record for record in records if isinstance(record, BadRecord)]
    return [record for record in records if isinstance(record, VcsEvidence) and record.evidence == kind]


def test_the_repository_its_commits_and_their_paths_land(repository: Path, tmp_path: Path) -> None:
    records = read(repository / ".git" / "HEAD", tmp_path / "root")
    newest, oldest = git(repository, "rev-parse", "HEAD"), git(repository, "rev-parse", "HEAD~1")
    (own,) = evidence(records, "repository")
    assert (own.repository_root, own.common_root) == (str(repository), str(repository))
    assert (own.repository_url, own.branch, own.commit) == ("example.com/group/project", "main", newest)
    commits = evidence(records, "commit")
    assert [(each.commit, each.path, each.occurred_at) for each in commits] == [
        (newest, "a.py", datetime(2025, 10, 9, 8, 54, 20)),
        (oldest, "a.py", datetime(2025, 10, 9, 8, 53, 20)),
        (oldest, "b.py", datetime(2025, 10, 9, 8, 53, 20)),
    ]
    assert {(each.repository_url, each.repository_root) for each in commits} == {
        ("example.com/group/project", str(repository))
    }
    assert len({record.place for record in records}) == len(records)


def test_reverts_name_what_they_undo(repository: Path, tmp_path: Path) -> None:
    undone = git(repository, "rev-parse", "HEAD")
    git(repository, "revert", "--no-edit", "HEAD", at=START + 120)
    (revert,) = evidence(read(repository / ".git" / "HEAD", tmp_path / "root"), "revert")
    assert (revert.reverted_commit, revert.commit) == (undone, git(repository, "rev-parse", "HEAD"))
    assert revert.occurred_at == datetime(2025, 10, 9, 8, 55, 20)


def test_odd_paths_and_empty_commits_are_told_apart(repository: Path, tmp_path: Path) -> None:
    odd = ["with space.py", "\nline", "ü.py", "0" * 40 + " 5"]
    for name in odd:
        (repository / name).write_text("x")
    commit(repository, "odd\n\nbody\x01with signs\n\n" + "f" * 40 + " 12", at=START + 120)
    empty = commit(repository, "nothing", at=START + 180)
    commits = evidence(read(repository / ".git" / "HEAD", tmp_path / "root"), "commit")
    assert commits[0].commit == empty and commits[0].path is None
    assert {each.path for each in commits if each.occurred_at == datetime(2025, 10, 9, 8, 55, 20)} == set(odd)


def test_all_branches_count_and_stashes_do_not(repository: Path, tmp_path: Path) -> None:
    git(repository, "switch", "--quiet", "--create", "feature")
    branch = commit(repository, "on a branch", at=START + 120, c_py="1\n")
    git(repository, "switch", "--quiet", "main")
    (repository / "a.py").write_text("stashed\n")
    git(repository, "stash", at=START + 180)
    commits = evidence(read(repository / ".git" / "HEAD", tmp_path / "root"), "commit")
    assert commits[0].commit == branch
    assert len({each.commit for each in commits}) == 3


def test_a_merge_names_no_path(repository: Path, tmp_path: Path) -> None:
    git(repository, "switch", "--quiet", "--create", "feature", "HEAD~1")
    commit(repository, "on a branch", at=START + 120, c_py="1\n")
    git(repository, "merge", "--no-edit", "main", at=START + 180)
    commits = evidence(read(repository / ".git" / "HEAD", tmp_path / "root"), "commit")
    assert (commits[0].path, commits[0].commit) == (None, git(repository, "rev-parse", "HEAD"))


def test_working_trees_belong_to_one_repository(repository: Path, tmp_path: Path) -> None:
    tree = tmp_path / "root" / "tree"
    git(repository, "worktree", "add", "--quiet", "--detach", str(tree))
    detached = commit(tree, "in the tree", at=START + 120, d_py="1\n")
    main = read(repository / ".git" / "HEAD", tmp_path / "root")
    roots = {each.repository_root: each.commit for each in evidence(main, "repository")}
    assert roots == {str(repository): git(repository, "rev-parse", "HEAD"), str(tree): detached}
    assert evidence(main, "commit")[0].commit == detached
    (own,) = read(tree / ".git", tmp_path / "root")
    assert isinstance(own, VcsEvidence)
    assert (own.repository_root, own.common_root, own.commit) == (str(tree), str(repository), detached)
    assert own.repository_url == "example.com/group/project"
    alone = read(tree / ".git", tree)
    assert len(evidence(alone, "repository")) == 1
    assert {each.common_root for each in evidence(alone, "commit")} == {str(repository)}
    assert len({each.commit for each in evidence(alone, "commit")}) == 3


def test_a_bare_clone_has_commits_and_no_working_tree(repository: Path, tmp_path: Path) -> None:
    bare = tmp_path / "other" / "project.git"
    bare.parent.mkdir()
    git(tmp_path, "clone", "--quiet", "--bare", str(repository), str(bare))
    records = read(bare / "HEAD", tmp_path / "other")
    (own,) = evidence(records, "repository")
    assert (own.repository_root, own.common_root) == (None, str(bare))
    assert own.repository_url == str(repository)
    assert len(evidence(records, "commit")) == 3


def test_a_shallow_clone_claims_no_file_of_its_last_commit(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{repository}", str(tmp_path / "shallow"))
    commits = evidence(read(tmp_path / "shallow" / ".git" / "HEAD", tmp_path / "shallow"), "commit")
    assert [each.path for each in commits] == [None]


def test_what_a_partial_clone_lacks_is_not_fetched(repository: Path, tmp_path: Path) -> None:
    git(repository, "config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial"
    git(tmp_path, "clone", "--quiet", "--no-checkout", "--filter=tree:0", f"file://{repository}", str(partial))
    before = sorted((partial / ".git").rglob("*"))
    records = list(git_repository.flatten(Artifact(partial / ".git" / "HEAD", partial)))
    assert [type(record) for record in records if not isinstance(record, VcsEvidence)] == [BadRecord]
    assert sorted((partial / ".git").rglob("*")) == before


def test_a_submodule_is_a_repository_of_its_own(repository: Path, tmp_path: Path) -> None:
    outer = tmp_path / "root" / "outer"
    outer.mkdir()
    git(outer, "init", "--quiet")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(repository), "inner")
    records = read(outer / "inner" / ".git", tmp_path / "root")
    (own,) = evidence(records, "repository")
    assert own.repository_root == str(outer / "inner")
    assert len(evidence(records, "commit")) == 3


def test_without_a_commit_or_a_remote_there_is_a_repository_still(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    (own,) = read(tmp_path / ".git" / "HEAD", tmp_path)
    assert isinstance(own, VcsEvidence)
    assert (own.repository_url, own.commit, own.branch) == (None, None, "main")


def test_only_so_many_commits_are_read(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_repository, "LARGEST_COMMIT_COUNT", 1)
    commits = evidence(read(repository / ".git" / "HEAD", tmp_path / "root"), "commit")
    assert [each.path for each in commits] == ["a.py"]


def test_nothing_of_the_repository_is_run_or_written(repository: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    settings = ("core.pager", "core.fsmonitor", "gpg.program", "diff.external", "core.sshCommand", "diff.x.textconv")
    for name in settings:
        git(repository, "config", name, str(trap))
    git(repository, "config", "log.showSignature", "true")
    git(repository, "config", "alias.log", f"!{trap}")
    (repository / ".gitattributes").write_text("* diff=x\n")
    before = {path: path.stat().st_mtime_ns for path in (repository / ".git").rglob("*")}
    read(repository / ".git" / "HEAD", tmp_path / "root")
    assert not (tmp_path / "sprung").exists()
    assert {path: path.stat().st_mtime_ns for path in (repository / ".git").rglob("*")} == before


def test_discovery_lists_one_file_a_repository(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "--quiet", str(tmp_path / "root" / "tree"))
    git(tmp_path, "clone", "--quiet", "--bare", str(repository), str(tmp_path / "root" / "bare.git"))
    found = [path.removeprefix(f"{tmp_path}/root/") for path in _found(tmp_path)]
    assert [path for path in found if not path.endswith(".py")] == ["bare.git/HEAD", "project/.git/HEAD", "tree/.git"]


def _found(folder: Path) -> list[str]:
    return [file.path for file in discover([folder / "root"], folder / "home")]


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_repository_lands_again_when_it_has_a_new_commit(repository: Path, tmp_path: Path, is_packed: bool) -> None:
    root, home = tmp_path / "root", tmp_path / "home"
    tree = root / "tree"
    git(repository, "worktree", "add", "--quiet", "-b", "side", str(tree))
    if is_packed:
        git(repository, "pack-refs", "--all")
    assert bring(root, home, FORMAT).parsed > 0
    assert files(home)["HEAD"]["status"] == "landed"
    git(repository, "status")
    git(repository, "log")
    assert bring(root, home, FORMAT).load_id is None
    added = commit(tree, "in the tree", at=START + 120, a_py="3\n")
    bring(root, home, FORMAT)
    assert (added, "a.py") in current(home, "vcs_evidence", '"commit", path')
    assert len(current(home, "vcs_evidence", "place")) == len(
        set(current(home, "vcs_evidence", "place, source_file_id"))
    )


def test_damage_costs_the_repository_alone(repository: Path, tmp_path: Path) -> None:
    for path in (repository / ".git" / "objects").rglob("*"):
        if path.is_file():
            path.chmod(0o644)
            path.write_bytes(b"not an object")
    records = list(git_repository.flatten(Artifact(repository / ".git" / "HEAD", tmp_path / "root")))
    assert [type(record) for record in records] == [VcsEvidence, BadRecord]
    (repository / ".git" / "config").write_text("[core\n")
    with pytest.raises(UnreadableArtifactError, match="git cannot read"):
        read(repository / ".git" / "HEAD", tmp_path / "root")


@pytest.mark.parametrize("content", ["", "gitdir:", "gitdir: /nowhere\n", "x", "gitdir: a\0b", "gitdir: ../.."])
def test_a_git_file_that_names_no_repository_is_not_claimed(tmp_path: Path, content: str) -> None:
    (tmp_path / ".git").write_text(content)
    (tmp_path / "HEAD").write_text("ref: refs/heads/main\n")
    assert not git_repository.matches(Artifact(tmp_path / ".git", tmp_path))
    assert not git_repository.matches(Artifact(tmp_path / "HEAD", tmp_path))
    assert len(discover([tmp_path], tmp_path / "home")) == 2


def test_a_missing_git_is_said_and_tried_again(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        bring(repository, home, FORMAT)
    assert files(home)["HEAD"]["status"] == "quarantined"
    assert "GitNotInstalledError" in files(home)["HEAD"]["reason"]
    bring(repository, home, FORMAT)
    assert files(home)["HEAD"]["status"] == "landed"


def test_a_slow_git_is_given_up(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_repository, "GIT_TIMEOUT_S", 1e-9)
    with pytest.raises(UnreadableArtifactError, match="did not answer"):
        read(repository / ".git" / "HEAD", tmp_path / "root")


URLS = {
    "https://host.org/a/b": "host.org/a/b",
    "https://Host.org/a/b.git/": "host.org/a/b",
    "https://user:token@host.org/a/b.git": "host.org/a/b",
    "git@host.org:a/b.git": "host.org/a/b",
    "host.org:a/b": "host.org/a/b",
    "ssh://git@host.org:2222/a/b.git": "host.org/a/b",
    "git+ssh://git@host.org/a/b": "host.org/a/b",
    "https://host.org/a/B?token=x#y": "host.org/a/B",
    "file:///srv/git/a.git": "/srv/git/a",
    "/srv/git/a.git": "/srv/git/a",
    "../a": "../a",
    "host.org/a/b": "host.org/a/b",
    "": "",
}


@pytest.mark.parametrize(("url", "name"), URLS.items())
def test_every_way_to_name_a_remote_is_one_name(url: str, name: str) -> None:
    assert normalised_url(url) == name
    assert normalised_url(name) == name
