"""Outcomes without attempts: matrices, tables of trials, HAL uploads."""

from __future__ import annotations

import csv
import io
import json
import random
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.discover import classify
from loaders.formats import FORMATS
from loaders.formats.responses import hal, matrix, trial_rows
from loaders.formats.responses.outcome import NoOutcomeError, outcome
from loaders.tables import BadRecord, Record, Response
from tests.python.loaders.formats.landable import land

MATRIX = ",colbench.1,colbench.2,scicode.9\nagent-a,1,0.5,\nagent-b,,0.0,1\n"
TRIALS = (
    "submission,id,trial_name,task_id,is_resolved,failure_mode,total_input_tokens,total_output_tokens,"
    "trial_started_at,trial_ended_at,n_tests,n_tests_passed\n"
    "one,x-1,t.1-of-2,t,True,agent_timeout,10.0,3,2026-01-01T00:00:00+00:00,2026-01-01T00:01:00+00:00,2,2\n"
    "one,,t.2-of-2,t,,parse_error,,,,,0,0\n"
)
UPLOAD: dict[str, Any] = {
    "config": {
        "agent_name": "Generalist",
        "benchmark_name": "usaco",
        "date": "2026-01-02",
        "run_id": "usaco_1",
        "agent_args": {"model_name": "m-1", "temperature": 0.7},
    },
    "results": {"accuracy": 0.5, "successful_tasks": ["1_a"], "failed_tasks": ["2_b", "3_c"]},
    "wall_clock_times": {"1_a": 12.5, "2_b": None},
    "raw_logging_results": [{"anything": []}],
}
CASES: list[tuple[Any, str, str]] = [
    (matrix, "some_response_matrix.csv", MATRIX),
    (trial_rows, "some_trials.csv", TRIALS),
    (hal, "run_UPLOAD.json", json.dumps(UPLOAD)),
]


def flatten(module: Any, path: Path, content: str) -> list[Record]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    artifact = Artifact(path, path.parent)
    assert owner(artifact) is module
    return list(module.flatten(artifact))


def owner(artifact: Artifact) -> Any:
    return classify(artifact, cast(Any, FORMATS))


def cells(records: list[Record]) -> list[tuple[str | None, str, float | None]]:
    return [(each.agent_name, each.task_id, each.value) for each in records if isinstance(each, Response)]


def test_a_matrix_lands_what_was_run(tmp_path: Path) -> None:
    records = flatten(matrix, tmp_path / "some_response_matrix.csv", MATRIX)

    assert cells(records) == [
        ("agent-a", "colbench.1", 1.0),
        ("agent-a", "colbench.2", 0.5),
        ("agent-b", "colbench.2", 0.0),
        ("agent-b", "scicode.9", 1.0),
    ]
    assert records[1] == Response(
        place="line 2, column 3", agent_name="agent-a", dataset="some", task_id="colbench.2", value=0.5
    )


@pytest.mark.parametrize(
    ("place", "revision", "member", "measure"),
    [
        ("pre-revision/colbench_backend_programming/raw_score.csv", "pre-revision", None, "raw_score"),
        ("post-revision/colbench_backend_programming/resmat/resmat_3.csv", "post-revision", "resmat_3", None),
    ],
)
def test_the_folders_of_agent_eval_name_benchmark_and_revision(
    tmp_path: Path, place: str, revision: str, member: str | None, measure: str | None
) -> None:
    content = MATRIX.replace("agent-a", "colbench.agent-a")
    records = flatten(matrix, tmp_path / place, content)

    # the column of another benchmark has a matrix of its own, and the prefixes go
    assert cells(records) == [("agent-a", "1", 1.0), ("agent-a", "2", 0.5), ("agent-b", "2", 0.0)]
    assert records[0] == Response(
        place="line 2, column 2",
        run_directory=str((tmp_path / place).parent),
        agent_name="agent-a",
        dataset="colbench_backend_programming",
        revision=revision,
        ensemble_member=member,
        measure=measure,
        task_id="1",
        value=1.0,
    )


def test_what_a_matrix_cannot_hold_is_quarantined_by_place(tmp_path: Path) -> None:
    content = 'agent,i1,i1,,i2\na,1,0,1,7\n,1,1,1,1\nb,yes,0,1,nan\nc,1\n"d",False,,,NA\n'
    records = flatten(matrix, tmp_path / "pre-revision" / "bench" / "benchmark.csv", content)

    assert cells(records) == [("a", "i1", 1.0), ("d", "i1", 0.0)]
    assert [(each.place, each.reason) for each in records if isinstance(each, BadRecord)] == [
        ("line 1, column 3", "a column that is named twice"),
        ("line 1, column 4", "a column without a name"),
        ("line 2, column 5", "an outcome outside 0 to 1"),
        ("line 3", "a row without an agent"),
        ("line 4, column 2", "an outcome that is no number"),
        ("line 5", "2 cells under a header of 5"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        ",a,b\nx,1,2\n",
        ",a,b\nx,,\n",
        "name,a\nx,1\n",
        "agent\nx\n",
        ",a,b\n",
        ",date,price\nx,2026-01-01,0.5\n",
        "",
    ],
)
def test_what_is_no_matrix(tmp_path: Path, content: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(content)
    assert not matrix.matches(Artifact(path, tmp_path))


def test_a_wide_matrix_is_known_by_its_folder(tmp_path: Path) -> None:
    header = ",".join(f"item-{number:06d}" for number in range(10_000))
    content = f",{header}\na{',1' * 10_000}\n"
    assert len(flatten(matrix, tmp_path / "pre-revision" / "bench" / "raw_score.csv", content)) == 10_000


def test_trials_land_with_their_failures(tmp_path: Path) -> None:
    first, second = flatten(trial_rows, tmp_path / "some_trials.csv", TRIALS)

    assert first == Response(
        place="line 2",
        agent_name="one",
        dataset="some",
        task_id="t",
        trial_name="t.1-of-2",
        native_trial_id="x-1",
        value=1.0,
        failure_mode="agent_timeout",
        test_count=2,
        passed_test_count=2,
        input_tokens_with_cache=10,
        output_tokens=3,
        wall_time_s=60.0,
        occurred_at=datetime(2026, 1, 1),
    )
    assert second == Response(
        place="line 3",
        agent_name="one",
        dataset="some",
        task_id="t",
        trial_name="t.2-of-2",
        failure_mode="parse_error",
        test_count=0,
        passed_test_count=0,
    )


def test_a_row_without_an_outcome_of_someone_is_quarantined(tmp_path: Path) -> None:
    content = "agent,task,score,benchmark\na,t,0.25,b\na,t,2,b\n,t,1,b\na,,1,b\n"
    records = flatten(trial_rows, tmp_path / "rows.csv", content)

    assert cells(records) == [("a", "t", 0.25)]
    assert isinstance(records[0], Response) and records[0].dataset == "b"
    assert [each.place for each in records if isinstance(each, BadRecord)] == ["line 3", "line 4", "line 5"]


def test_predictions_and_dataset_rows_are_no_trials(tmp_path: Path) -> None:
    for header in ("instance_id,model,resolved,model_patch", "agent,task_id", "task_id,resolved"):
        path = tmp_path / "rows.csv"
        path.write_text(header + "\n")
        assert not trial_rows.matches(Artifact(path, tmp_path)), header


def test_an_upload_lands_its_two_lists(tmp_path: Path) -> None:
    records = flatten(hal, tmp_path / "usaco_1_UPLOAD.json", json.dumps(UPLOAD))

    assert cells(records) == [
        ("Generalist", "1_a", 1.0),
        ("Generalist", "2_b", 0.0),
        ("Generalist", "3_c", 0.0),
    ]
    assert records[0] == Response(
        place="/results/successful_tasks/0",
        run_name="usaco_1",
        agent_name="Generalist",
        model_id="m-1",
        dataset="usaco",
        task_id="1_a",
        value=1.0,
        wall_time_s=12.5,
        occurred_at=datetime(2026, 1, 2),
    )


def test_a_task_that_is_solved_and_failed_has_no_outcome(tmp_path: Path) -> None:
    results = {"successful_tasks": ["a", 7], "failed_tasks": ["a", "b"]}
    records = flatten(hal, tmp_path / "r_UPLOAD.json", json.dumps({**UPLOAD, "results": results}))

    assert cells(records) == [("Generalist", "a", None), ("Generalist", "b", 0.0)]
    assert [each.place for each in records if isinstance(each, BadRecord)] == [
        "/results/successful_tasks/1",
        "/results/failed_tasks/0",
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1.0), (" 0.25 ", 0.25), ("True", 1.0), ("false", 0.0), ("", None), ("NaN", None), ("NA", None)],
)
def test_outcomes(text: str, value: float | None) -> None:
    assert outcome(text) == value


@pytest.mark.parametrize("text", ["-0.1", "1.01", "inf", "passed"])
def test_what_is_no_outcome(text: str) -> None:
    with pytest.raises(NoOutcomeError):
        outcome(text)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(min_size=1).filter(lambda text: text == text.strip()), min_size=1, max_size=4, unique=True),
    st.lists(st.lists(st.none() | st.floats(0, 1), min_size=4, max_size=4), min_size=1, max_size=4),
)
def test_a_matrix_that_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, items: list[str], rows: list[list[float | None]]
) -> None:
    written = io.StringIO()
    writer = csv.writer(written)
    items = [item for item in items if not set(item) & {"\r", "\n", "\0"} and item.isprintable()] or ["i"]
    writer.writerow(["", *items])
    for number, row in enumerate(rows):
        writer.writerow([f"agent {number}", *row[: len(items)]])
    path = tmp_path_factory.mktemp("matrix") / "m.csv"
    path.write_text(written.getvalue(), encoding="utf-8", newline="")

    assert cells(list(matrix.flatten(Artifact(path, path.parent)))) == [
        (f"agent {number}", item, value)
        for number, row in enumerate(rows)
        for item, value in zip(items, row, strict=False)
        if value is not None
    ]


@pytest.mark.parametrize(("module", "name", "content"), CASES, ids=["matrix", "trials", "hal"])
def test_damaged_bytes(tmp_path: Path, module: Any, name: str, content: str) -> None:
    path, data = tmp_path / name, content.encode()
    generator = random.Random(20)
    damaged = [data[:end] for end in range(len(data))]
    for _ in range(300):
        broken = bytearray(data)
        for _ in range(generator.randint(1, 4)):
            broken[generator.randrange(len(broken))] ^= 1 << generator.randrange(8)
        damaged.append(bytes(broken))
    for each in damaged:
        path.write_bytes(each)
        artifact = Artifact(path, tmp_path)
        module.matches(artifact)
        try:
            land(module.flatten(artifact))
        except UnreadableArtifactError as error:
            assert error.reason


def wrong_types(content: Any) -> list[Any]:
    found: list[Any] = [None, True, 7, -1.5, "text", [], [None], {}, {"a": None}]
    if isinstance(content, dict):
        for key, value in content.items():
            found += [{**content, key: other} for other in wrong_types(value)]
    return found


def test_wrong_types_in_an_upload(tmp_path: Path) -> None:
    path = tmp_path / "r_UPLOAD.json"
    for document in wrong_types(UPLOAD):
        path.write_text(json.dumps(document))
        try:
            land(hal.flatten(Artifact(path, tmp_path)))
        except UnreadableArtifactError as error:
            assert error.reason


def test_real_matrix(fixtures: Path) -> None:
    path = fixtures / "response_matrices/swebench_verified_response_matrix.csv"
    artifact = Artifact(path, fixtures)
    assert owner(artifact) is matrix
    landed = cells(list(matrix.flatten(artifact)))
    with path.open(newline="") as stream:
        header, *rows = csv.reader(stream)
    assert landed == [
        (row[0], item, float(cell)) for row in rows for item, cell in zip(header[1:], row[1:], strict=True) if cell
    ]
    assert len(rows) == 18 and len(header) == 501


def test_real_trials(fixtures: Path) -> None:
    path = fixtures / "response_matrices/terminal_bench_trials.csv"
    artifact = Artifact(path, fixtures)
    assert owner(artifact) is trial_rows
    records = list(trial_rows.flatten(artifact))
    assert all(isinstance(each, Response) for each in records) and len(records) == 3543
    responses = [each for each in records if isinstance(each, Response)]
    assert Counter((each.failure_mode, each.value) for each in responses) == {
        ("unset", 1.0): 1117,
        ("unset", 0.0): 1179,
        ("agent_timeout", 1.0): 239,
        ("agent_timeout", 0.0): 782,
        ("parse_error", None): 123,
        ("test_timeout", None): 98,
        ("agent_installation_failed", 0.0): 4,
        ("unknown_agent_error", 0.0): 1,
    }
    identity = {(each.agent_name, each.trial_name, each.occurred_at) for each in responses}
    assert len(responses) - len(identity) == 43
    assert {each.dataset for each in responses} == {"terminal_bench"}
