"""Result rows of harness scripts."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from loaders.artifact import Artifact
from loaders.formats.rows import results_rows
from loaders.tables import Attempt, AttemptFile, BadRecord, Record

DIFF = "--- a/f.py\n+++ b/f.py\n@@ -1 +1 @@\n-a\n+b\n"
ROW: dict[str, Any] = {
    "instanceId": "x__y-1",
    "timestamp": "2026-01-01T00:00:00Z",
    "model": "m-1",
    "agent": "claude-code",
    "inputTokens": 2,
    "outputTokens": 155,
    "cacheReadTokens": 900,
    "cacheCreationTokens": 30,
    "costUsd": 0.5,
    "numTurns": 28,
    "durationMs": 103366,
    "toolCalls": {"Bash": 9, "Edit": 3},
    "modelPatch": DIFF,
    "resolved": True,
}


def flatten(path: Path, content: str) -> list[Record]:
    path.write_text(content)
    artifact = Artifact(path, path.parent)
    assert results_rows.matches(artifact)
    return list(results_rows.flatten(artifact))


def snake(row: dict[str, Any]) -> dict[str, Any]:
    return {"".join("_" + c.lower() if c.isupper() else c for c in key): value for key, value in row.items()}


def test_camel_and_snake_rows_land_the_same(tmp_path: Path) -> None:
    camel = flatten(tmp_path / "a.jsonl", json.dumps(ROW))
    assert camel == flatten(tmp_path / "b.jsonl", json.dumps(snake(ROW)))
    attempt, file = camel
    assert attempt == Attempt(
        place="line 1",
        evidence="results_row",
        task_id="x__y-1",
        agent_type="claude-code",
        model_id="m-1",
        is_resolved=True,
        is_patch_empty=False,
        patch=DIFF,
        turn_count=28,
        tool_call_count=12,
        tool_call_counts={"Bash": 9, "Edit": 3},
        input_tokens=2,
        cache_read_tokens=900,
        cache_write_tokens=30,
        output_tokens=155,
        cost_usd=0.5,
        wall_time_s=103.366,
    )
    assert isinstance(file, AttemptFile) and (file.path, file.attempt_place) == ("f.py", "line 1")


def test_missing_is_none_and_zero_is_zero(tmp_path: Path) -> None:
    rows = [
        {"instance_id": "a", "resolved": 0},
        {"instance_id": "b", "resolved": None, "model_patch": None, "tool_calls": {}, "cost_usd": 0},
        {"instance_id": "c", "resolved": 1, "tool_calls": 7, "started_at": "2026-01-01T02:00:00+02:00"},
    ]
    first, second, third = flatten(tmp_path / "a.json", json.dumps(rows))
    assert isinstance(first, Attempt) and isinstance(second, Attempt) and isinstance(third, Attempt)
    said = {name for name in first.__struct_fields__ if getattr(first, name) is not None}
    assert said == {"place", "evidence", "task_id", "is_resolved"} and first.is_resolved is False
    assert (second.is_resolved, second.is_patch_empty, second.patch) == (None, True, None)
    assert (second.tool_call_count, second.tool_call_counts, second.cost_usd) == (0, {}, 0.0)
    assert (third.tool_call_count, third.tool_call_counts) == (7, None)
    assert third.started_at == datetime(2026, 1, 1) and third.finished_at is None


def test_runs_document(tmp_path: Path) -> None:
    runs = [{"instance_id": "a", "resolved": 1}, {"resolved": 1}, {"instance_id": "b", "resolved": 0}]
    records = flatten(tmp_path / "runs.json", json.dumps({"metadata": {"x": [{}]}, "runs": runs}))
    assert [(type(record), record.place) for record in records] == [
        (Attempt, "/runs/0"),
        (BadRecord, "/runs/1"),
        (Attempt, "/runs/2"),
    ]


def test_what_is_no_result(tmp_path: Path) -> None:
    for content in (
        {"instance_id": "a", "model_patch": "x"},
        {"resolved": True, "cost": 1},
        {"runs": [{"id": 1, "resolved": True}]},
        {"instance_id": "a", "resolved": True, "FAIL_TO_PASS": []},
    ):
        path = tmp_path / "a.json"
        path.write_text(json.dumps(content))
        assert not results_rows.matches(Artifact(path, tmp_path)), content


def test_real_rows(fixtures: Path) -> None:
    path = fixtures / "swebench/vexp/results/swebench-2026-03-22.jsonl"
    artifact = Artifact(path, fixtures)
    assert results_rows.matches(artifact)
    attempts = [record for record in results_rows.flatten(artifact) if isinstance(record, Attempt)]
    raw = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(attempts) == len(raw) == 100
    assert sum(attempt.is_resolved is True for attempt in attempts) == 73
    assert sum(attempt.is_patch_empty is True for attempt in attempts) == 1
    for attempt, row in zip(attempts, raw, strict=True):
        assert (attempt.task_id, attempt.cost_usd, attempt.turn_count) == (
            row["instanceId"],
            row["costUsd"],
            row["numTurns"],
        )
        assert attempt.tool_call_count == sum(row["toolCalls"].values())
        assert {attempt.started_at, attempt.finished_at, attempt.edit_calls, attempt.run_directory} == {None}


def test_real_runs(fixtures: Path) -> None:
    [path] = (fixtures / "swebench/vorflux").rglob("runs.json")
    artifact = Artifact(path, fixtures)
    assert results_rows.matches(artifact)
    attempts = [record for record in results_rows.flatten(artifact) if isinstance(record, Attempt)]
    assert len(attempts) == 500
    assert sum(attempt.is_resolved is True for attempt in attempts) == 442
