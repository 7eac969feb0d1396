"""Many loads become one and tell the same. All inputs are synthetic."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from loaders import compaction, landing
from loaders.compaction import compact
from loaders.landing import LOAD_SCHEMAS
from loaders.loads import next_load_id
from tests.python.loaders.landed import bring, current, files, loads, texts, write_notes


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A warehouse of five loads: `a` grew four times, `b` stayed, `c` vanished."""
    root = tmp_path / "root"
    write_notes(root / "b.notes", {"text": "b", "run": "r"}, "torn")
    write_notes(root / "c.notes", {"text": "c"})
    for number in range(1, 6):
        write_notes(root / "a.notes", *({"text": f"a{line}"} for line in range(number)))
        bring(root, tmp_path / "home")
        (root / "c.notes").unlink(missing_ok=True)
    return tmp_path / "home"


def _state(home: Path) -> list[Any]:
    return [files(home), *(current(home, table) for table in LOAD_SCHEMAS if table != "source_file")]


def test_the_compacted_load_tells_the_same(home: Path) -> None:
    before = _state(home)
    assert before[0]["c.notes"]["status"] == "vanished"
    compact(home / "landing", LOAD_SCHEMAS, most_loads=4)
    assert loads(home) == ["load=000005-compacted"]
    assert _state(home) == before
    directory = home / "landing" / "load=000005-compacted"
    assert sorted(path.name for path in directory.iterdir()) == sorted(f"{table}.parquet" for table in LOAD_SCHEMAS)
    entries = pq.read_table(directory / "entry.parquet")
    assert entries.num_rows == 7
    assert set(entries["load_id"].to_pylist()) == {1, 5}
    assert pq.read_table(directory / "source_file.parquet").num_rows == 3


def test_parts_of_tables_become_one_table(home: Path) -> None:
    before = _state(home)
    table = home / "landing" / "load=000001" / "entry.parquet"
    table.rename(table.with_name("entry.00000.parquet"))
    pq.write_table(LOAD_SCHEMAS["entry"].empty_table(), table)
    assert _state(home) == before
    compact(home / "landing", LOAD_SCHEMAS, most_loads=1)
    assert _state(home) == before


def test_few_loads_stay_as_they_are(home: Path) -> None:
    compact(home / "landing", LOAD_SCHEMAS, most_loads=5)
    assert len(loads(home)) == 5


def test_landing_goes_on_after_a_compaction(home: Path, tmp_path: Path) -> None:
    compact(home / "landing", LOAD_SCHEMAS, most_loads=1)
    assert next_load_id(home / "landing") == 6
    assert bring(tmp_path / "root", home).load_id is None
    write_notes(tmp_path / "root" / "d.notes", {"text": "d"})
    assert bring(tmp_path / "root", home).load_id == 6
    before = _state(home)
    compact(home / "landing", LOAD_SCHEMAS, most_loads=1)
    assert loads(home) == ["load=000006-compacted"]
    assert _state(home) == before


def test_landing_compacts_by_itself(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def soon(folder: Path, schemas: Any) -> None:
        compact(folder, schemas, most_loads=5)

    monkeypatch.setattr(landing, "compact", soon)
    write_notes(tmp_path / "root" / "d.notes", {"text": "d"})
    assert bring(tmp_path / "root", home).load_id == 6
    assert loads(home) == ["load=000006-compacted"]


@pytest.mark.parametrize("removed", [0, 1, 3])
def test_a_compaction_killed_while_it_cleans_up_is_finished(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, removed: int
) -> None:
    before = _state(home)
    with monkeypatch.context() as patch:
        patch.setattr(compaction, "heal", lambda folder: None)
        compact(home / "landing", LOAD_SCHEMAS, most_loads=1)
    for name in loads(home)[:removed]:
        shutil.rmtree(home / "landing" / name)
    marker = home / "landing" / "load=000005-compacted" / "supersedes.json"
    assert json.loads(marker.read_text()) == [f"load=00000{number}" for number in range(1, 6)]
    assert bring(tmp_path / "root", home).load_id is None
    assert loads(home) == ["load=000005-compacted"]
    assert _state(home) == before


def test_a_compaction_killed_before_its_commit_changes_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _state(home)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(compaction, "commit", killed)
    with pytest.raises(KeyboardInterrupt):
        compact(home / "landing", LOAD_SCHEMAS, most_loads=1)
    assert _state(home) == before
    assert len(loads(home)) == 5


def test_loads_without_a_column_or_a_table_are_filled_with_null(home: Path) -> None:
    for name in loads(home):
        path = home / "landing" / name / "entry.parquet"
        pq.write_table(pq.read_table(path).drop_columns(["cost_usd"]), path)
        (home / "landing" / name / "response.parquet").unlink()
    compact(home / "landing", LOAD_SCHEMAS, most_loads=1)
    directory = home / "landing" / "load=000005-compacted"
    assert pq.read_schema(directory / "entry.parquet").names == LOAD_SCHEMAS["entry"].names
    assert pq.read_table(directory / "response.parquet").num_rows == 0
    assert texts(home) == ["a0", "a1", "a2", "a3", "a4", "b", "c"]
