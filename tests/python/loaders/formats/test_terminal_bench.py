"""Terminal-Bench run folders: all inputs are synthetic but those of the leaderboard, which are recounted."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders import tables
from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.terminal_bench import run as terminal_bench_run
from loaders.formats.terminal_bench import trial as terminal_bench_trial
from loaders.formats.terminal_bench.layout import LeaderboardPlace, leaderboard_place
from loaders.tables import EvalRun, Task, Trial
from tests.python.loaders.formats.damage import DAMAGE, damaged_bytes, retyped, survived
from tests.python.loaders.formats.harbor_inputs import flattened, owner, write

RUN = "synthetic-core@0.2/20260102_agent_model-1/nightly"
TRIAL: dict[str, Any] = {
    "id": "11111111-2222-3333-4444-555555555555",
    "trial_name": "fix-it.1-of-2.nightly",
    "task_id": "fix-it",
    "instruction": "Repair the clock.",
    "is_resolved": True,
    "failure_mode": "agent_timeout",
    "parser_results": {"test_runs": "passed", "test/slow~": "failed"},
    "recording_path": "nightly/fix-it/fix-it.1-of-2.nightly/sessions/agent.cast",
    "total_input_tokens": 1200,
    "total_output_tokens": 0,
    "trial_started_at": "2026-01-02T03:00:00.5+00:00",
    "trial_ended_at": "2026-01-02T03:10:00+00:00",
    "agent_started_at": "2026-01-02T03:00:10+00:00",
    "agent_ended_at": "2026-01-02T03:09:00+00:00",
    "test_started_at": "2026-01-02T04:09:10+01:00",
    "test_ended_at": "2026-01-02T03:09:50+00:00",
}
METADATA: dict[str, Any] = {
    "run_id": "nightly",
    "dataset_path": None,
    "dataset_name": "synthetic-core",
    "dataset_version": "0.2",
    "agent_name": "agent-of-ours",
    "model_name": "maker/model-1",
    "n_concurrent_trials": 4,
    "n_attempts": 2,
    "dataset_size": 80,
    "accuracy": 0.5,
    "start_time": "2026-01-02T03:00:00+00:00",
    "end_time": "2026-01-02T05:00:00+00:00",
}
RESULTS: dict[str, Any] = {"id": "f", "results": [TRIAL, TRIAL | {"id": "other"}], "n_resolved": 2, "accuracy": 1.0}


def trial_file(root: Path, content: Any) -> Artifact:
    return write(root, f"{RUN}/fix-it/fix-it.1-of-2.nightly/results.json", content)


def trial_of(root: Path, **changes: Any) -> tuple[Any, dict[str, str]]:
    rows, bad = flattened(terminal_bench_trial, trial_file(root, TRIAL | changes))
    (trial,) = (row for row in rows if isinstance(row, Trial))
    return trial, bad


def test_a_trial_lands_with_its_task_and_its_tests(tmp_path: Path) -> None:
    artifact = trial_file(tmp_path, TRIAL)
    assert owner(artifact) == terminal_bench_trial.NAME
    rows, bad = flattened(terminal_bench_trial, artifact)
    assert bad == {}
    assert rows == [
        Trial(
            evidence="terminal_bench_result",
            trial_directory=str(artifact.directory),
            run_directory=str(tmp_path / RUN),
            native_trial_id="11111111-2222-3333-4444-555555555555",
            trial_name="fix-it.1-of-2.nightly",
            task_name="fix-it",
            started_at=datetime(2026, 1, 2, 3, 0, 0, 500_000),
            finished_at=datetime(2026, 1, 2, 3, 10),
            agent_started_at=datetime(2026, 1, 2, 3, 0, 10),
            agent_finished_at=datetime(2026, 1, 2, 3, 9),
            verifier_started_at=datetime(2026, 1, 2, 3, 9, 10),
            verifier_finished_at=datetime(2026, 1, 2, 3, 9, 50),
            is_clock_local=False,
            has_verifier_result=True,
            reward=1.0,
            exception_type="agent_timeout",
            input_tokens_with_cache=1200,
            output_tokens=0,
        ),
        Task(task_id="fix-it", problem_statement="Repair the clock."),
        tables.TestResult(place="/parser_results/test_runs", task_id="fix-it", test_name="test_runs", is_success=True),
        tables.TestResult(
            place="/parser_results/test~1slow~0", task_id="fix-it", test_name="test/slow~", is_success=False
        ),
    ]


@pytest.mark.parametrize(
    ("changes", "reward", "exception_type", "has_verifier_result"),
    [
        ({"is_resolved": False, "failure_mode": "unset"}, 0.0, None, True),
        ({"is_resolved": False, "failure_mode": "none"}, 0.0, None, True),
        ({"is_resolved": None, "failure_mode": "test_timeout", "parser_results": None}, None, "test_timeout", False),
        ({"is_resolved": None, "failure_mode": "parse_error", "parser_results": None}, None, "parse_error", False),
        ({"failure_mode": None, "parser_results": {}}, 1.0, None, True),
    ],
)
def test_verdicts(
    tmp_path: Path, changes: Any, reward: float | None, exception_type: str | None, has_verifier_result: bool
) -> None:
    trial, bad = trial_of(tmp_path, **changes)
    assert bad == {}
    found = (trial.reward, trial.exception_type, trial.has_verifier_result)
    assert found == (reward, exception_type, has_verifier_result)


def test_two_zeros_are_no_usage(tmp_path: Path) -> None:
    trial, _ = trial_of(tmp_path, total_input_tokens=0, total_output_tokens=0)
    assert (trial.input_tokens_with_cache, trial.output_tokens) == (None, None)
    trial, _ = trial_of(tmp_path, total_input_tokens=None, total_output_tokens=None)
    assert (trial.input_tokens_with_cache, trial.output_tokens) == (None, None)


def test_an_older_trial_has_a_uuid_and_no_clocks(tmp_path: Path) -> None:
    older = {key: value for key, value in TRIAL.items() if not key.endswith("_at") and key != "id"} | {"uuid": "u-1"}
    rows, bad = flattened(terminal_bench_trial, trial_file(tmp_path, older))
    assert bad == {}
    assert (rows[0].native_trial_id, rows[0].started_at, rows[0].is_clock_local) == ("u-1", None, None)


def test_a_wrong_type_costs_itself_alone(tmp_path: Path) -> None:
    changes = {"is_resolved": "yes", "total_input_tokens": 2**70, "agent_started_at": "yesterday"}
    trial, bad = trial_of(tmp_path, **changes, parser_results={"a": "passed", "b": 7, "c": "skipped"})
    assert set(bad) == {
        "/is_resolved",
        "/total_input_tokens",
        "/agent_started_at",
        "/parser_results/b",
        "/parser_results/c",
    }
    assert (trial.reward, trial.exception_type, trial.has_verifier_result) == (None, "agent_timeout", True)
    trial, bad = trial_of(tmp_path, parser_results=["passed"])
    assert (list(bad), trial.has_verifier_result) == (["/parser_results"], None)


def test_a_run_is_named_by_its_folder(tmp_path: Path) -> None:
    artifact = write(tmp_path, f"{RUN}/run_metadata.json", METADATA)
    assert owner(artifact) == terminal_bench_run.NAME
    ended = write(tmp_path, f"{RUN}/results.json", RESULTS)
    assert owner(ended) == terminal_bench_run.NAME
    run_directory = str(tmp_path / RUN)
    assert flattened(terminal_bench_run, artifact) == (
        [
            EvalRun(
                evidence="terminal_bench_metadata",
                run_directory=run_directory,
                run_name="nightly",
                submission="20260102_agent_model-1",
                agent_type="agent-of-ours",
                model_id="maker/model-1",
                dataset="synthetic-core@0.2",
                concurrency=4,
                attempts_per_task=2,
                started_at=datetime(2026, 1, 2, 3),
                finished_at=datetime(2026, 1, 2, 5),
            )
        ],
        {},
    )
    assert flattened(terminal_bench_run, ended) == (
        [
            EvalRun(
                evidence="terminal_bench_results",
                run_directory=run_directory,
                run_name="nightly",
                submission="20260102_agent_model-1",
                agent_type="agent",
                model_id="model-1",
                dataset="synthetic-core@0.2",
                trial_count=2,
            )
        ],
        {},
    )


@pytest.mark.parametrize(
    ("changes", "dataset"),
    [
        ({"dataset_version": None}, "synthetic-core"),
        ({"dataset_name": None, "dataset_path": "/data/suites/ours/"}, "ours"),
        ({"dataset_name": None}, None),
    ],
)
def test_datasets(tmp_path: Path, changes: Any, dataset: str | None) -> None:
    (run,), _ = flattened(terminal_bench_run, write(tmp_path, "runs/r/run_metadata.json", METADATA | changes))
    assert (run.dataset, run.submission) == (dataset, None)


@pytest.mark.parametrize(
    ("folder", "place"),
    [
        ("core@0.1/20260102_agent_model_x", ("20260102_agent_model_x", "core@0.1", "agent", "model_x")),
        ("core:0.1/20260102_a-b_m/run", ("20260102_a-b_m", "core@0.1", "a-b", "m")),
        ("core@0.1/20260102_a_m/run/nested", ("20260102_a_m", "core@0.1", "a", "m")),
        ("core@0.1/ours-01-02/run", ("ours-01-02", "core@0.1", None, None)),
        ("runs/20260102_a_m/run", (None, None, None, None)),
    ],
)
def test_folders_of_a_leaderboard(folder: str, place: tuple[str | None, ...]) -> None:
    assert leaderboard_place(Path("/data") / folder) == LeaderboardPlace(*place)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("results.json", {"no_generation": [], "resolved": ["a"]}),
        ("results.json", {"results": [{"text": "no run of a benchmark"}]}),
        ("results.json", {"trial_name": "a name alone"}),
        ("run_metadata.json", {"run_id": "of another tool"}),
        ("result.json", TRIAL),
    ],
)
def test_other_files_are_left_alone(tmp_path: Path, name: str, content: Any) -> None:
    artifact = write(tmp_path, name, content)
    assert not terminal_bench_trial.matches(artifact)
    assert not terminal_bench_run.matches(artifact)


def test_a_file_without_an_object_is_unreadable(tmp_path: Path) -> None:
    for content in (b"", b"[1]", json.dumps(TRIAL).encode()[:-1]):
        with pytest.raises(UnreadableArtifactError):
            list(terminal_bench_trial.flatten(trial_file(tmp_path, content)))


@DAMAGE
@given(st.data())
def test_damage_is_contained(tmp_path: Path, data: st.DataObject) -> None:
    for module, name, sound in (
        (terminal_bench_trial, "a/b/results.json", TRIAL),
        (terminal_bench_run, "a/results.json", RESULTS),
        (terminal_bench_run, "a/run_metadata.json", METADATA),
    ):
        survived(module, write(tmp_path, name, data.draw(damaged_bytes(json.dumps(sound).encode()))))
        assert survived(module, write(tmp_path, name, data.draw(retyped(sound))))
