"""One build over synthetic artifacts of which no real ones are at hand: what of them reaches the marts."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.python.end_to_end.warehouse import Warehouse
from tests.python.loaders.formats import claude_code_inputs as claude_code
from tests.python.loaders.formats import codex_inputs as codex
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


LINKS: dict[str, dict[str, Any]] = {
    "linked": {"tier": "tool_emitted", "revision": "abc", "commit_reachable": True, "content_alive": True},
    "rewritten": {"tier": "tool_emitted", "revision": "abc", "commit_reachable": False, "content_alive": False},
    "unfound": {"tier": "orphan"},
}
"""The link of a session to a commit, as an exporter of OpenTraces writes it."""


def traced(session_id: str, link: dict[str, Any]) -> dict[str, Any]:
    """An OpenTraces record of a session that wrote one file."""
    at = f"2026-01-0{1 + list(LINKS).index(session_id)}T03:00:00Z"
    written = {"tool_call_id": "c1", "tool_name": "Write", "input": {"file_path": f"{session_id}.py", "content": "x\n"}}
    steps = [
        {"step_index": 1, "role": "user", "content": f"Write the file {session_id}.py."},
        {
            "step_index": 2,
            "role": "agent",
            "content": "Written.",
            "tool_calls": [written],
            "observations": [{"source_call_id": "c1", "content": "ok", "error": None}],
        },
    ]
    return {
        "schema_version": "0.3.0",
        "trace_id": session_id,
        "session_id": session_id,
        "timestamp_start": at,
        "agent": {"name": "some-agent", "model": "provider/m"},
        "steps": [{"call_type": "main", "timestamp": at} | step for step in steps],
        "git_links": [link],
    }


def edited(number: int, parent: str | None, start: int, *lines: str) -> list[dict[str, Any]]:
    """An edit of Claude Code, with the patch that its result tells."""
    old = sum(not each.startswith("+") for each in lines)
    new = sum(not each.startswith("-") for each in lines)
    hunk = {"oldStart": start, "oldLines": old, "newStart": start, "newLines": new, "lines": list(lines)}
    call = claude_code.call(f"t{number}", "Edit", file_path="/synthetic/clock.py", old_string="a", new_string="b")
    told = {"filePath": "/synthetic/clock.py", "structuredPatch": [hunk]}
    return [
        claude_code.answer(f"a{number}", parent, call, second=2 * number),
        claude_code.result(f"r{number}", f"a{number}", f"t{number}", "ok", 2 * number + 1, toolUseResult=told),
    ]


def write_sessions(root: Path) -> None:
    traces = "".join(json.dumps(traced(name, link)) + "\n" for name, link in LINKS.items())
    (root / "traces.jsonl").write_text(traces)
    first = edited(1, "u1", 10, " k", "-a", "+b", "+c", " k")
    claude_code.session_file(root, claude_code.user("u1", None), *first, *edited(2, "r1", 12, "-c", "+d"))
    rolled_back = [*codex.typed("Try it.", 3), codex.said("assistant", "tried", 4)]
    codex.rollout(
        root,
        codex.meta(),
        codex.context("model-1"),
        *codex.typed("Begin.", 1),
        codex.said("assistant", "begun", 2),
        *rolled_back,
        codex.event("thread_rolled_back", 5, num_turns=1),
        *codex.typed("Another way.", 6),
        codex.said("assistant", "done", 7),
    )


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
    write_sessions(root)
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


def test_links_of_opentraces_tell_what_became_of_the_work(warehouse: Warehouse) -> None:
    rows = warehouse.rows(
        "select session_id, output_applied, output_applied_basis, changes_reverted, changes_reverted_basis"
        " from marts.user_session where session_id in ('linked', 'rewritten', 'unfound') order by 1"
    )
    assert rows == [
        ("linked", True, "git_link", False, "session"),
        ("rewritten", None, "no_evidence", True, "git_link"),
        ("unfound", None, "no_evidence", False, "session"),
    ]


def test_patches_of_claude_code_are_exact_ranges(warehouse: Warehouse) -> None:
    rows = warehouse.rows(
        "select path, operation, start_line, end_line, range_basis"
        f" from marts.region_edit where session_id = '{claude_code.SESSION}' order by edit_number"
    )
    assert rows == [("clock.py", "edit", 11, 11, "exact"), ("clock.py", "edit", 12, 12, "exact")]


def test_turns_that_were_rolled_back_are_off_the_active_path(warehouse: Warehouse) -> None:
    rows = warehouse.rows(
        f"select role, on_active_path from marts.session_turn where session_id = '{codex.THREAD}' order by turn_index"
    )
    assert rows == [("user", True), ("agent", True), ("user", False), ("agent", False), ("user", True), ("agent", True)]
