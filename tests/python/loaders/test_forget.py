"""What is forgotten is gone from every byte of the landing folder. All inputs are synthetic."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.compaction import NothingToForgetError, forget
from loaders.landing import LOAD_SCHEMAS
from loaders.manifest import SourceFile
from tests.python.loaders.landed import bring, files, loads, texts, write_notes


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three runs: one that names itself, one named by its folder, one beside them."""
    root = tmp_path / "root"
    write_notes(root / "named" / "x.notes", {"text": "x", "run": "run-1"})
    write_notes(root / "named" / "trial" / "y.notes", {"text": "y"})
    write_notes(root / "jobs" / "run-2" / "z.notes", {"text": "z", "run": "other"})
    write_notes(root / "jobs" / "run-20" / "w.notes", {"text": "w"})
    bring(root, tmp_path / "home")
    write_notes(root / "named" / "x.notes", {"text": "x", "run": "run-1"}, {"text": "x2"})
    bring(root, tmp_path / "home")
    return root


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The warehouse of `root`."""
    return tmp_path / "home"


def _names(paths: list[str]) -> list[str]:
    return [Path(path).name for path in paths]


@pytest.mark.parametrize(
    ("selector", "gone", "left"),
    [
        ("{root}/jobs", ["w.notes", "z.notes"], ["x", "x2", "y"]),
        ("{root}/jobs/run-2", ["z.notes"], ["w", "x", "x2", "y"]),
        ("{root}/named/x.notes", ["x.notes"], ["w", "y", "z"]),
        ("run-2", ["z.notes"], ["w", "x", "x2", "y"]),
        ("jobs/run-2", ["z.notes"], ["w", "x", "x2", "y"]),
        ("run-1", ["x.notes"], ["w", "y", "z"]),
        ("named", ["x.notes", "y.notes"], ["w", "z"]),
    ],
)
def test_a_selector_is_a_path_or_a_run(root: Path, home: Path, selector: str, gone: list[str], left: list[str]) -> None:
    assert sorted(_names(forget(home, [selector.format(root=root)], LOAD_SCHEMAS))) == gone
    assert texts(home) == left
    assert [name for name, row in sorted(files(home).items()) if row["status"] == "forgotten"] == gone


def test_nothing_of_it_is_left_but_its_path(root: Path, home: Path) -> None:
    forget(home, [str(root / "named" / "x.notes")], LOAD_SCHEMAS)
    assert loads(home) == ["load=000003-compacted"]
    row = files(home)["x.notes"]
    assert row["load_id"] == 3
    places = {"path", "root", "relative_path", "directory", "file_name", "status"}
    assert {name for name in SourceFile.__struct_fields__ if row[name] is not None} == places


def test_what_is_forgotten_does_not_come_back(root: Path, home: Path) -> None:
    path = root / "named" / "x.notes"
    forget(home, [str(path)], LOAD_SCHEMAS)
    assert bring(root, home).load_id is None
    write_notes(path, {"text": "x3"})
    write_notes(root / "new.notes", {"text": "n"})
    result = bring(root, home)
    assert (result.load_id, result.parsed) == (4, 1)
    path.unlink()
    assert bring(root, home).load_id is None
    assert texts(home) == ["n", "w", "y", "z"]
    with pytest.raises(NothingToForgetError):
        forget(home, [str(path)], LOAD_SCHEMAS)


def test_what_matches_nothing_is_an_error_and_removes_nothing(root: Path, home: Path) -> None:
    with pytest.raises(NothingToForgetError, match=r"^Nothing that has landed is, lies below or belongs to run-9\.$"):
        forget(home, [str(root), "run-9"], LOAD_SCHEMAS)
    assert texts(home) == ["w", "x", "x2", "y", "z"]


def test_a_warehouse_that_holds_nothing_has_nothing_to_forget(tmp_path: Path) -> None:
    with pytest.raises(NothingToForgetError):
        forget(tmp_path / "new", ["run-1"], LOAD_SCHEMAS)
