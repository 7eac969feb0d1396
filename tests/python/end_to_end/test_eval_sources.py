"""One build over logs of Inspect and an OpenHands evaluation, all of them synthetic: what reaches the marts."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.python.end_to_end.warehouse import Warehouse
from tests.python.loaders.formats.inspect_inputs import CLOCKS, LIMITS
from tests.python.loaders.formats.openhands_inputs import RUN, line, output

GOLD = {
    "instance_id": "synthetic__clock-1",
    "repo": "synthetic/clock",
    "base_commit": "00ff",
    "problem_statement": "Repair the clock.",
    "patch": "diff --git a/clock.py b/clock.py\n--- a/clock.py\n+++ b/clock.py\n@@ -1 +1 @@\n-x = 1\n+x = 3\n",
    "FAIL_TO_PASS": ["test_clock"],
    "PASS_TO_PASS": [],
}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    root = tmp_path_factory.mktemp("sources")
    for log in (CLOCKS, LIMITS):
        shutil.copy(log, root)
    shutil.copytree(CLOCKS.parent, root / "copied", ignore=shutil.ignore_patterns("*.md"))
    clock_2 = line("synthetic__clock-2", history=None, test_result={"git_patch": ""}, metrics=None)
    output(root, line(), clock_2)
    summary = {
        "total_instances": 2,
        "submitted_instances": 2,
        "completed_instances": 1,
        "resolved_instances": 1,
        "completed_ids": ["synthetic__clock-1"],
        "resolved_ids": ["synthetic__clock-1"],
        "unresolved_ids": [],
        "empty_patch_ids": ["synthetic__clock-2"],
    }
    (root / RUN / "report.json").write_text(json.dumps(summary))
    (root / "gold.jsonl").write_text(json.dumps(GOLD) + "\n")
    built = Warehouse(tmp_path_factory.mktemp("warehouse"))
    built.build([root])
    return built


def test_samples_of_inspect_are_trials(warehouse: Warehouse) -> None:
    rows = warehouse.rows(
        "select dataset, task_id, reward, patch_outcome_label, label_basis, exception_type, failure_class, timed_out,"
        " tool_call_count, edit_calls, turn_count, input_tokens_total, cache_read_tokens, output_tokens_total"
        " from marts.attempt_span where agent_type = 'generate' order by dataset, started_at"
    )
    usage, limited = (2, 1, 3, 150, 250, 27), (1, 0, 1, 7, None, 2)
    assert rows == [
        ("clocks@0", "clock-1", 1.0, "correct_patch", "reward", None, None, False, *usage),
        ("clocks@0", "tide/2", 0.5, "partial_patch", "reward", None, None, False, *usage),
        ("clocks@0", "clock-1", 0.0, None, "reward", None, None, False, *usage),
        ("clocks@0", "tide/2", 1.0, "correct_patch", "reward", None, None, False, *usage),
        ("limits@0", "clock-1", 0.0, None, "reward", "message_limit", "agent_exhausted_budget", False, *limited),
    ]
    assert warehouse.rows("select count(*) from marts.session_span") == [(0,)]
    assert warehouse.rows(
        "select distinct source_format from meta.signal_coverage where source_format like '%native%' order by all"
    ) == [("inspect/native_trajectory",), ("swebench/native_trajectory",)]


def test_lines_of_openhands_are_attempts_of_one_run(warehouse: Warehouse) -> None:
    rows = warehouse.rows(
        "select run_id, task_id, model_id, dataset, attempt1_tool_cap, reward, patch_outcome_label, telemetry,"
        " tool_call_count, edit_calls, touched_files, localized_correct_file, input_tokens_total, cache_read_tokens,"
        " output_tokens_total, cost_usd"
        " from marts.attempt_span where agent_type = 'CodeActAgent' order by task_id"
    )
    first = (1.0, "correct_patch", "native_trajectory", 5, 2, ["clock.py"], True, 180, 240, 60, 0.25)
    second: tuple[object, ...] = (0.0, "no_effect_patch", None, None, None, [], None, None, None, None, None)
    expected: list[tuple[object, ...]] = [
        (RUN, "synthetic__clock-1", "maker/model-1", "synthetic/bench", 30, *first),
        (RUN, "synthetic__clock-2", "maker/model-1", "synthetic/bench", 30, *second),
    ]
    assert rows == expected
    calls = warehouse.rows(
        "select tool_name, sub_command, tool_family, exit_code, is_error from marts.tool_call"
        f" where attempt_id = '{RUN}/synthetic__clock-1#0' order by call_number"
    )
    assert calls == [
        ("execute_bash", None, "bash", 0, None),
        ("str_replace_editor", "view", "read", None, None),
        ("str_replace_editor", "str_replace", "edit", None, None),
        ("execute_bash", None, "test", 1, None),
        ("str_replace_editor", "str_replace", "edit", None, True),
    ]
