"""Which files a walk finds, and whose they are. All inputs are synthetic."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from loaders.artifact import Artifact
from loaders.discover import classify, discover, is_archive, is_below
from loaders.settings import RootNotFoundError
from tests.python.loaders.landed import fake_format


def _touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


def _names(roots: list[Path], home: Path) -> list[tuple[str, str]]:
    return [(file.path, file.root) for file in discover(roots, home)]


def test_walk_is_sorted_and_leaves_out_home_and_version_control(tmp_path: Path) -> None:
    root = tmp_path / "root"
    kept = [root / "a.txt", root / "b" / ".claude" / "s.jsonl", root / "b.txt"]
    _touch(*kept, root / ".git" / "HEAD", root / "__pycache__" / "x.pyc", root / "warehouse" / "landing" / "x")
    found = discover([root], root / "warehouse")
    assert [file.path for file in found] == sorted(str(path) for path in kept)
    assert found[0].siblings == {"a.txt", "b.txt"}
    assert found[0].size_bytes == 1


@pytest.mark.parametrize("is_outer_first", [True, False])
def test_a_file_belongs_to_the_first_root_that_contains_it(tmp_path: Path, is_outer_first: bool) -> None:
    outer, inner = tmp_path / "outer", tmp_path / "outer" / "inner"
    _touch(outer / "a", inner / "b")
    roots = [outer, inner] if is_outer_first else [inner, outer]
    owner = outer if is_outer_first else inner
    assert _names(roots, tmp_path / "home") == [(str(outer / "a"), str(outer)), (str(inner / "b"), str(owner))]


def test_links_are_followed_once_and_loops_are_not_entered(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    _touch(root / "run-1" / "a", outside / "b")
    (root / "latest").symlink_to(root / "run-1")
    (root / "run-1" / "loop").symlink_to(root)
    (root / "more").symlink_to(outside)
    (outside / "self").symlink_to(outside)
    (root / "file").symlink_to(outside / "b")
    paths = [path for path, _ in _names([root], tmp_path / "home")]
    assert paths == [str(root / "file"), str(root / "more" / "b"), str(root / "run-1" / "a")]


def test_what_cannot_be_read_is_listed_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "root"
    _touch(root / "closed" / "a", root / "b")
    (root / "broken").symlink_to(root / "nowhere")
    scandir = os.scandir

    def guarded(path: Any) -> Any:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    found = {Path(file.path).name: file for file in discover([root], tmp_path / "home")}
    assert found["closed"].problem == "PermissionError: Permission denied"
    assert found["closed"].is_directory
    assert found["broken"].problem == "FileNotFoundError: No such file or directory"
    assert found["b"].problem is None


def test_a_name_that_is_not_utf8_costs_itself_alone(tmp_path: Path) -> None:
    _touch(tmp_path / "root" / "good")
    (tmp_path / "root" / os.fsdecode(b"bad\xff")).touch()
    (bad, good) = discover([tmp_path / "root"], tmp_path / "home")
    assert (bad.problem, good.problem) == ("the path is not UTF-8", None)
    bad.path.encode()


def test_a_pipe_is_no_artifact(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    os.mkfifo(tmp_path / "root" / "pipe")
    assert discover([tmp_path / "root"], tmp_path / "home") == []


def test_a_root_may_be_a_file_and_must_exist(tmp_path: Path) -> None:
    _touch(tmp_path / "a", tmp_path / "b")
    assert _names([tmp_path / "a"], tmp_path / "home") == [(str(tmp_path / "a"), str(tmp_path))]
    with pytest.raises(RootNotFoundError, match=r"^The artifact root .*/missing does not exist\.$"):
        discover([tmp_path / "missing"], tmp_path / "home")


def test_the_first_format_that_matches_owns_the_file(tmp_path: Path) -> None:
    never = fake_format("never", lambda artifact: False)
    first, second = (fake_format(name, lambda artifact: True) for name in ("first", "second"))
    artifact = Artifact(tmp_path / "x", tmp_path)
    assert classify(artifact, [never, first, second]) is first
    assert classify(artifact, [never]) is None


@pytest.mark.parametrize(("name", "expected"), [("a.tar", True), ("a.TGZ", True), ("a.7z", True), ("tar.json", False)])
def test_archives_are_told_by_name(name: str, expected: bool) -> None:
    assert is_archive(name) is expected


@pytest.mark.parametrize(("path", "expected"), [("/a/b", True), ("/a", True), ("/ab", False), ("/", False)])
def test_below_is_by_whole_parts(path: str, expected: bool) -> None:
    assert is_below(path, "/a") is expected
