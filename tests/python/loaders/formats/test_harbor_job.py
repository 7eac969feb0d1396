"""config.json and result.json of a job, current and older layouts: all inputs are synthetic."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from loaders.artifact import UnreadableArtifactError
from loaders.formats.harbor import job as harbor_job
from loaders.formats.harbor import trial as harbor_trial
from loaders.formats.harbor import trial_config as harbor_trial_config
from loaders.tables import EvalRun
from tests.python.loaders.formats.harbor_inputs import flattened, survives, write

CONFIG: dict[str, Any] = {
    "job_name": "nightly",
    "jobs_dir": "jobs",
    "n_attempts": 3,
    "n_concurrent_trials": 16,
    "timeout_multiplier": 2.0,
    "agents": [{"name": "subq", "model_name": "m/1", "kwargs": {"attempt1ToolCap": 40, "retryToolCap": "80"}}],
    "datasets": [{"name": "swe", "version": "1.1"}],
}
OLD_CONFIG: dict[str, Any] = {
    "job_name": "nightly",
    "n_attempts": 1,
    "orchestrator": {"type": "local", "n_concurrent_trials": 8, "retry": {"max_retries": 0}},
    "agents": [{"import_path": "harness:Agent"}],
    "datasets": [{"path": "/data/suite"}],
    "tasks": [],
}
RESULT: dict[str, Any] = {
    "id": "11111111-2222-3333-4444-555555555555",
    "started_at": "2026-01-02T03:04:05.25",
    "finished_at": "2026-01-02T04:04:05",
    "n_total_trials": 30,
    "stats": {"n_completed_trials": 29, "n_errored_trials": 2, "n_retries": 4, "evals": {"a__m__d": {"n_trials": 29}}},
    "trial_results": [],
}


def run_of(tmp_path: Path, name: str, content: Any) -> tuple[EvalRun, dict[str, str]]:
    artifact = write(tmp_path, f"jobs/2026-01-02__03-04-05/{name}", content)
    assert harbor_job.matches(artifact)
    assert not harbor_trial.matches(artifact)
    assert not harbor_trial_config.matches(artifact)
    (run,), bad = flattened(harbor_job, artifact)
    assert (run.run_directory, run.run_name) == (str(artifact.directory), "2026-01-02__03-04-05")
    return run, bad


def test_config(tmp_path: Path) -> None:
    run, bad = run_of(tmp_path, "config.json", CONFIG)
    assert bad == {}
    assert run == EvalRun(
        evidence="harbor_job_config",
        run_directory=str(tmp_path / "jobs" / "2026-01-02__03-04-05"),
        run_name="2026-01-02__03-04-05",
        agent_type="subq",
        model_id="m/1",
        dataset="swe@1.1",
        concurrency=16,
        attempts_per_task=3,
        timeout_multiplier=2.0,
        attempt1_tool_cap=40,
        retry_tool_cap=80,
    )


def test_old_config(tmp_path: Path) -> None:
    run, bad = run_of(tmp_path, "config.json", OLD_CONFIG)
    assert bad == {}
    assert (run.concurrency, run.agent_type, run.dataset) == (8, "harness:Agent", "suite")
    assert (run.timeout_multiplier, run.model_id) == (None, None)


@pytest.mark.parametrize(
    ("changes", "agent_type", "dataset"),
    [
        ({"agents": [{"name": "a"}, {"name": "b"}]}, None, "swe@1.1"),
        ({"agents": []}, None, "swe@1.1"),
        ({"datasets": [{"name": "x"}]}, "subq", "x"),
        ({"datasets": [{"name": "x"}, {"name": "y"}]}, "subq", None),
        ({"datasets": [{"name": "x"}, 5]}, "subq", None),
        ({"tasks": [{"path": "/one"}]}, "subq", None),
        ({"datasets": None}, "subq", None),
    ],
)
def test_only_what_holds_for_the_whole_run(
    tmp_path: Path, changes: dict[str, Any], agent_type: str | None, dataset: str | None
) -> None:
    run, bad = run_of(tmp_path, "config.json", CONFIG | changes)
    assert (run.agent_type, run.dataset, bad) == (agent_type, dataset, {})


def test_result(tmp_path: Path) -> None:
    run, bad = run_of(tmp_path, "result.json", RESULT)
    assert bad == {}
    assert run == EvalRun(
        evidence="harbor_job_result",
        run_directory=str(tmp_path / "jobs" / "2026-01-02__03-04-05"),
        run_name="2026-01-02__03-04-05",
        retry_count=4,
        trial_count=30,
        started_local_at=datetime(2026, 1, 2, 3, 4, 5, 250_000),
        finished_local_at=datetime(2026, 1, 2, 4, 4, 5),
    )


def test_result_with_zone_and_embedded_trials(tmp_path: Path) -> None:
    trials = [{"trial_name": "t", "task_name": "t", "verifier_result": None}]
    zoned = {"started_at": "2026-01-02T03:04:05Z", "finished_at": None, "trial_results": trials}
    run, _ = run_of(tmp_path, "result.json", RESULT | zoned)
    assert (run.started_at, run.started_local_at) == (datetime(2026, 1, 2, 3, 4, 5), None)
    assert (run.finished_at, run.finished_local_at) == (None, None)


def test_older_results(tmp_path: Path) -> None:
    old, _ = run_of(tmp_path, "result.json", RESULT | {"stats": {"n_trials": 29, "n_errors": 1}})
    assert (old.trial_count, old.retry_count) == (30, None)
    uncounted, _ = run_of(tmp_path, "result.json", RESULT | {"n_total_trials": None, "stats": {"n_trials": 29}})
    assert uncounted.trial_count == 29
    status, _ = run_of(tmp_path, "result.json", RESULT | {"stats": {}, "status": {"n_retries": 2}})
    assert status.retry_count == 2


def test_a_wrong_type_costs_itself_alone(tmp_path: Path) -> None:
    run, bad = run_of(tmp_path, "config.json", CONFIG | {"n_attempts": "3", "agents": ["a"]})
    assert set(bad) == {"/n_attempts", "/agents/0"}
    assert (run.concurrency, run.agent_type, run.attempts_per_task) == (16, None, None)
    run, bad = run_of(tmp_path, "result.json", RESULT | {"stats": 3, "started_at": "noon"})
    assert set(bad) == {"/stats", "/started_at"}
    assert run.trial_count == 30


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", {"model_type": "llama", "tasks": []}),
        ("config.json", {"agents": [], "tasks": []}),
        ("config.json", {"job_name": "alone"}),
        ("config.json", {"job_name": "j", "n_attempts": 1, "trial_name": "t", "task": {}}),
        ("result.json", {"stats": {}}),
        ("lock.json", CONFIG),
    ],
)
def test_foreign_files_are_left(tmp_path: Path, name: str, content: Any) -> None:
    assert not harbor_job.matches(write(tmp_path, f"job/{name}", content))


@pytest.mark.parametrize(("name", "content"), [("config.json", CONFIG), ("result.json", RESULT)])
def test_damage_is_always_contained(tmp_path: Path, name: str, content: Any) -> None:
    sound = json.dumps(content).encode()
    assert 0 < survives(harbor_job, lambda data: write(tmp_path, f"job/{name}", data), sound) < 400
    with pytest.raises(UnreadableArtifactError):
        list(harbor_job.flatten(write(tmp_path, f"job/{name}", b"")))
