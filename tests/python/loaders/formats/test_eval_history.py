"""eval-history.jsonl: no public file or specification exists, so all inputs are synthetic."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from loaders.formats.rows import eval_history
from loaders.tables import Attempt, BadRecord, EvalRun
from tests.python.loaders.formats.harbor_inputs import flattened, survives, write

CAMEL: dict[str, Any] = {
    "runId": "r1",
    "agentType": "subq",
    "modelId": "m/1",
    "dataset": "swe@1.1",
    "concurrency": 16,
    "timeoutS": 1800,
    "attempt1ToolCap": 40,
    "retryToolCap": "80",
    "startedAt": "2026-01-02T03:04:05Z",
    "finishedAt": "2026-01-02T04:04:05+01:00",
}
SNAKE: dict[str, Any] = {
    "run_id": "r1",
    "agent_type": "subq",
    "model_id": "m/1",
    "dataset": {"name": "swe", "version": "1.1"},
    "concurrency": "16",
    "timeout_s": "1800",
    "attempt1_tool_cap": 40,
    "retry_tool_cap": 80,
    "started": 1767323045,
    "finished": 1767323045000,
}
RUN = EvalRun(
    place="line 1",
    evidence="eval_history",
    run_name="r1",
    agent_type="subq",
    model_id="m/1",
    dataset="swe@1.1",
    concurrency=16,
    timeout_s=1800.0,
    attempt1_tool_cap=40,
    retry_tool_cap=80,
    started_at=datetime(2026, 1, 2, 3, 4, 5),
    finished_at=datetime(2026, 1, 2, 3, 4, 5),
)


def records_of(tmp_path: Path, *lines: object) -> tuple[list[Any], dict[str, str]]:
    text = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    artifact = write(tmp_path, "eval-history.jsonl", text)
    assert eval_history.matches(artifact)
    return flattened(eval_history, artifact)


@pytest.mark.parametrize("line", [CAMEL, SNAKE])
def test_run(tmp_path: Path, line: dict[str, Any]) -> None:
    assert records_of(tmp_path, line) == ([RUN], {})


@pytest.mark.parametrize("key", ["run", "runId", "run_id", "run-id", "job", "jobName"])
def test_run_keys(tmp_path: Path, key: str) -> None:
    (run,), _ = records_of(tmp_path, {key: 17, "agent": {"name": "subq", "version": "2"}, "model": "m"})
    assert (run.run_name, run.agent_type, run.agent_version, run.model_id) == ("17", "subq", "2", "m")
    assert (run.dataset, run.concurrency, run.timeout_s, run.attempt1_tool_cap) == (None, None, None, None)


def test_null_does_not_hide_another_spelling(tmp_path: Path) -> None:
    (run,), bad = records_of(tmp_path, {"run": None, "run_id": "r2", "model": None})
    assert (run.run_name, run.model_id, bad) == ("r2", None, {})


def test_task(tmp_path: Path) -> None:
    line = {
        "run": "r1",
        "task_id": "django__django-1",
        "agent": "subq",
        "attempt1Mode": "semantic",
        "trialRecoveryMode": "widened",
        "finalFailureMode": "wrong_file",
        "attempt1ToolCap": 40,
        "started": "2026-01-02T03:04:05Z",
    }
    attempt = Attempt(
        place="line 1",
        evidence="eval_history",
        run_name="r1",
        task_id="django__django-1",
        agent_type="subq",
        started_at=datetime(2026, 1, 2, 3, 4, 5),
        attempt1_mode="semantic",
        trial_recovery_mode="widened",
        final_failure_mode="wrong_file",
        attempt1_tool_cap=40,
    )
    assert records_of(tmp_path, line) == ([attempt], {})
    rows, _ = records_of(tmp_path, line | {"concurrency": 4, "attempt_index": 1})
    assert [type(row) for row in rows] == [Attempt, EvalRun]
    assert rows[0].attempt_index == 1
    assert (rows[1].concurrency, rows[1].attempt1_tool_cap, rows[1].started_at) == (4, 40, None)


def test_local_clocks_of_runs_stay_local(tmp_path: Path) -> None:
    (run,), _ = records_of(tmp_path, {"run": "r", "started": "2026-01-02T03:04:05"})
    assert (run.started_at, run.started_local_at) == (None, datetime(2026, 1, 2, 3, 4, 5))
    (attempt,), _ = records_of(tmp_path, {"run": "r", "task_id": "t", "started": "2026-01-02T03:04:05"})
    assert attempt.started_at is None


def test_what_is_bad_costs_itself_alone(tmp_path: Path) -> None:
    artifact = write(
        tmp_path,
        "eval-history.jsonl",
        "\n".join(
            [
                '{"run": "r1", "timeout": "soon", "concurrency": 1.5, "model": 7, "started": "noon", "agent": "a"}',
                '{"agent": "a"}',
                "[1]",
                '{"run": "r2"',
                '{"run": "r3"}',
                '{"run": "r4", "finished": 1e300}',
            ]
        ),
    )
    records = list(eval_history.flatten(artifact))
    bad = [(record.line_number, record.reason) for record in records if isinstance(record, BadRecord)]
    runs = [record for record in records if isinstance(record, EvalRun)]
    assert [(run.run_name, run.agent_type, run.timeout_s) for run in runs] == [
        ("r1", "a", None),
        ("r3", None, None),
        ("r4", None, None),
    ]
    assert [number for number, _ in bad] == [1, 1, 1, 1, 2, 3, 4, 6]
    assert {reason.split(":")[0] for number, reason in bad if number == 1} == {
        "/timeout",
        "/concurrency",
        "/model",
        "/started",
    }
    assert not any("soon" in reason or "noon" in reason for _, reason in bad)


@pytest.mark.parametrize("name", ["history.jsonl", "eval-history.json", "eval-history.jsonl.md"])
def test_foreign_files_are_left(tmp_path: Path, name: str) -> None:
    assert not eval_history.matches(write(tmp_path, name, CAMEL))


def test_damage_is_always_contained(tmp_path: Path) -> None:
    sound = "\n".join(json.dumps(line) for line in (CAMEL, SNAKE, CAMEL | {"task_id": "t"})).encode()
    assert survives(eval_history, lambda data: write(tmp_path, "eval-history.jsonl", data), sound) == 0
