"""The SWE-bench formats: reports, graded patches, summaries, predictions, resolved lists, submission metadata."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from loaders import tables
from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.rows import dataset_rows, results_rows
from loaders.formats.swebench import patch as swebench_patch
from loaders.formats.swebench import predictions as swebench_predictions
from loaders.formats.swebench import report as swebench_report
from loaders.formats.swebench import resolved as swebench_resolved
from loaders.formats.swebench import submission_metadata
from loaders.formats.swebench import summary as swebench_summary
from loaders.tables import Attempt, AttemptFile, BadRecord, EvalRun, Record, Response

MODULES: tuple[Any, ...] = (
    swebench_report,
    swebench_patch,
    swebench_summary,
    swebench_predictions,
    swebench_resolved,
    results_rows,
    submission_metadata,
    dataset_rows,
)
R = TypeVar("R", bound=Record)


def artifact(root: Path, name: str, content: Any, siblings: Iterable[str] = ()) -> Artifact:
    """A synthetic file: text and bytes as they are, anything else as JSON."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content if isinstance(content, bytes) else str(content).encode()
    path.write_bytes(data if isinstance(content, bytes | str) else json.dumps(content).encode())
    return Artifact(path, root, frozenset(siblings))


def owner(file: Artifact) -> Any:
    """The one module that claims a file, None where none does."""
    claims = [module for module in MODULES if module.matches(file)]
    assert len(claims) < 2, [module.NAME for module in claims]
    return claims[0] if claims else None


def landed(file: Artifact, module: Any) -> list[Record]:
    assert owner(file) is module
    return list(module.flatten(file))


def of(records: Iterable[Record], kind: type[R]) -> list[R]:
    return [record for record in records if isinstance(record, kind)]


def real(root: Path, module: Any) -> dict[Path, list[Record]]:
    """Records of every real file below `root` that `module` claims."""
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]
    found = [Artifact(path, root, frozenset(other.name for other in path.parent.iterdir())) for path in files]
    return {file.path: list(module.flatten(file)) for file in found if owner(file) is module}


# Real files


def test_real_reports_equal_a_plain_recount(fixtures: Path) -> None:
    by_path = real(fixtures / "swebench/vexp/logs", swebench_report)
    assert len(by_path) == 98
    resolved = 0
    for path, records in by_path.items():
        [(task_id, report)] = json.loads(path.read_bytes()).items()
        [attempt] = of(records, Attempt)
        tests = report["tests_status"]
        assert attempt.task_id == task_id == path.parent.name
        assert attempt.run_directory == str(path.parent.parent)
        assert attempt.run_name == "vexp-swebench-1774184993333/vexp-swebench-1774184993333"
        assert (attempt.report_shape, attempt.has_tests_status) == ("gold_class", True)
        assert attempt.is_patch_applied is report["patch_successfully_applied"]
        assert attempt.fail_to_pass_success == len(tests["FAIL_TO_PASS"]["success"])
        assert attempt.fail_to_pass_failure == len(tests["FAIL_TO_PASS"]["failure"])
        assert attempt.pass_to_pass_success == len(tests["PASS_TO_PASS"]["success"])
        assert attempt.pass_to_pass_failure == len(tests["PASS_TO_PASS"]["failure"])
        assert attempt.pass_to_fail_failure == attempt.fail_to_fail_success == 0
        expected = Counter(
            (gold_class, outcome == "success")
            for gold_class, outcomes in tests.items()
            for outcome, names in outcomes.items()
            for _ in names
        )
        assert Counter((test.gold_class, test.is_success) for test in of(records, tables.TestResult)) == expected
        resolved += attempt.is_resolved is True
    assert resolved == 73


def test_real_graded_patches(fixtures: Path) -> None:
    graded = real(fixtures / "swebench/vexp/logs", swebench_patch)
    attempts = of((record for records in graded.values() for record in records), Attempt)
    assert len(attempts) == 99
    assert {attempt.run_name for attempt in attempts} == {"vexp-swebench-1774184993333/vexp-swebench-1774184993333"}
    assert not any(attempt.is_patch_empty for attempt in attempts)
    assert all(of(records, AttemptFile) for records in graded.values())

    [submission] = (fixtures / "swebench/vorflux/evaluation/verified").iterdir()
    patches = real(submission / "patches", swebench_patch)
    assert len(patches) == 500
    for path, records in patches.items():
        [attempt] = of(records, Attempt)
        assert (attempt.run_directory, attempt.run_name, attempt.task_id) == (str(submission), None, path.stem)
        assert len(of(records, AttemptFile)) == path.read_text().count("diff --git ")


def test_real_summary(fixtures: Path) -> None:
    [(path, records)] = real(fixtures / "swebench/vexp", swebench_summary).items()
    [run] = of(records, EvalRun)
    assert run.run_name == "vexp-swebench-1774184993333.vexp-swebench-1774184993333"
    attempts = of(records, Attempt)
    raw = json.loads(path.read_bytes())
    assert {attempt.task_id for attempt in attempts} == set(raw["submitted_ids"])
    assert Counter(attempt.is_resolved for attempt in attempts) == {True: 73, False: 26, None: 1}
    [empty] = [attempt for attempt in attempts if attempt.is_patch_empty]
    assert (empty.task_id, empty.is_completed, empty.is_resolved) == ("django__django-13513", False, None)
    assert sum(attempt.is_completed is True for attempt in attempts) == 99
    assert {attempt.is_error for attempt in attempts} == {False}


def test_real_lists_of_2024(fixtures: Path) -> None:
    by_path = real(fixtures / "swebench/auto-code-rover", swebench_summary)
    counts = {}
    for path, records in by_path.items():
        attempts = of(records, Attempt)
        assert {attempt.run_name for attempt in attempts} == {attempt.run_directory for attempt in attempts} == {None}
        counts[path.parent.parent.name] = (
            len(attempts),
            sum(attempt.is_patch_applied is True for attempt in attempts),
            sum(attempt.is_patch_applied is False for attempt in attempts),
            sum(attempt.is_resolved is True for attempt in attempts),
            sum(attempt.is_resolved is False for attempt in attempts),
        )
    assert counts == {
        "acr-run-1": (249, 245, 4, 54, 195),
        "acr-run-2": (238, 234, 4, 57, 181),
        "acr-run-3": (242, 240, 2, 57, 185),
        "acr-val-only": (254, 251, 3, 55, 199),
        "acr-val-sbfl": (264, 262, 1, 66, 198),
    }


def test_real_predictions(fixtures: Path) -> None:
    found = {}
    for path, records in (
        real(fixtures / "swebench", swebench_predictions) | real(fixtures / "swe_agent_traj", swebench_predictions)
    ).items():
        attempts = of(records, Attempt)
        found[f"{path.parent.name[:8]}/{path.name}"] = (len(attempts), sum(bool(a.is_patch_empty) for a in attempts))
        assert not of(records, BadRecord)
        assert {attempt.run_directory for attempt in attempts} == {None}
        if path.suffix == ".jsonl":
            raw = [json.loads(line) for line in path.read_text().splitlines()]
            assert [(a.task_id, a.patch, a.model_id) for a in attempts] == [
                (row["instance_id"], row["model_patch"], row["model_name_or_path"]) for row in raw
            ]
    assert found == {
        "cost_2_1/all_preds.jsonl": (271, 26),
        "cost_2_2/all_preds.jsonl": (268, 25),
        "cost_2_3/all_preds.jsonl": (268, 30),
        "eval-log/predictions.jsonl": (100, 1),
        "20250519/all_preds.jsonl": (500, 0),
        "gpt4__sw/all_preds.jsonl": (1, 0),
        "test_dat/results.json": (1, 0),
    }


def test_real_resolved_lists(fixtures: Path) -> None:
    found = real(fixtures / "swebench", swebench_resolved)
    assert len(found) == 13
    by_name = {path.name: records for path, records in found.items()}

    results = by_name["results.json"]
    [run] = of(results, EvalRun)
    assert run.run_directory is not None and run.run_directory.endswith("20250519_vorflux_opus46-code_gpt55h-review")
    assert len(of(results, Attempt)) == len(of(results, Response)) == 442
    assert {attempt.is_resolved for attempt in of(results, Attempt)} == {True}
    assert {response.is_list_of_resolved for response in of(results, Response)} == {True}

    for name, system, count in (
        ("livesweagent-resolved.json", "Live-SWE-Agent (Opus 4.5)", 396),
        ("sonar-resolved.json", "Sonar Foundation (Opus 4.5)", 396),
        ("openhands-resolved.json", "OpenHands (Opus 4.5)", 388),
    ):
        responses = of(by_name[name], Response)
        assert len(by_name[name]) == len(responses) == count
        assert {(response.agent_name, response.value) for response in responses} == {(system, 1.0)}

    cells = of(by_name["info_for_leaderboard.json"], Response)
    [path] = [path for path in found if path.name == "info_for_leaderboard.json"]
    raw = {(model, iid): cell for model, row in json.loads(path.read_bytes()).items() for iid, cell in row.items()}
    assert {(cell.model_id, cell.task_id): (cell.value, cell.cost_usd, cell.llm_call_count) for cell in cells} == {
        key: (float(cell["resolved"]), cell["cost"], cell["api_calls"]) for key, cell in raw.items()
    }
    assert len(cells) == 2000 and not any(cell.is_list_of_resolved for cell in cells)

    finals = {path.parent.parent.name: records for path, records in found.items() if path.name == "final_report.json"}
    assert len(of(finals["acr-run-1"], Attempt)) == len(of(finals["acr-run-1"], Response)) == 48


def test_real_metadata(fixtures: Path) -> None:
    [(path, [run])] = real(fixtures / "swebench", submission_metadata).items()
    assert isinstance(run, EvalRun)
    assert (run.run_directory, run.model_id) == (str(path.parent), None)
    assert run.agent_type == "Vorflux (Opus 4.6 Code + GPT-5.5 High Review)"


def test_nothing_else_is_claimed(fixtures: Path) -> None:
    unclaimed = ("resolved_by_repo.json", "resolved_by_time.json", "leaderboard.json", "runs.schema.md", "args.yaml")
    paths = [path for name in unclaimed for path in fixtures.rglob(name)]
    paths += [*fixtures.rglob("*.traj*"), *fixtures.glob("swebench/**/trajs/*")]
    for folder in ("claude_code", "codex", "harbor_jobs", "hermes", "opentraces", "pi_sessions", "swival", "trail"):
        paths += [path for path in (fixtures / folder).rglob("*") if path.is_file()]
    assert len(paths) > 200
    assert [path for path in paths if owner(Artifact(path, fixtures)) is not None] == []


# Synthetic files

GRADED = {
    "patch_is_None": False,
    "patch_exists": True,
    "patch_successfully_applied": True,
    "resolved": False,
    "tests_status": {
        "FAIL_TO_PASS": {"success": ["a"], "failure": ["b", "c"]},
        "PASS_TO_PASS": {"success": ["d"], "failure": ["e"]},
        "FAIL_TO_FAIL": {"success": [], "failure": []},
        "PASS_TO_FAIL": {"success": [], "failure": []},
    },
}


@pytest.mark.parametrize(
    ("name", "run_directory", "run_name"),
    [
        ("logs/run_evaluation/r/m/x__y-1/report.json", "logs/run_evaluation/r/m", "r/m"),
        ("logs/evaluation/r/m/x__y-1/report.json", "logs/evaluation/r/m", "r/m"),
        ("logs/run_evaluation/r/x__y-1/report.json", "logs/run_evaluation/r", "r"),
        ("20250101_agent/logs/x__y-1/report.json", "20250101_agent", None),
        ("somewhere/deep/x__y-1/report.json", "somewhere/deep", None),
        ("job/x__y-1__abc/verifier/report.json", None, None),
        ("job/x__y-1__abc/steps/one/verifier/report.json", None, None),
    ],
)
def test_report_identity(tmp_path: Path, name: str, run_directory: str | None, run_name: str | None) -> None:
    expected = str(tmp_path / run_directory) if run_directory else None
    [wrapped] = of(landed(artifact(tmp_path, name, {"x__y-1": GRADED}), swebench_report), Attempt)
    assert (wrapped.run_directory, wrapped.run_name, wrapped.task_id) == (expected, run_name, "x__y-1")
    [flat] = of(landed(artifact(tmp_path, name, GRADED), swebench_report), Attempt)
    task_id = None if "verifier" in name else "x__y-1"
    assert (flat.run_directory, flat.run_name, flat.task_id) == (expected, run_name, task_id)
    assert (flat.fail_to_pass_success, flat.fail_to_pass_failure, flat.pass_to_pass_failure) == (1, 2, 1)


def test_report_without_tests(tmp_path: Path) -> None:
    report = {
        "x__y-1": {"patch_is_None": True, "patch_exists": False, "resolved": False},
        "x__y-2": {"patch_exists": True, "patch_successfully_applied": False, "infra_failure": True, "resolved": 0},
        "x__y-3": {"patch_exists": True, "infra_failure": False, "infra_failure_reason": "stale", "resolved": None},
        "x__y-4": {"infra_failure": True, "infra_failure_reason": "no_tests_collected", "tests_status": {}},
    }
    file = artifact(tmp_path, "run/x/report.json", report)
    attempts = of(landed(file, swebench_report), Attempt)
    assert [(a.is_patch_empty, a.is_patch_applied, a.is_resolved, a.infra_failure) for a in attempts] == [
        (True, None, False, None),
        (None, False, False, "infra_failure"),
        (None, None, None, None),
        (None, None, None, "no_tests_collected"),
    ]
    for attempt in attempts:
        assert attempt.has_tests_status is False
        assert {attempt.report_shape, attempt.fail_to_pass_success, attempt.pass_to_pass_failure} == {None}


def test_report_of_transitions(tmp_path: Path) -> None:
    status = {"FAIL_TO_PASS": ["a"], "PASS_TO_PASS": ["b", "c"], "PASS_TO_FAIL": ["d"], "FAIL_TO_FAIL": ["e"]}
    counts = {name: len(tests) for name, tests in status.items()}
    for value in (status, counts):
        file = artifact(tmp_path, "run/x/report.json", {"x__y-1": {"resolved": False, "tests_status": value}})
        records = landed(file, swebench_report)
        [attempt] = of(records, Attempt)
        assert attempt.report_shape == "transition"
        assert (attempt.fail_to_pass_success, attempt.fail_to_pass_failure) == (1, 1)
        assert (attempt.pass_to_pass_success, attempt.pass_to_pass_failure) == (2, 1)
        assert attempt.pass_to_fail_failure is attempt.fail_to_fail_failure is None
        tests = {(test.test_name, test.gold_class, test.is_success) for test in of(records, tables.TestResult)}
        assert tests == (
            {
                ("a", "FAIL_TO_PASS", True),
                ("b", "PASS_TO_PASS", True),
                ("c", "PASS_TO_PASS", True),
                ("d", "PASS_TO_PASS", False),
                ("e", "FAIL_TO_PASS", False),
            }
            if value is status
            else set()
        )


def test_a_bad_instance_costs_itself_alone(tmp_path: Path) -> None:
    report = {"x__y-1": GRADED, "x/y~2": {**GRADED, "tests_status": {"FAIL_TO_PASS": "all"}}, "x__y-3": GRADED}
    records = landed(artifact(tmp_path, "run/x/report.json", report), swebench_report)
    assert [attempt.task_id for attempt in of(records, Attempt)] == ["x__y-1", "x__y-3"]
    [bad] = of(records, BadRecord)
    assert bad.place == "/x~1y~02"

    mixed = {"x__y-1": {"resolved": True, "tests_status": {"FAIL_TO_PASS": {"success": ["a"]}, "PASS_TO_PASS": 3}}}
    [bad_record, attempt] = landed(artifact(tmp_path, "run/x/report.json", mixed), swebench_report)
    assert isinstance(bad_record, BadRecord) and bad_record.place == "/x__y-1/tests_status"
    assert isinstance(attempt, Attempt) and attempt.is_resolved is True
    assert {attempt.has_tests_status, attempt.report_shape, attempt.fail_to_pass_success} == {None}


def test_patch_identity(tmp_path: Path) -> None:
    diff = "diff --git a/f.py b/f.py\n--- a/f.py\n+++ b/f.py\n@@ -1 +1,2 @@\n-a\n+b\n+c\n"
    records = landed(artifact(tmp_path, "sub/logs/x__y-1/patch.diff", diff), swebench_patch)
    [attempt], [file] = of(records, Attempt), of(records, AttemptFile)
    assert (attempt.run_directory, attempt.task_id, attempt.patch) == (str(tmp_path / "sub"), "x__y-1", diff)
    assert (file.path, file.added_lines, file.deleted_lines, file.file_index) == ("f.py", 2, 1, 0)
    assert file.attempt_place == attempt.place and file.task_id == attempt.task_id

    [blank] = landed(artifact(tmp_path, "sub/patches/x__y.1f-2.patch", " \n"), swebench_patch)
    assert isinstance(blank, Attempt)
    assert (blank.run_directory, blank.task_id, blank.is_patch_empty) == (str(tmp_path / "sub"), "x__y.1f-2", True)

    latin = landed(artifact(tmp_path, "sub/logs/x__y-1/patch.diff", diff.encode() + b" \xe9\n"), swebench_patch)
    assert "\ufffd" in str(of(latin, Attempt)[0].patch) and of(latin, AttemptFile)

    beside = artifact(tmp_path, "any/x/patch.diff", diff, ["report.json.gz", "patch.diff"])
    assert owner(beside) is swebench_patch
    for name in ("debian/patches/fix-build.patch", "src/patch.diff", "t/verifier/patch.diff"):
        assert owner(artifact(tmp_path, name, diff)) is None


def test_summary_with_failures(tmp_path: Path) -> None:
    summary = {
        "total_instances": 9,
        "submitted_instances": 7,
        "submitted_ids": ["ok", "no", "infra", "vague", "err", "wait", "blank", 7],
        "completed_ids": ["ok", "no", "infra", "vague"],
        "incomplete_ids": ["absent"],
        "pending_ids": ["wait"],
        "resolved_ids": ["ok"],
        "unresolved_ids": ["vague"],
        "empty_patch_ids": ["blank"],
        "error_ids": ["err"],
        "infra_failure_ids": ["infra"],
        "ambiguous_failure_ids": ["vague"],
        "failure_reasons": {"vague": "no_tests_collected"},
        "unstopped_containers": ["container"],
        "schema_version": 2,
    }
    records = landed(artifact(tmp_path, "org__model.run.1.json", summary), swebench_summary)
    [run] = of(records, EvalRun)
    assert run.run_name == "org__model.run.1" and run.run_directory is None
    attempts = {attempt.task_id: attempt for attempt in of(records, Attempt)}
    assert {key: (a.is_resolved, a.is_completed, a.is_error, a.infra_failure) for key, a in attempts.items()} == {
        "ok": (True, True, False, None),
        "no": (False, True, False, None),
        "infra": (None, True, True, "infra_failure"),
        "vague": (False, True, True, "no_tests_collected"),
        "err": (None, False, True, None),
        "wait": (None, False, False, None),
        "blank": (None, False, False, None),
    }
    assert {key for key, attempt in attempts.items() if attempt.is_patch_empty} == {"blank"}
    assert attempts["ok"].place == "/submitted_ids/0"
    assert [bad.place for bad in of(records, BadRecord)] == ["/submitted_ids/7"]


def test_summary_inside_the_log_tree_takes_the_run_from_its_folder(tmp_path: Path) -> None:
    summary = {"total_instances": 1, "completed_ids": ["x__y-1"], "resolved_ids": []}
    records = landed(artifact(tmp_path, "logs/evaluation/run-1/results.json", summary), swebench_summary)
    assert [run.run_name for run in of(records, EvalRun)] == ["run-1"]
    assert [attempt.is_resolved for attempt in of(records, Attempt)] == [False]


def test_a_summary_inside_another_document_is_not_a_summary(tmp_path: Path) -> None:
    upload = {"config": {}, "raw_eval_results": {"total_instances": 1, "resolved_ids": ["x__y-1"]}}
    assert owner(artifact(tmp_path, "run_UPLOAD.json", upload)) is None


def test_lists_of_2024_in_a_submission(tmp_path: Path) -> None:
    lists = {
        "no_generation": ["none"],
        "generated": ["lost", "bad", "late", "good"],
        "with_logs": ["bad", "late", "good"],
        "no_apply": ["bad"],
        "applied": ["late", "good"],
        "test_timeout": ["late"],
        "resolved": ["good"],
    }
    records = landed(artifact(tmp_path, "sub/results/results.json", lists), swebench_summary)
    assert {record.run_directory for record in records if isinstance(record, Attempt | EvalRun)} == {
        str(tmp_path / "sub")
    }
    rows = {
        attempt.task_id: (attempt.is_resolved, attempt.is_patch_applied, attempt.is_patch_empty, attempt.infra_failure)
        for attempt in of(records, Attempt)
    }
    assert rows == {
        "none": (None, None, True, None),
        "lost": (None, None, None, None),
        "bad": (False, False, None, None),
        "late": (False, True, False, "test_timeout"),
        "good": (True, True, False, None),
    }


DIFF = "--- a/f.py\n+++ b/f.py\n@@ -1 +1 @@\n-a\n+b\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("preds.json", [{"instance_id": "x__y-1", "model_patch": DIFF}]),
        ("preds.json", {"x__y-1": {"model_name_or_path": "m", "model_patch": DIFF}}),
        ("x__y-1.pred", {"instance_id": "x__y-1", "model_name_or_path": "m", "model_patch": DIFF}),
        ("out.jsonl", json.dumps({"instance_id": "x__y-1", "patch": DIFF, "model_name_or_path": "m"})),
        ("out.json", json.dumps({"instance_id": "x__y-1", "model_patch": DIFF}) + "\n" + '{"torn'),
    ],
)
def test_shapes_of_predictions(tmp_path: Path, name: str, content: Any) -> None:
    records = landed(artifact(tmp_path, name, content), swebench_predictions)
    [attempt], [file] = of(records, Attempt), of(records, AttemptFile)
    assert (attempt.task_id, attempt.patch, attempt.is_patch_empty) == ("x__y-1", DIFF, False)
    assert (file.path, file.evidence) == ("f.py", "prediction")


def test_empty_and_bad_predictions(tmp_path: Path) -> None:
    lines = [
        '{"instance_id": "a", "model_patch": null}',
        '{"instance_id": "b", "model_patch": " \\n"}',
        '{"instance_id": "c", "model_name_or_path": "m"}',
        '{"model_patch": "x"}',
        '{"instance_id": 5, "model_patch": "x"}',
        '{"instance_id": "d", "model_pa',
    ]
    records = landed(artifact(tmp_path, "preds.jsonl", "\n".join(lines)), swebench_predictions)
    assert [(attempt.task_id, attempt.is_patch_empty) for attempt in of(records, Attempt)] == [
        ("a", True),
        ("b", True),
        ("c", None),
    ]
    assert [bad.place for bad in of(records, BadRecord)] == ["line 4", "line 5", "line 6"]


def test_rows_of_other_kinds_are_not_predictions(tmp_path: Path) -> None:
    row = {"instance_id": "x__y-1", "patch": DIFF}
    task = {**row, "base_commit": "c", "problem_statement": '"model_patch": "x"'}
    assert owner(artifact(tmp_path, "a.jsonl", json.dumps(task))) is dataset_rows
    assert owner(artifact(tmp_path, "b.jsonl", json.dumps({**row, "resolved": True}))) is results_rows
    assert owner(artifact(tmp_path, "c.jsonl", json.dumps(row))) is None
    assert owner(artifact(tmp_path, "d.jsonl", json.dumps({"type": "user", "tool": task}))) is None


def test_resolved_results_with_failures(tmp_path: Path) -> None:
    content = {"no_generation": ["a"], "no_logs": ["b", None], "resolved": ["c"]}
    records = landed(artifact(tmp_path, "sub/results/results.json", content), swebench_resolved)
    assert [(a.task_id, a.is_resolved, a.is_patch_empty, a.is_error) for a in of(records, Attempt)] == [
        ("c", True, None, None),
        ("a", None, True, None),
        ("b", None, None, True),
    ]
    assert [response.task_id for response in of(records, Response)] == ["c"]
    assert [bad.place for bad in of(records, BadRecord)] == ["/no_logs/1"]
    [run] = of(landed(artifact(tmp_path, "x/results.json", content), swebench_resolved), EvalRun)
    assert run.run_directory is None


def test_bad_leaderboard_cells(tmp_path: Path) -> None:
    content = {"m": {"x__y-1": {"resolved": True, "cost": 1}, "x__y-2": {"resolved": "yes"}}, "n": []}
    records = landed(artifact(tmp_path, "info_for_leaderboard.json", content), swebench_resolved)
    [response] = of(records, Response)
    assert (response.model_id, response.task_id, response.value, response.cost_usd) == ("m", "x__y-1", 1.0, 1.0)
    assert [bad.place for bad in of(records, BadRecord)] == ["/m/x__y-2", "/n"]


def test_metadata_variants(tmp_path: Path) -> None:
    new = "info:\n  name: Agent\ntags:\n  model:\n    - only-one\n"
    old = "name: Old Agent + model\noss: true\nverified: false\n"
    [run] = of(landed(artifact(tmp_path, "a/metadata.yaml", new), submission_metadata), EvalRun)
    assert (run.agent_type, run.model_id, run.run_directory) == ("Agent", "only-one", str(tmp_path / "a"))
    [run] = of(landed(artifact(tmp_path, "b/metadata.yaml", old), submission_metadata), EvalRun)
    assert (run.agent_type, run.model_id) == ("Old Agent + model", None)
    assert owner(artifact(tmp_path, "c/metadata.yaml", "name: a chart\nversion: 1\n")) is None
    with pytest.raises(UnreadableArtifactError, match="not valid YAML at line 5"):
        landed(artifact(tmp_path, "d/metadata.yaml", "info:\n  name: A\ntags: [\n  model: {\n"), submission_metadata)
