"""One build over all real artifacts, compared with numbers counted in the raw files by hand or by plain json."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter, defaultdict
from math import comb, sqrt
from pathlib import Path

import pytest
from statsmodels.stats.contingency_tables import mcnemar

from tests.python.end_to_end.warehouse import Warehouse

VEXP = "vexp-swebench-1774184993333/vexp-swebench-1774184993333"
SWE_AGENT = "swe_agent_traj/auto-code-rover/results/swe-agent-results"


@pytest.fixture(scope="module")
def roots(fixtures: Path, science: Path, leaderboard: Path) -> list[Path]:
    """The folders of all real artifacts, unpacked archives included."""
    return [fixtures, science, leaderboard]


@pytest.fixture(scope="module")
def warehouse(roots: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Everything in one `dbt build`."""
    built = Warehouse(tmp_path_factory.mktemp("warehouse"))
    built.build(roots)
    return built


def test_every_file_is_landed_quarantined_or_listed(warehouse: Warehouse, roots: list[Path]) -> None:
    files = [Path(folder) / name for root in roots for folder, _, names in os.walk(root) for name in names]
    statuses = dict(warehouse.build_rows("select path, status from staging.stg_source_file"))
    assert set(statuses) == {str(path) for path in files}
    assert set(statuses.values()) <= {"landed", "quarantined", "unknown", "archive"}
    recognised = warehouse.build_rows("select count(*) from staging.stg_source_file where format is not null")
    assert recognised[0][0] > 1000
    assert not [path for path, status in statuses.items() if status == "quarantined"]


def test_vexp_labels(warehouse: Warehouse) -> None:
    labels = warehouse.rows(
        "select patch_outcome_label, count(*) from marts.patch_outcome_label"
        f" where run_id = '{VEXP}' group by all order by all"
    )
    assert labels == [
        ("correct_patch", 73),
        ("no_effect_patch", 14),
        ("partial_patch", 9),
        ("regressive_patch", 3),
        ("unverifiable", 1),
    ]
    special = warehouse.rows(
        "select task_id, patch_outcome_label, patch_outcome_reason, label_basis, reward, patch_applies"
        f" from marts.patch_outcome_label where run_id = '{VEXP}' and label_basis <> 'tests' order by 1"
    )
    assert special == [
        ("django__django-13513", "no_effect_patch", "empty_patch", "empty_patch", 0.0, None),
        ("pydata__xarray-6992", "unverifiable", "report_missing", "none", None, None),
    ]


def test_vexp_counts_are_those_of_the_reports(warehouse: Warehouse, fixtures: Path) -> None:
    expected = {}
    for path in (fixtures / "swebench" / "vexp" / "logs").rglob("report.json"):
        for task, report in json.loads(path.read_text()).items():
            status = report["tests_status"]
            expected[task] = (
                len(status["FAIL_TO_PASS"]["success"]),
                len(status["FAIL_TO_PASS"]["failure"]),
                len(status["PASS_TO_PASS"]["success"]),
                len(status["PASS_TO_PASS"]["failure"]),
            )
    rows = warehouse.rows(
        "select task_id, fail_to_pass_count, fail_to_fail_count, pass_to_pass_count, pass_to_fail_count"
        f" from marts.attempt_span where run_id = '{VEXP}' and label_basis = 'tests'"
    )
    assert {row[0]: row[1:] for row in rows} == expected
    assert len(expected) == 98
    regressions = sum(counts[3] for counts in expected.values())
    assert regressions > 0
    assert sum(row[4] for row in rows) == regressions


def test_vexp_usage_reaches_the_attempt(warehouse: Warehouse, fixtures: Path) -> None:
    expected = {}
    for line in next((fixtures / "swebench" / "vexp" / "results").glob("*.jsonl")).read_text().splitlines():
        row = json.loads(line)
        calls = row["toolCalls"]
        expected[row["instanceId"]] = (
            row["inputTokens"],
            row["cacheReadTokens"],
            row["cacheCreationTokens"],
            row["outputTokens"],
            pytest.approx(row["costUsd"]),
            row["numTurns"],
            sum(calls.values()),
            sum(count for name, count in calls.items() if name in ("Edit", "Write", "MultiEdit", "NotebookEdit")),
            pytest.approx(row["durationMs"] / 1000),
        )
    rows = warehouse.rows(
        "select task_id, input_tokens_total, cache_read_tokens, cache_write_tokens, output_tokens_total, cost_usd,"
        " turn_count, tool_call_count, edit_calls, wall_time_s"
        f" from marts.attempt_span where run_id = '{VEXP}'"
    )
    assert len(rows) == 100
    assert {row[0]: row[1:] for row in rows} == expected


def test_science_rewards_and_labels(warehouse: Warehouse, science: Path) -> None:
    expected: Counter[tuple[float | None, str | None]] = Counter()
    for path in science.rglob("result.json"):
        result = json.loads(path.read_text())
        rewards = (result["verifier_result"] or {}).get("rewards") or {}
        exception = result["exception_info"] and result["exception_info"]["exception_type"]
        expected[(rewards.get("reward"), exception)] += 1
    trials = "select trial_id from marts.trial where run_id like '%kimi%' or run_id like 'science-trajectories%'"
    rows = warehouse.rows(
        f"select reward, exception_type, count(*) from marts.attempt_span where trial_id in ({trials}) group by all"
    )
    assert Counter({(row[0], row[1]): row[2] for row in rows}) == expected
    assert sum(expected.values()) == 72
    labels = warehouse.rows(
        "select label_basis, patch_outcome_label, count(*), count(reward) from marts.patch_outcome_label"
        f" where trial_id in ({trials}) group by all order by all"
    )
    assert labels == [
        ("none", "unverifiable", 1, 0),
        ("reward", "correct_patch", 13, 13),
        ("reward", "partial_patch", 13, 13),
        ("reward", None, 45, 45),
    ]


def test_science_tool_calls_clocks_and_reasoning(warehouse: Warehouse, science: Path) -> None:
    for result_path in science.rglob("result.json"):
        result = json.loads(result_path.read_text())
        native = result_path.parent / "agent" / "mini-swe-agent.trajectory.json"
        atif = result_path.parent / "agent" / "trajectory.json"
        row = warehouse.rows(
            "select telemetry, telemetry_tool_call_count, has_reasoning_blocks, reasoning_chars_total,"
            " strftime(started_at, '%Y-%m-%dT%H:%M:%S.%fZ'), timed_out, turn_count"
            f" from marts.attempt_span where trial_id = '{result['id']}'"
        )[0]
        if native.exists():
            trajectory = json.loads(native.read_text())
            answers = [message for message in trajectory["messages"] if message.get("role") == "assistant"]
            calls = sum(len(message.get("tool_calls") or []) for message in answers)
            # an answer that the harness refused stands in the message that refuses it, and was an LLM call all the same
            refused = [
                m["extra"]["response"] for m in trajectory["messages"] if (m.get("extra") or {}).get("interrupt_type")
            ]
            answers += [choice["message"] for response in refused if response for choice in response["choices"]]
            thinking = sum(len(answer.get("reasoning_content") or "") for answer in answers)
            assert row[:4] == ("native_trajectory", calls, True, thinking)
            assert row[6] == len(answers) <= trajectory["info"]["model_stats"]["api_calls"]
        else:
            steps = json.loads(atif.read_text())["steps"]
            assert row[:2] == ("atif", sum(len(step.get("tool_calls") or []) for step in steps))
        assert row[4] == result["started_at"]
        assert row[5] is False


@pytest.mark.parametrize(
    ("task", "first_edit", "is_correct", "read", "searched", "read_total"),
    [
        # read by eye, step by step, against the gold patch
        ("django__django-11049", "django/db/models/fields/__init__.py", True, 1, 1, 1),
        ("django__django-12286", "django/core/checks/translation.py", True, 2, 2, 2),
        ("pallets__flask-4045", "src/flask/blueprints.py", True, 1, 1, 1),
        ("django__django-14580", "django_example/app/models.py", False, 1, 1, 3),
        ("pytest-dev__pytest-7168", "test_issue_reproduction_test.py", False, 0, 0, 1),
    ],
)
def test_localization_read_by_eye(
    warehouse: Warehouse, task: str, first_edit: str, is_correct: bool, read: int, searched: int, read_total: int
) -> None:
    rows = warehouse.rows(
        "select first_edit_file, localized_correct_file, files_read_before_edit, files_searched_before_edit,"
        f" files_read_total from marts.localization where run_id = '{SWE_AGENT}/cost_2_2' and task_id = '{task}'"
    )
    assert rows == [(first_edit, is_correct, read, searched, read_total)]


def test_localization_covers_the_trajectories(warehouse: Warehouse) -> None:
    rows = warehouse.rows(
        "select run_id, count(*), count(gold_files), count(localized_correct_file) from marts.localization"
        f" where run_id like '{SWE_AGENT}/%' group by all order by all"
    )
    assert [row[:3] for row in rows] == [(f"{SWE_AGENT}/cost_2_1", 48, 48), (f"{SWE_AGENT}/cost_2_2", 48, 48)]
    assert all(row[3] >= 40 for row in rows)


def test_a_list_of_resolved_ids_makes_no_attempt(warehouse: Warehouse) -> None:
    assert warehouse.rows("select count(*) from marts.attempt_span where run_id ilike '%external%'") == [(0,)]
    landed = warehouse.build_rows("select count(distinct source_file_id) from staging.stg_response")
    assert landed[0][0] >= 12


def test_terminal_bench_trials_are_those_of_plain_json(warehouse: Warehouse, leaderboard: Path) -> None:
    expected: dict[tuple[str, str, str | None], tuple[object, ...]] = {}
    files = 0
    for path in leaderboard.rglob("results.json"):
        trial = json.loads(path.read_text())
        if "results" in trial:
            continue
        files += 1
        submission = path.relative_to(leaderboard).parts[2]
        tests = (trial["parser_results"] or {}).values()
        reported = bool(trial["total_input_tokens"] or trial["total_output_tokens"])
        expected[submission, trial["trial_name"], trial.get("trial_started_at")] = (
            trial.get("id") or trial["uuid"],
            trial["task_id"],
            "terminal-bench-core@0.1.1",
            None if trial["is_resolved"] is None else float(trial["is_resolved"]),
            trial["failure_mode"] == "agent_timeout",
            trial["total_input_tokens"] if reported else None,
            trial["total_output_tokens"] if reported else None,
            list(tests).count("passed"),
            list(tests).count("failed"),
        )
    assert (files, len(expected)) == (3543, 3500)
    rows = warehouse.build_rows(
        "select spans.trial_id, spans.task_id, spans.dataset, spans.reward, spans.timed_out, spans.input_tokens_total,"
        " spans.output_tokens_total, count(*) filter (where tests.is_success), count(*) filter (where not is_success)"
        " from marts.attempt_span as spans"
        " inner join intermediate.int_trial as trials on spans.trial_id = trials.trial_id"
        " inner join staging.stg_trial as landed on trials.trial_directory = landed.trial_directory"
        " left join staging.stg_test_result as tests on landed.source_file_id = tests.source_file_id"
        " where landed.evidence = 'terminal_bench_result' group by all"
    )
    assert sorted(rows) == sorted(expected.values())
    resolved_late = "select count(*), count(*) filter (where reward = 1) from marts.attempt_span where exception_type ="
    assert warehouse.rows(f"{resolved_late} 'agent_timeout'") == [(1016, 239)]
    assert warehouse.rows(
        "select count(distinct run_id), count(distinct agent_type || '/' || model_id), count(*), count(model_id)"
        " from marts.attempt_span where dataset_name = 'terminal-bench-core'"
    ) == [(33, 10, 3500, 3500)]


def compared(warehouse: Warehouse, run: str, baseline: str) -> tuple[int, int, int, float, float]:
    """Compared tasks, tasks of one side only, difference and exact p of first attempts."""
    rows = warehouse.rows(
        "select compared_task_count, run_only_count, baseline_only_count, difference, p_exact"
        f" from marts.run_comparison where run_id like '%{run}' and attempt_scope = 'first'"
        f" and (baseline_run_id like '%{baseline}' or baseline_agent_id = '{baseline}')"
    )
    assert len(rows) == 1, rows
    return rows[0]


def recounted(first: dict[str, bool], second: dict[str, bool]) -> tuple[int, int, int, object, object]:
    """The same from two verdicts by task, with statsmodels' own test."""
    shared = first.keys() & second.keys()
    only_first = sum(first[task] and not second[task] for task in shared)
    only_second = sum(second[task] and not first[task] for task in shared)
    p_value = mcnemar([[0, only_first], [only_second, 0]], exact=True).pvalue
    return (
        len(shared),
        only_first,
        only_second,
        pytest.approx((only_first - only_second) / len(shared)),
        pytest.approx(p_value),
    )


def test_vexp_against_the_leaderboard_is_counted_from_the_lists(warehouse: Warehouse, fixtures: Path) -> None:
    """The lists name resolved ids of the 500; 99 of vexp's 100 have a verdict, one of them an empty patch."""
    folder = fixtures / "swebench" / "vexp"
    own = {"django__django-13513": False}
    for path in (folder / "logs").rglob("report.json"):
        own |= {task: report["resolved"] for task, report in json.loads(path.read_text()).items()}
    for path in sorted((folder / "data" / "external").glob("*.json")):
        listed = json.loads(path.read_text())
        resolved = dict.fromkeys(own, False) | dict.fromkeys(listed["resolvedIds"], True)
        assert compared(warehouse, VEXP, listed["system"]) == recounted(own, resolved)
    fairness = warehouse.rows(
        "select distinct is_fair_comparison, winner, verdict, list_contains(unrecorded_treatment, 'attempt_index')"
        f" from marts.run_comparison where run_id = '{VEXP}' and baseline_source = 'response'"
    )
    assert fairness == [(None, None, "refused", True)]


def test_repeats_of_auto_code_rover_are_counted_from_their_reports(warehouse: Warehouse, fixtures: Path) -> None:
    folder = fixtures / "swebench" / "auto-code-rover" / "results"
    reports = {
        number: json.loads((folder / f"acr-run-{number}" / "new_eval_results" / "report.json").read_text())
        for number in (1, 2, 3)
    }
    verdicts = {
        number: {task: task in report["resolved"] for task in report["generated"]} for number, report in reports.items()
    }
    for run, baseline in ((2, 1), (3, 1), (3, 2)):
        names = [f"acr-run-{number}/new_eval_results/report" for number in (run, baseline)]
        assert compared(warehouse, *names) == recounted(verdicts[run], verdicts[baseline])


def test_agents_of_terminal_bench_are_as_steady_as_plain_json_says(warehouse: Warehouse, leaderboard: Path) -> None:
    outcomes: dict[str, tuple[str, float]] = {}
    for path in leaderboard.rglob("results.json"):
        trial = json.loads(path.read_text())
        if trial.get("is_resolved") is not None and trial["failure_mode"] != "agent_installation_failed":
            outcomes[trial.get("id") or trial["uuid"]] = (trial["task_id"], float(trial["is_resolved"]))
    agents: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for trial_id, agent in warehouse.rows("select trial_id, agent_type || ' / ' || model_id from marts.attempt_span"):
        if trial_id in outcomes:
            task, outcome = outcomes[trial_id]
            agents[agent][task].append(outcome)
    rows = warehouse.rows(
        "select regexp_replace(agent_id, ' \\[.*', ''), outcome_count, pass_at_k[1:5], pass_hat_k[1:5], flakiness,"
        " pairwise_disagreement from marts.agent_ability where dataset_name = 'terminal-bench-core'"
    )
    assert {row[0] for row in rows} == set(agents) and len(rows) == 10
    for agent, outcome_count, pass_at_k, pass_hat_k, flakiness, disagreement in rows:
        counts = [(len(each), int(sum(each))) for each in agents[agent].values()]
        assert sum(trials for trials, _ in counts) == outcome_count
        for k in range(1, len(pass_at_k) + 1):
            enough = [(trials, solved) for trials, solved in counts if trials >= k]
            at_k = [1 - comb(trials - solved, k) / comb(trials, k) for trials, solved in enough]
            hat_k = [comb(solved, k) / comb(trials, k) for trials, solved in enough]
            assert pass_at_k[k - 1] == pytest.approx(sum(at_k) / len(at_k), abs=1e-9)
            assert pass_hat_k[k - 1] == pytest.approx(sum(hat_k) / len(hat_k), abs=1e-9)
        repeated = [(trials, solved / trials) for trials, solved in counts if trials > 1]
        if not repeated:
            assert (flakiness, disagreement) == (None, None)
            continue
        deviations = [sqrt(rate * (1 - rate)) for _, rate in repeated]
        assert flakiness == pytest.approx(sum(deviations) / len(repeated), abs=1e-9)
        unbiased = sum(2 * rate * (1 - rate) * trials / (trials - 1) for trials, rate in repeated) / len(repeated)
        assert disagreement == pytest.approx(unbiased, abs=1e-9)


def test_trials_of_a_table_that_have_folders_are_seen_once(warehouse: Warehouse) -> None:
    sources = warehouse.rows(
        "select dataset_name, outcome_source, sum(trial_count) from marts.response_matrix where dataset_name in"
        " ('terminal-bench-core', 'terminal_bench', 'swebench_verified') group by all order by dataset_name"
    )
    assert sorted(sources) == [("swebench_verified", "response", 4896), ("terminal-bench-core", "trial", 3500)]


def test_models_of_the_matrix_predict_what_they_have_not_seen(warehouse: Warehouse, fixtures: Path) -> None:
    with (fixtures / "response_matrices/swebench_verified_response_matrix.csv").open(newline="") as stream:
        _, *rows = csv.reader(stream)
    scores = {row[0]: [float(cell) for cell in row[1:] if cell] for row in rows}
    found = warehouse.rows(
        "select agent_id, mean_score, outcome_count from marts.agent_ability where dataset_name = 'swebench_verified'"
    )
    assert {agent: (score, count) for agent, score, count in found} == {
        agent: (pytest.approx(sum(cells) / len(cells), abs=1e-9), len(cells)) for agent, cells in scores.items()
    }
    measures = {
        (split, model): (auc, rmse)
        for split, model, auc, rmse in warehouse.rows(
            "select split, response_model, auc, rmse from meta.response_validation"
            " where dataset_name = 'swebench_verified'"
        )
    }
    assert measures["cell", "grand_mean"] == (0.5, pytest.approx(0.439, abs=1e-3))
    assert measures["cell", "rasch"] == (pytest.approx(0.822, abs=1e-3), pytest.approx(0.382, abs=1e-3))
    assert measures["cell", "additive_logit"] == (pytest.approx(0.821, abs=1e-3), pytest.approx(0.379, abs=1e-3))
    assert measures["item", "rasch"][0] < measures["item", "rasch_from_statement"][0] < 0.7
    health = warehouse.rows(
        "select item_health_rule, count(*) from marts.item_health where dataset_name = 'swebench_verified'"
        " group by all order by all"
    )
    assert health == [("always_resolved", 159), ("negative_discrimination", 25), ("never_resolved", 10)]
