"""The bundled examples: labelled, small, damaged only where they say so, and equal to what is expected of them.

The comparison with a warehouse needs one that was built from the examples: `AGENT_SIGNALS_EXAMPLE_WAREHOUSE` names it.
"""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loaders.artifact import Artifact
from loaders.formats.swebench import report as swebench_report

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "examples" / "artifacts"
EXPECTED = ROOT / "tests" / "expected"
NOT_COMPARED = "~"
KEYS = ("run_id", "task_id", "trial_name", "attempt_index")
TORN_SESSION = "synthetic-org__ledger-101__v9Ti6Ld"
TORN_TRAJECTORY = "synthetic-org__ledger-105__c2Fn6Gs"

COUNTED = {
    "bash_edits", "blind_patches", "carried_by_recovery", "exhausted_budgets", "inert_patch", "infra", "lost_tasks",
    "near_misses", "no_patch", "regressions", "rerun_infra", "timeouts_by_repository", "unapplied_patch", "uncosted",
    "unjudged", "unverifiable", "wrong_file",
}  # fmt: skip
"""Findings whose first number is that of the rows which their query lists."""

Row = dict[str, str]


def _rows(name: str) -> list[Row]:
    with (EXPECTED / name).open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _documents(path: Path) -> Iterator[Any]:
    """Every JSON document of a file; None for one that cannot be read."""
    text = path.read_text(encoding="utf-8")
    for part in text.splitlines() if path.suffix == ".jsonl" else [text]:
        try:
            yield json.loads(part)
        except json.JSONDecodeError:
            yield None


def _trial_folder(row: Row) -> Path:
    return ARTIFACTS / "jobs" / row["run_id"] / row["trial_name"]


def _sessions(trial_name: str) -> list[list[Any]]:
    """Assistant messages of each session of a trial, sessions in order of start."""
    paths = sorted(ARTIFACTS.glob(f"jobs/*/{trial_name}/agent/sessions/*.jsonl"))
    messages = [
        [document["message"] for document in _documents(path) if document and "message" in document] for path in paths
    ]
    return [[message for message in session if message["role"] == "assistant"] for session in messages]


ATTEMPTS = _rows("examples_attempts.csv")
TRIALS = _rows("examples_trials.csv")
HARBOR_ATTEMPTS = [row for row in ATTEMPTS if row["trial_name"]]
LAST_ATTEMPTS = list({(row["run_id"], row["task_id"], row["trial_name"]): row for row in ATTEMPTS}.values())


def _name(row: Row) -> str:
    return "/".join(row[key] for key in KEYS if row.get(key))


def test_examples_are_labelled_and_small() -> None:
    files = [path for path in ARTIFACTS.rglob("*") if path.is_file()]
    assert "synthetic" in (ARTIFACTS / "SYNTHETIC.md").read_text(encoding="utf-8").lower()
    assert len(files) < 150
    assert sum(path.stat().st_size for path in files) < 500_000
    unlabelled = [
        path for path in files if b"synthetic" not in path.read_bytes() and "synthetic" not in path.as_posix()
    ]
    assert not unlabelled


def test_only_the_named_files_are_damaged() -> None:
    paths = [path for path in ARTIFACTS.rglob("*") if path.suffix in {".json", ".jsonl"}]
    damaged = {path.relative_to(ARTIFACTS).parts[2] for path in paths if None in _documents(path)}
    assert damaged == {TORN_SESSION, TORN_TRAJECTORY}
    assert [
        document is None for document in _documents(next(ARTIFACTS.glob(f"jobs/*/{TORN_SESSION}/agent/sessions/*")))
    ][-1]


def test_every_finished_trial_is_expected() -> None:
    folders = {path.parent.name for path in ARTIFACTS.glob("jobs/*/*/config.json")}
    assert folders == {row["trial_name"] for row in TRIALS if row["trial_name"]}
    finished = {path.parent.name for path in ARTIFACTS.glob("jobs/*/*/result.json")}
    assert finished == {row["trial_name"] for row in HARBOR_ATTEMPTS}


@pytest.mark.parametrize("row", LAST_ATTEMPTS, ids=_name)
def test_expected_counts_are_those_of_the_report(row: Row) -> None:
    folder = (
        _trial_folder(row) / "verifier"
        if row["trial_name"]
        else ARTIFACTS / "swebench/logs/run_evaluation" / row["run_id"] / row["task_id"]
    )
    report = folder / "report.json"
    document = next(_documents(report))[row["task_id"]] if report.exists() else {}
    if "tests_status" not in document:
        assert row["fail_to_pass_count"] == row["pass_to_fail_count"] == ""
        return
    assert swebench_report.matches(Artifact(report, ARTIFACTS))
    target, kept = document["tests_status"]["FAIL_TO_PASS"], document["tests_status"]["PASS_TO_PASS"]
    counts = (len(target["success"]), len(target["failure"]), len(kept["success"]), len(kept["failure"]))
    columns = ("fail_to_pass_count", "fail_to_fail_count", "pass_to_pass_count", "pass_to_fail_count")
    assert tuple(int(row[column]) for column in columns) == counts
    assert document["resolved"] == (row["patch_outcome_label"] == "correct_patch") == (row["reward"] == "1.0")


@pytest.mark.parametrize("row", [row for row in HARBOR_ATTEMPTS if _sessions(row["trial_name"])], ids=_name)
def test_expected_usage_is_that_of_the_session(row: Row) -> None:
    messages = _sessions(row["trial_name"])[int(row["attempt_index"])]
    kinds = {
        "input_tokens_total": "input",
        "output_tokens_total": "output",
        "cache_read_tokens": "cacheRead",
        "cache_write_tokens": "cacheWrite",
    }
    for column, kind in kinds.items():
        assert int(row[column]) == sum(message["usage"][kind] for message in messages), column
    cost = math.fsum(message["usage"]["cost"]["total"] for message in messages)
    assert float(row["cost_usd"]) == pytest.approx(cost, abs=1e-9)
    calls = [block for message in messages for block in message["content"] if block["type"] == "toolCall"]
    assert int(row["tool_call_count"]) == len(calls)
    assert int(row["edit_calls"]) == sum(call["name"] == "edit" for call in calls)
    torn_steps = 1 if row["trial_name"] == TORN_SESSION else 0
    assert int(row["turn_count"]) == len(messages) + torn_steps
    has_thinking = any(block["type"] == "thinking" for message in messages for block in message["content"])
    assert row["has_reasoning_blocks"] == str(has_thinking).lower()


def _is_equal(expected: str, found: object) -> bool:
    if expected == "" or found is None:
        return expected == "" and found is None
    if isinstance(found, list):
        return found == ([] if expected == "[]" else expected.split(";"))
    if isinstance(found, bool):
        return expected == str(found).lower()
    if isinstance(found, (int, float)):
        return math.isclose(float(expected), found, rel_tol=1e-9, abs_tol=1e-9)
    return expected == str(found)


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """A published warehouse of the examples, opened read-only."""
    path = os.environ.get("AGENT_SIGNALS_EXAMPLE_WAREHOUSE")
    if not path:
        pytest.skip("AGENT_SIGNALS_EXAMPLE_WAREHOUSE is not set: no built warehouse to compare with")
    with duckdb.connect(path, read_only=True) as connection:
        yield connection


def _trial_ids() -> dict[str, str]:
    """`trial_id` of every finished Harbor trial, by trial name."""
    results = ARTIFACTS.glob("jobs/*/*/result.json")
    return {path.parent.name: next(_documents(path))["id"] for path in results}


def _differences(warehouse: duckdb.DuckDBPyConnection, mart: str, expected: list[Row]) -> list[str]:
    """Where a mart departs from the expected rows; a row that is missing or not expected counts too."""
    cursor = warehouse.sql(f"select * from marts.{mart}")
    found = [dict(zip(cursor.columns, values, strict=True)) for values in cursor.fetchall()]
    trial_ids = _trial_ids()
    unclaimed, differences = list(found), []
    for row in expected:
        wanted = {key: row[key] for key in ("run_id", "task_id", "attempt_index") if key in row}
        if row["trial_name"] in trial_ids:
            wanted["trial_id"] = trial_ids[row["trial_name"]]
        if "status" in row:
            wanted["status"] = row["status"]
        match = next((one for one in unclaimed if all(str(one[key]) == wanted[key] for key in wanted)), None)
        if match is None:
            differences.append(f"{_name(row)}: no such row")
            continue
        unclaimed.remove(match)
        differences += [
            f"{_name(row)}: {column} is {match[column]!r}, expected {value!r}"
            for column, value in row.items()
            if column not in KEYS and value != NOT_COMPARED and not _is_equal(value, match[column])
        ]
    return differences + [f"{one['run_id']}/{one['task_id']}: not expected" for one in unclaimed]


def test_attempts_of_the_warehouse_are_as_expected(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert _differences(warehouse, "attempt_span", ATTEMPTS) == []


def test_trials_of_the_warehouse_are_as_expected(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert _differences(warehouse, "trial", TRIALS) == []


def test_a_revision_of_an_item_is_told_from_the_reruns(warehouse: duckdb.DuckDBPyConnection) -> None:
    """q4 was solved by nobody and then by most; q7 by the weaker alone, and is as difficult as it was."""
    found = warehouse.execute(
        "select item_id, item_health_rule, outcome_count, resolved_count, round(evidence_value, 2), previous_item_id,"
        " cleared_rules, added_rules from marts.item_health where dataset_name = 'synthetic_bench' order by all"
    ).fetchall()
    assert found == [
        ("q1", "always_resolved", 6, 6, 1.0, None, None, None),
        ("q4@post-revision", "revision_changed_outcome", 17, 15, 3.08, "q4@pre-revision", ["never_resolved"], []),
        ("q4@pre-revision", "never_resolved", 6, 0, 0.0, None, None, None),
        (
            "q7@post-revision",
            "revision_without_effect",
            18,
            10,
            0.2,
            "q7@pre-revision",
            ["negative_discrimination"],
            [],
        ),
        ("q7@pre-revision", "negative_discrimination", 6, 3, -0.24, None, None, None),
    ]
    agents = warehouse.execute(
        "select agent_id, item_count, outcome_count, mean_score, response_model from marts.agent_ability"
        " where dataset_name = 'synthetic_bench' order by ability desc"
    ).fetchall()
    # the mean over the items, of which the rerun ones were tried three times
    assert agents[0] == ("agent-a", 12, 16, pytest.approx(10 / 12), "rasch")
    assert agents[-1] == ("agent-f", 11, 14, pytest.approx(2.5 / 11), "rasch")


def test_the_second_job_is_compared_with_the_first(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Four of six tasks better at first, one by a half, none worse: p = 2 / 2^4. By retries one became worse."""
    found = warehouse.execute(
        "select attempt_scope, is_fair_comparison, differing_treatment, compared_task_count, run_only_count,"
        " baseline_only_count, difference, p_exact, p_holm, verdict from marts.run_comparison order by all"
    ).fetchall()
    final, first = found
    treatment = (True, ["model_id", "concurrency"], 6)
    assert first == ("first", *treatment, 4, 0, pytest.approx(3.5 / 6), 0.125, 0.125, "no_evidence")
    assert final == ("final", *treatment, 4, 1, pytest.approx(2.5 / 6), 0.375, 0.375, "no_evidence")
    flips = warehouse.execute(
        "select attempt_scope, flip, list(right(task_id, 3) order by task_id) from marts.task_flip"
        " inner join marts.run_comparison using (run_comparison_id, attempt_scope) group by all order by all"
    ).fetchall()
    assert flips == [
        ("final", "gained", ["101", "102", "307", "204"]),
        ("final", "lost", ["203"]),
        ("first", "gained", ["101", "102", "307", "204"]),
    ]
    said = warehouse.execute(
        "select insight, numerator, denominator, reference_value, tasks from marts.run_insight"
        " where kind = 'verdict' and run_id = '2026-01-16__09-30-00__synthetic'"
    ).fetchall()
    read_first = [f"synthetic-org__{task}" for task in ("tide-307", "ledger-101", "weft-204")]
    assert said == [("verdict_no_evidence", 4, 0, 6, read_first)]


def test_each_finding_leads_to_the_rows_that_it_counts(warehouse: duckdb.DuckDBPyConnection) -> None:
    findings = warehouse.execute(
        "select insight, title, numerator, denominator, detail_query from marts.run_insight order by all"
    ).fetchall()
    assert len({insight for insight, *_ in findings}) > 20
    for insight, title, numerator, denominator, query in findings:
        found = len(warehouse.execute(query).fetchall())
        assert found > 0, title
        if insight in COUNTED:
            assert found == numerator, title
        elif insight.startswith("verdict"):
            assert found == numerator + denominator, title
        elif insight.startswith("headline"):
            assert found == denominator - numerator, title
