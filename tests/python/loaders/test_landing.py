"""What lands, what lands again, and what a bad file costs. All inputs are synthetic."""

from __future__ import annotations

import fcntl
import gzip
import os
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders import landing, workers
from loaders.artifact import Artifact
from loaders.loads import LandingLockedError, table_files
from loaders.settings import RootNotFoundError
from loaders.tables import TABLES, Entry, arrow_schema
from tests.python.loaders.landed import NOTES, bring, current, fake_format, files, loads, texts, write_notes


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An artifact root with two notes files."""
    write_notes(tmp_path / "root" / "a.notes", {"text": "a1"}, {"text": "a2"})
    write_notes(tmp_path / "root" / "sub" / "b.notes", {"text": "b1", "tokens": 3})
    return tmp_path / "root"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A warehouse that does not exist yet."""
    return tmp_path / "home"


def test_a_load_holds_every_table_with_its_full_schema(root: Path, home: Path) -> None:
    result = bring(root, home)
    directory = home / "landing" / "load=000001"
    assert result.load_id == 1
    assert {path.stem for path in directory.iterdir()} == {*TABLES, "source_file"}
    for table, record in TABLES.items():
        assert pq.read_schema(directory / f"{table}.parquet").equals(arrow_schema(record))
    assert pq.ParquetFile(directory / "entry.parquet").metadata.row_group(0).column(0).compression == "ZSTD"
    assert texts(home) == ["a1", "a2", "b1"]
    assert current(home, "entry", "output_tokens, load_id") == [(3, 1), (None, 1), (None, 1)]


def test_the_manifest_says_all_of_a_file(root: Path, home: Path) -> None:
    row = files(home)["b.notes"] if bring(root, home).load_id else {}
    status = (root / "sub" / "b.notes").stat()
    assert row["modified_at"].microsecond == status.st_mtime_ns // 1000 % 1_000_000
    del row["modified_at"]
    assert row == {
        "path": str(root / "sub" / "b.notes"),
        "root": str(root),
        "relative_path": "sub/b.notes",
        "directory": str(root / "sub"),
        "file_name": "b.notes",
        "format": "notes",
        "identity": "content",
        "status": "landed",
        "reason": None,
        "size_bytes": status.st_size,
        "content_sha256": row["content_sha256"],
        "compression": None,
        "parser_version": "notes/1",
        "record_count": 1,
        "bad_record_count": 0,
        "content_load_id": 1,
        "source_file_id": row["source_file_id"],
        "load_id": 1,
    }


def test_the_first_load_may_be_empty_and_without_roots_nothing_is_lost(root: Path, tmp_path: Path, home: Path) -> None:
    assert bring([], home).load_id == 1
    assert bring([], home).load_id is None
    assert bring(root, home).load_id == 2
    assert bring([], home).vanished == 0
    (tmp_path / "other").mkdir()
    assert bring(tmp_path / "other", home).vanished == 0
    assert texts(home) == ["a1", "a2", "b1"]


def test_a_missing_root_is_an_error_and_makes_no_home(tmp_path: Path, home: Path) -> None:
    with pytest.raises(RootNotFoundError):
        bring(tmp_path / "missing", home)
    assert not home.exists()


def test_unchanged_files_are_not_opened(root: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(root, home)
    monkeypatch.setattr(landing, "parse_all", lambda *_, **__: pytest.fail("a file was opened"))
    result = bring(root, home)
    assert (result.load_id, result.found, result.skipped) == (None, 2, 2)
    assert loads(home) == ["load=000001"]


def test_a_touched_file_is_looked_at_once(root: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(root, home)
    os.utime(root / "a.notes", (1, 1))
    result = bring(root, home)
    assert (result.load_id, result.parsed, result.skipped) == (None, 0, 2)
    monkeypatch.setattr(landing, "parse_all", lambda *_, **__: pytest.fail("a file was opened"))
    assert bring(root, home).load_id is None
    (home / "landing" / "seen.json").write_text("torn")
    with pytest.raises(pytest.fail.Exception):
        bring(root, home)


def test_a_file_that_grew_replaces_its_rows(root: Path, home: Path) -> None:
    bring(root, home)
    write_notes(root / "a.notes", {"text": "a1"}, {"text": "a2"}, {"text": "a3"})
    result = bring(root, home)
    assert (result.load_id, result.parsed, result.skipped) == (2, 1, 1)
    assert texts(home) == ["a1", "a2", "a3", "b1"]
    assert pq.read_table(home / "landing" / "load=000002" / "source_file.parquet").num_rows == 1


def test_a_vanished_file_keeps_its_rows_and_lands_again_when_it_is_back(root: Path, home: Path) -> None:
    bring(root, home)
    (root / "a.notes").rename(root.parent / "a.notes")
    result = bring(root / "sub" / "..", home)
    assert (result.load_id, result.vanished, files(home)["a.notes"]["status"]) == (2, 1, "vanished")
    assert texts(home) == ["a1", "a2", "b1"]
    assert bring(root, home).load_id is None
    (root.parent / "a.notes").rename(root / "a.notes")
    assert (bring(root, home).parsed, files(home)["a.notes"]["content_load_id"]) == (1, 3)
    assert texts(home) == ["a1", "a2", "b1"]


def test_bad_input_costs_itself_alone_and_its_content_is_never_quoted(root: Path, home: Path) -> None:
    write_notes(root / "torn.notes", {"text": "t1"}, '{"text": "secret', {"text": "t2"})
    write_notes(root / "crash.notes", {"text": "lost"}, {"text": "secret", "act": "raise"})
    write_notes(root / "none.notes", "secret", "secret")
    write_notes(root / "overflow.notes", {"text": "big", "act": "overflow"}, {"text": "fits"})
    (root / "empty.notes").touch()
    (root / "corrupt.notes.gz").write_bytes(b"secret")
    (root / "readme.txt").write_text("secret")
    (root / "logs.tar.xz").write_bytes(b"secret")
    result = bring(root, home)
    manifest = files(home)
    said = {name: (row["status"], row["record_count"], row["bad_record_count"]) for name, row in manifest.items()}
    assert said == {
        "a.notes": ("landed", 2, 0),
        "b.notes": ("landed", 1, 0),
        "torn.notes": ("landed", 2, 1),
        "crash.notes": ("quarantined", None, None),
        "none.notes": ("quarantined", 0, 2),
        "overflow.notes": ("landed", 1, 1),
        "empty.notes": ("quarantined", None, None),
        "corrupt.notes.gz": ("quarantined", None, None),
        "readme.txt": ("unknown", None, None),
        "logs.tar.xz": ("archive", None, None),
    }
    assert (result.quarantined, result.unknown, result.bad_records) == (4, 2, 4)
    assert texts(home) == ["a1", "a2", "b1", "fits", "t1", "t2"]
    assert manifest["crash.notes"]["reason"] == "KeyError in flatten of notes_format.py"
    assert manifest["empty.notes"]["reason"] == "the file is empty"
    reasons = [row["reason"] for row in manifest.values()] + [row[0] for row in current(home, "bad_record", "reason")]
    assert "a value does not fit the column entry.output_tokens" in reasons
    assert not any("secret" in reason for reason in reasons if reason)
    assert bring(root, home).load_id is None


def test_compressed_files_land_as_they_are(root: Path, home: Path) -> None:
    data = (root / "a.notes").read_bytes()
    (root / "c.notes.gz").write_bytes(gzip.compress(data))
    with pa.CompressedOutputStream(str(root / "d.notes.zst"), "zstd") as stream:
        stream.write(data)
    bring(root, home)
    rows = files(home)
    assert [rows[name]["compression"] for name in ("a.notes", "c.notes.gz", "d.notes.zst")] == [None, "gzip", "zstd"]
    assert rows["c.notes.gz"]["file_name"] == "c.notes"
    assert len({rows[name]["content_sha256"] for name in ("a.notes", "c.notes.gz", "d.notes.zst")}) == 1
    assert texts(home) == sorted(["a1", "a2"] * 3 + ["b1"])


def test_a_file_that_cannot_be_opened_keeps_its_rows_and_is_tried_again(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(root, home)
    write_notes(root / "a.notes", {"text": "new"})
    with monkeypatch.context() as patch:
        patch.setattr(Artifact, "_read", _denied)
        assert bring(root, home).quarantined == 1
        assert bring(root, home).load_id is None
    row = files(home)["a.notes"]
    assert (row["status"], row["reason"]) == ("quarantined", "PermissionError: Permission denied")
    assert texts(home) == ["a1", "a2", "b1"]
    assert bring(root, home).quarantined == 0
    assert texts(home) == ["b1", "new"]


def _denied(*_: object) -> bytes:
    raise PermissionError(13, "Permission denied")


def test_a_trial_without_its_result_is_in_progress(root: Path, home: Path) -> None:
    trial = root / "job" / "trial"
    write_notes(trial / "agent" / "c.notes", {"text": "c1"})
    (trial / "config.json").write_text("{}")
    config = fake_format("harbor_trial_config", lambda artifact: artifact.name == "config.json")
    assert bring(root, home, config, NOTES).in_progress == 2
    assert {name: row["status"] for name, row in files(home).items()} == {
        "a.notes": "landed",
        "b.notes": "landed",
        "c.notes": "in_progress",
        "config.json": "in_progress",
    }
    assert "c1" in texts(home)
    assert bring(root, home, config, NOTES).load_id is None
    (trial / "result.json").write_text("{}")
    result = bring(root, home, config, NOTES)
    assert (result.load_id, result.parsed, result.in_progress) == (2, 1, 0)
    row = files(home)["c.notes"]
    assert (row["status"], row["content_load_id"], row["load_id"]) == ("landed", 1, 2)
    assert "c1" in texts(home)


def test_a_new_parser_version_lands_its_files_again(root: Path, home: Path) -> None:
    flatten = NOTES.flatten
    first = fake_format("notes", NOTES.matches, flatten, version=1)
    second = fake_format("notes", NOTES.matches, flatten, version=2)
    other = fake_format("other", lambda artifact: False)
    bring(root, home, first, other)
    result = bring(root, home, second, other)
    assert (result.load_id, result.parsed) == (2, 2)
    assert texts(home) == ["a1", "a2", "b1"]


def test_a_new_format_looks_again_at_unknown_files_only(root: Path, home: Path) -> None:
    (root / "c.other").write_text("x")
    (root / "d.txt").write_text("x")
    looked: list[str] = []

    def claims(artifact: Artifact) -> bool:
        looked.append(artifact.name)
        return artifact.name.endswith(".other")

    bring(root, home)
    other = fake_format("other", claims, lambda artifact: [Entry(entry_index=0, entry_type="x", text="c1")])
    assert bring(root, home, other, NOTES).parsed == 1
    assert looked == ["c.other", "d.txt"]
    assert texts(home) == ["a1", "a2", "b1", "c1"]
    assert bring(root, home, other, NOTES).load_id is None
    assert looked == ["c.other", "d.txt"]


def test_a_new_column_is_in_the_next_load_even_if_nothing_is_new(root: Path, home: Path) -> None:
    bring(root, home)
    path = home / "landing" / "load=000001" / "trial.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["reward"]), path)
    assert (bring(root, home).load_id, bring(root, home).load_id) == (2, None)
    assert texts(home) == ["a1", "a2", "b1"]


def test_a_held_lock_is_one_sentence(root: Path, home: Path) -> None:
    bring(root, home)
    with (home / "landing" / ".lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        with pytest.raises(LandingLockedError, match=r"^Another process is landing into .*; try again when"):
            bring(root, home)


def test_a_landing_that_was_killed_leaves_nothing(root: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leftover = home / "landing" / ".tmp-load"
    leftover.mkdir(parents=True)
    (leftover / "entry.parquet").write_bytes(b"half")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(landing, "commit", killed)
        with pytest.raises(KeyboardInterrupt):
            bring(root, home)
    assert loads(home) == []
    assert not leftover.exists()
    assert bring(root, home).load_id == 1


@pytest.fixture
def pooled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pool and several parts, however little there is to do."""
    monkeypatch.setattr(workers, "_SMALLEST_POOLED_BYTES", 0)
    monkeypatch.setattr(workers, "_SMALLEST_CHUNK_BYTES", 0)


def _entries(home: Path) -> list[dict[str, Any]]:
    parts = table_files(home / "landing" / "load=000001", "entry")
    return [row for part in parts for row in pq.read_table(part).to_pylist()]


@pytest.mark.parametrize(("processes", "expected"), [(1, "parent"), (2, "child")])
@pytest.mark.usefixtures("pooled")
def test_files_are_parsed_in_as_many_processes_as_asked(root: Path, home: Path, processes: int, expected: str) -> None:
    write_notes(root / "c.notes", {"act": "where"})
    bring(root, home, processes=processes)
    assert expected in texts(home)


@pytest.mark.usefixtures("pooled")
def test_rows_stand_in_the_same_order_whatever_the_number_of_processes(root: Path, tmp_path: Path) -> None:
    for number in range(20):
        write_notes(root / f"n{number}.notes", *({"text": f"{number}.{line}" * number} for line in range(number)))
    bring(root, tmp_path / "one", processes=1)
    bring(root, tmp_path / "two", processes=2)
    assert len(table_files(tmp_path / "two" / "landing" / "load=000001", "entry")) > 2
    assert _entries(tmp_path / "one") == _entries(tmp_path / "two")
    assert files(tmp_path / "one") == files(tmp_path / "two")


@pytest.mark.usefixtures("pooled")
def test_files_of_a_killed_worker_are_parsed_here(root: Path, home: Path) -> None:
    write_notes(root / "c.notes", {"text": "c1", "act": "die"})
    result = bring(root, home, processes=2)
    assert (result.parsed, result.quarantined) == (3, 0)
    assert texts(home) == ["a1", "a2", "b1", "c1"]


@pytest.mark.parametrize("refused", ["ProcessPoolExecutor.__init__", "ProcessPoolExecutor.submit"])
@pytest.mark.usefixtures("pooled")
def test_where_no_child_process_is_allowed_files_are_parsed_here(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(f"loaders.workers.{refused}", forbidden)
    assert bring(root, home, processes=2).parsed == 2
    assert texts(home) == ["a1", "a2", "b1"]


def test_a_batch_boundary_inside_a_file_changes_nothing(
    root: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loaders.parse._BATCH_RECORDS", 2)
    write_notes(root / "c.notes", *({"text": f"c{index}"} for index in range(5)))
    write_notes(root / "d.notes", *({"text": "lost"} for _ in range(5)), {"text": "x", "act": "raise"})
    bring(root, home)
    assert texts(home) == ["a1", "a2", "b1", "c0", "c1", "c2", "c3", "c4"]
    assert files(home)["c.notes"]["record_count"] == 5
    assert (files(home)["d.notes"]["status"], files(home)["d.notes"]["content_load_id"]) == ("quarantined", None)


def test_one_line_of_many_megabytes_lands(root: Path, home: Path) -> None:
    write_notes(root / "long.notes", {"text": "x" * (100 << 20)}, {"text": "short"})
    bring(root, home)
    assert current(home, "entry", "max(length(text))") == [(100 << 20,)]
    assert files(home)["long.notes"]["record_count"] == 2


_NOTE = st.one_of(st.builds(lambda text: {"text": text}, st.text(max_size=5)), st.sampled_from(["{", "", "[1]"]))
_BATCHES = st.lists(
    st.dictionaries(st.sampled_from("abcd"), st.lists(_NOTE, max_size=3), max_size=3), min_size=1, max_size=4
)


@settings(max_examples=15, deadline=None)
@given(batches=_BATCHES)
def test_any_split_into_batches_lands_the_same_rows(batches: list[dict[str, list[Any]]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "root"
        root.mkdir()
        for batch in batches:
            for file, notes in batch.items():
                write_notes(root / f"{file}.notes", *notes)
            bring(root, Path(name) / "many")
            bring(root, Path(name) / "many")
        bring(root, Path(name) / "once")
        columns = "* exclude (load_id)"
        for table in ("entry", "bad_record"):
            assert current(Path(name) / "many", table, columns) == current(Path(name) / "once", table, columns)
        statuses = [
            {key: (row["status"], row["reason"], row["record_count"]) for key, row in files(Path(name) / home).items()}
            for home in ("many", "once")
        ]
        assert statuses[0] == statuses[1]


@settings(max_examples=30, deadline=None)
@given(data=st.binary(max_size=200), suffix=st.sampled_from([".notes", ".notes.gz", ".notes.zst", ".json", ""]))
def test_no_content_raises(data: bytes, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "root").mkdir()
        (Path(name) / "root" / f"x{suffix}").write_bytes(data)
        assert bring(Path(name) / "root", Path(name) / "home").found == 1
