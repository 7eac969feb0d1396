"""Dataset rows: JSON Lines, JSON, CSV and Parquet say the same of a task."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.rows import dataset_rows
from loaders.tables import BadRecord, Record, Task

PATCH = (
    "diff --git a/src/a.py b/src/a.py\n--- a/src/a.py\n+++ b/src/a.py\n@@ -1 +1 @@\n-x\n+y\n"
    "diff --git a/old.py b/old.py\ndeleted file mode 100644\n--- a/old.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-z\n"
)
ROW: dict[str, Any] = {
    "repo": "x/y",
    "instance_id": "x__y-1",
    "base_commit": "c0ffee",
    "patch": PATCH,
    "test_patch": "--- a/tests/t.py\n+++ b/tests/t.py\n@@ -1 +1 @@\n-x\n+y\n",
    "problem_statement": 'It says "no",\nthen fails',
    "created_at": "2022-03-03T15:14:54Z",
    "version": "4.3",
    "FAIL_TO_PASS": '["t.py::a[1, 2]"]',
    "PASS_TO_PASS": '["t.py::b", "t.py::c"]',
    "difficulty": "<15 min fix",
}
TASK = Task(
    task_id="x__y-1",
    repository="x/y",
    base_commit="c0ffee",
    version="4.3",
    difficulty="<15 min fix",
    created_at=datetime(2022, 3, 3, 15, 14, 54),
    problem_statement='It says "no",\nthen fails',
    gold_patch=PATCH,
    test_patch=ROW["test_patch"],
    gold_files=["src/a.py", "old.py"],
    gold_test_files=["tests/t.py"],
    fail_to_pass=["t.py::a[1, 2]"],
    pass_to_pass=["t.py::b", "t.py::c"],
)


def flatten(path: Path) -> list[Record]:
    artifact = Artifact(path, path.parent)
    assert dataset_rows.matches(artifact)
    return list(dataset_rows.flatten(artifact))


def tasks(path: Path) -> list[Task]:
    return [record for record in flatten(path) if isinstance(record, Task)]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write rows in the format that the suffix names."""
    if path.suffix == ".csv":
        with path.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    elif path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    else:
        path.write_text(json.dumps(rows) if path.suffix == ".json" else "\n".join(map(json.dumps, rows)))
    return path


@pytest.mark.parametrize("name", ["t.jsonl", "t.json", "t.csv", "t.parquet", "t.jsonl.gz"])
def test_every_container_lands_the_same(tmp_path: Path, name: str) -> None:
    found = tasks(write(tmp_path / name, [ROW, ROW]))
    line_breaks = sum(str(value).count("\n") for value in ROW.values())
    places = {"t.json": ["/0", "/1"], "t.parquet": ["/0", "/1"], "t.csv": ["line 2", f"line {3 + line_breaks}"]}
    assert [task.place for task in found] == places.get(name, ["line 1", "line 2"])
    for task in found:
        assert {field: getattr(task, field) for field in task.__struct_fields__ if field != "place"} == {
            field: getattr(TASK, field) for field in TASK.__struct_fields__ if field != "place"
        }


def test_one_row_as_a_document_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(ROW))
    assert [task.task_id for task in tasks(path)] == ["x__y-1"]


def test_test_lists_as_lists(tmp_path: Path) -> None:
    row = {**ROW, "FAIL_TO_PASS": ["a"], "PASS_TO_PASS": []}
    for name in ("t.jsonl", "t.parquet"):
        [task] = tasks(write(tmp_path / name, [row]))
        assert (task.fail_to_pass, task.pass_to_pass) == (["a"], [])


def test_an_unreadable_test_list_keeps_its_row(tmp_path: Path) -> None:
    row = {**ROW, "FAIL_TO_PASS": "['a']", "PASS_TO_PASS": ""}
    for name, place in (("t.jsonl", "line 1"), ("t.json", "/0/FAIL_TO_PASS"), ("t.csv", "line 2")):
        bad, task = flatten(write(tmp_path / name, [row]))
        assert isinstance(bad, BadRecord) and isinstance(task, Task)
        assert (bad.place, bad.reason.split(":")[0]) == (place, "FAIL_TO_PASS")
        assert (task.fail_to_pass, task.pass_to_pass, task.base_commit) == (None, None, "c0ffee")


def test_missing_is_none(tmp_path: Path) -> None:
    [task] = tasks(write(tmp_path / "t.jsonl", [{"instance_id": "i", "FAIL_TO_PASS": None}]))
    said = {field for field in task.__struct_fields__ if getattr(task, field) is not None}
    assert said == {"place", "task_id"}


def test_epoch_creation_times(tmp_path: Path) -> None:
    seconds = 1646320494
    rows = [{**ROW, "created_at": seconds}, {**ROW, "created_at": seconds * 1000}]
    for name in ("t.jsonl", "t.parquet"):
        assert {task.created_at for task in tasks(write(tmp_path / name, rows))} == {TASK.created_at}
    stamped = [{**ROW, "created_at": TASK.created_at}]
    assert [task.created_at for task in tasks(write(tmp_path / "t.parquet", stamped))] == [TASK.created_at]


def test_bad_rows_cost_themselves_alone(tmp_path: Path) -> None:
    rows = [ROW, {**ROW, "instance_id": None}, {**ROW, "instance_id": "x__y-2"}]
    for name in ("t.jsonl", "t.json", "t.csv", "t.parquet"):
        records = flatten(write(tmp_path / name, rows))
        assert [type(record) for record in records] == [Task, BadRecord, Task]
    (tmp_path / "t.csv").write_text("instance_id,patch,base_commit\na,p,c\nb,p\n,,\nc,p,c\n")
    records = flatten(tmp_path / "t.csv")
    assert [(type(record), record.place) for record in records] == [
        (Task, "line 2"),
        (BadRecord, "line 3"),
        (BadRecord, "line 4"),
        (Task, "line 5"),
    ]


def test_huge_cells(tmp_path: Path) -> None:
    [task] = tasks(write(tmp_path / "t.csv", [{**ROW, "problem_statement": "x" * 500_000}]))
    assert len(task.problem_statement or "") == 500_000


def test_what_is_no_dataset(tmp_path: Path) -> None:
    for row in (
        {**ROW, "model_patch": PATCH},
        {**ROW, "resolved": True},
        {"instance_id": "x__y-1", "patch": PATCH},
        {"task_id": "x__y-1", "patch": PATCH, "base_commit": "c"},
    ):
        for name in ("t.jsonl", "t.csv", "t.parquet"):
            path = write(tmp_path / name, [row])
            assert not dataset_rows.matches(Artifact(path, tmp_path)), (name, list(row))


def test_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text(json.dumps([ROW])[:-1])
    with pytest.raises(UnreadableArtifactError):
        flatten(path)


@pytest.mark.parametrize(
    ("name", "count", "with_tests", "with_difficulty"),
    [
        ("gold/lukacf/runner/swe_bench_instances.jsonl", 500, 0, 0),
        ("gold/ztluck78/data/swe_bench_data/swe-bench-lite.jsonl", 300, 300, 0),
        ("gold/ztluck78/data/swe_bench_data/swe-bench-lite-dev.jsonl", 23, 23, 0),
        ("vexp/data/swe-bench-100.jsonl", 100, 100, 100),
    ],
)
def test_real_rows(fixtures: Path, name: str, count: int, with_tests: int, with_difficulty: int) -> None:
    path = fixtures / "swebench" / name
    records = flatten(path)
    found = [record for record in records if isinstance(record, Task)]
    raw = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(records) == len(found) == len(raw) == count
    assert sum(task.fail_to_pass is not None for task in found) == with_tests
    assert sum(task.difficulty is not None for task in found) == with_difficulty
    for task, row in zip(found, raw, strict=True):
        assert (task.task_id, task.repository, task.base_commit) == (
            row["instance_id"],
            row["repo"],
            row["base_commit"],
        )
        assert task.gold_patch == row["patch"] and task.gold_files
        assert len(task.gold_files) == row["patch"].count("diff --git ")
        if with_tests:
            assert task.fail_to_pass == json.loads(row["FAIL_TO_PASS"])
            assert task.pass_to_pass == json.loads(row["PASS_TO_PASS"])
            assert task.created_at is not None
