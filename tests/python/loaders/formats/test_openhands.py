"""Lines of OpenHands evaluations, older and newer: all inputs are synthetic, of the shapes that its sources write."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.artifact import Artifact
from loaders.formats.openhands import output as openhands_output
from loaders.tables import Attempt, AttemptFile, Entry, EvalRun, FileEdit, Record, Session, SessionEvent, ToolCall
from tests.python.loaders.formats.damage import DAMAGE, damaged_bytes, retyped, survived
from tests.python.loaders.formats.harbor_inputs import flattened, owner
from tests.python.loaders.formats.landable import land
from tests.python.loaders.formats.openhands_inputs import (
    HISTORY,
    METADATA,
    PATCH,
    RUN,
    SDK_HISTORY,
    SDK_METADATA,
    line,
    output,
)


def records_of(artifact: Artifact) -> list[Any]:
    assert owner(artifact) == openhands_output.NAME
    rows, bad = flattened(openhands_output, artifact)
    assert bad == {}
    land(rows)
    return rows


def of(rows: list[Any], kind: type[Record]) -> list[Any]:
    return [row for row in rows if type(row) is kind]


def test_a_line_is_an_attempt_of_the_run_that_its_folder_is(tmp_path: Path) -> None:
    rows = records_of(output(tmp_path, line(), line("synthetic__clock-2", history=None, test_result={"git_patch": ""})))
    directory = str(tmp_path / RUN)
    assert of(rows, EvalRun) == [
        EvalRun(
            place="line 1/metadata",
            evidence="openhands_metadata",
            run_directory=directory,
            agent_type="CodeActAgent",
            model_id="maker/model-1",
            dataset="synthetic/bench",
            attempt1_tool_cap=30,
            started_local_at=datetime(2026, 1, 2, 3),
        )
    ]
    first, second = of(rows, Attempt)
    assert first == Attempt(
        place="line 1",
        evidence="trajectory",
        run_directory=directory,
        task_id="synthetic__clock-1",
        agent_type="CodeActAgent",
        model_id="maker/model-1",
        is_patch_empty=False,
        patch=PATCH,
        input_tokens=180,
        cache_read_tokens=240,
        cache_write_tokens=30,
        output_tokens=60,
        cost_usd=0.25,
    )
    assert (second.task_id, second.is_patch_empty, second.place) == ("synthetic__clock-2", True, "line 2")
    assert [(row.path, row.attempt_place) for row in of(rows, AttemptFile)] == [("clock.py", "line 1")]
    (session,) = of(rows, Session)
    assert (session.task_id, session.run_directory, session.telemetry) == (
        "synthetic__clock-1",
        directory,
        "native_trajectory",
    )
    assert (session.started_at, session.finished_at) == (datetime(2026, 1, 2, 3), datetime(2026, 1, 2, 3, 0, 13))


def test_events_are_answers_calls_and_results(tmp_path: Path) -> None:
    rows = records_of(output(tmp_path, line()))
    entries = of(rows, Entry)
    assert [(row.role, row.text, row.is_llm_call) for row in entries] == [
        ("system", "You are an agent.", False),
        ("user", "Repair the clock.", False),
        ("assistant", "Look first.", True),
        ("assistant", "Now edit.", True),
        ("assistant", None, True),
        ("assistant", "Done.", True),
    ]
    usage = [
        (row.message_id, row.input_tokens, row.cache_read_tokens, row.cache_write_tokens, row.output_tokens)
        for row in entries[2:]
    ]
    assert usage == [
        ("r1", 100, None, None, 10),
        ("r2", 60, 90, None, 20),
        ("r3", 20, 150, 30, 30),
        (None, None, None, None, None),
    ]
    calls = of(rows, ToolCall)
    assert [(row.entry_index, row.call_index, row.tool_name, row.sub_command) for row in calls] == [
        (2, 0, "execute_bash", None),
        (2, 1, "str_replace_editor", "view"),
        (3, 0, "str_replace_editor", "str_replace"),
        (4, 0, "execute_bash", None),
        (4, 1, "str_replace_editor", "str_replace"),
    ]
    assert [(row.has_result, row.exit_code, row.is_error, row.duration_s) for row in calls] == [
        (True, 0, None, 1.0),
        (True, None, None, 1.0),
        (True, None, None, 1.0),
        (True, 1, None, 2.0),
        (True, None, True, 1.0),
    ]
    assert [row.command for row in calls] == ["grep -n x clock.py", None, None, "pytest", None]
    assert [(row.path, row.operation, row.old_length) for row in of(rows, FileEdit)] == [
        ("/workspace/clock.py", "edit", 1)
    ]
    assert [(row.event_type, row.entry_index) for row in of(rows, SessionEvent)] == [("compaction", 3)]


def test_pairs_are_the_same_events(tmp_path: Path) -> None:
    pairs = [HISTORY[4:6], HISTORY[6:8], HISTORY[8:10]]
    rows = records_of(output(tmp_path, line(history=pairs)))
    assert [row.text for row in of(rows, Entry)] == ["Look first.", "Now edit."]
    assert [row.place for row in of(rows, ToolCall)] == [f"line 1/history/{index}/0" for index in range(3)]
    assert all(row.has_result for row in of(rows, ToolCall))


def test_actions_without_a_response_are_answers_of_their_own(tmp_path: Path) -> None:
    run = {"id": 1, "source": "agent", "action": "run", "args": {"command": "ls", "thought": "Look."}}
    result = {"id": 2, "source": "agent", "cause": 1, "observation": "run", "content": "a", "extras": {"exit_code": 2}}
    stray = {"id": 3, "source": "environment", "observation": "error", "content": "the agent is stuck", "extras": {}}
    rows = records_of(output(tmp_path, line(history=[run, result, stray])))
    assert [(row.role, row.text, row.is_error) for row in of(rows, Entry)] == [
        ("assistant", "Look.", None),
        ("tool", "the agent is stuck", True),
    ]
    (call,) = of(rows, ToolCall)
    assert (call.tool_name, call.command, call.arguments, call.exit_code) == ("run", "ls", '{"command":"ls"}', 2)


def test_events_of_the_sdk(tmp_path: Path) -> None:
    rows = records_of(output(tmp_path, line(metadata=SDK_METADATA, history=SDK_HISTORY, metrics=None, attempt=1)))
    assert of(rows, EvalRun)[0].model_id == "maker/model-2"
    entries = of(rows, Entry)
    assert [(row.role, row.text, row.thinking_text) for row in entries] == [
        ("system", "Be one.", None),
        ("user", "Repair the clock.", None),
        ("assistant", "Look first.", "Which file?"),
        ("assistant", "Done.", None),
    ]
    first, second = of(rows, ToolCall)
    assert (first.command, first.result_text, first.exit_code, first.is_error) == ("ls", "a.py", 0, None)
    assert (second.sub_command, second.result_text, second.is_error) == ("create", "exists already", True)
    assert [row.call_index for row in (first, second)] == [0, 1]
    assert of(rows, FileEdit) == []
    assert [row.event_type for row in of(rows, SessionEvent)] == ["compaction"]
    (session,) = of(rows, Session)
    assert (session.is_usage_reported, session.llm_call_count) == (False, 2)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"report": {"resolved": True}}, (True, None, None, None, None)),
        ({"report": {"resolved": False, "empty_generation": True}}, (False, True, None, None, None)),
        ({"report": {"resolved": False, "failed_apply_patch": True}}, (False, None, False, None, None)),
        ({"report": {"resolved": False, "error_eval": True}}, (False, None, None, True, None)),
        (
            {"test_result": {"report": {"resolved": False, "test_timeout": True}}},
            (False, None, None, None, "test_timeout"),
        ),
        ({"resolved": True, "status": "success", "history": None, "metadata": None}, (True, None, None, None, None)),
    ],
)
def test_verdicts(tmp_path: Path, changes: Any, verdict: Any) -> None:
    found = of(records_of(output(tmp_path, line(**changes))), Attempt)[1]
    assert found.evidence == "results_row"
    assert (
        found.is_resolved,
        found.is_patch_empty,
        found.is_patch_applied,
        found.is_error,
        found.infra_failure,
    ) == verdict


@pytest.mark.parametrize(
    ("changes", "is_patch_empty", "exit_status"),
    [
        ({"test_result": {}, "error": "Timeout after 60 seconds"}, None, "Timeout"),
        ({"test_result": {"git_patch": None}, "error": "AgentStuckInLoopError: stuck"}, None, "AgentStuckInLoopError"),
        ({"test_result": {"git_patch": None}}, True, None),
        ({"test_result": {"git_patch": "0\n" + PATCH}, "error": "it broke"}, False, "error"),
        ({"test_result": {"result": {}}, "git_patch": PATCH}, False, None),
    ],
)
def test_patches_and_errors(tmp_path: Path, changes: Any, is_patch_empty: bool | None, exit_status: str | None) -> None:
    attempt = of(records_of(output(tmp_path, line(**changes))), Attempt)[0]
    assert (attempt.is_patch_empty, attempt.exit_status) == (is_patch_empty, exit_status)
    assert attempt.patch in (None, PATCH)


def test_the_newest_lines_hold_totals_alone(tmp_path: Path) -> None:
    newest = {
        "instance_id": "synthetic__clock-1",
        "attempt": 1,
        "max_attempts": 3,
        "status": "success",
        "resolved": True,
        "test_result": {"git_patch": PATCH},
        "cost": {"input_tokens": 100, "output_tokens": 7, "total_cost": 0.5},
        "artifacts_url": "",
    }
    attempt = of(records_of(output(tmp_path, newest)), Attempt)[0]
    found = (attempt.input_tokens, attempt.input_tokens_with_cache, attempt.output_tokens, attempt.cost_usd)
    assert found == (None, 100, 7, 0.5)


def test_other_rows_are_left_alone(tmp_path: Path) -> None:
    for number, row in enumerate(
        ({"instance_id": "a", "model_patch": ""}, {"instance_id": "a", "resolved": True}, {"test_result": {}})
    ):
        assert not openhands_output.matches(output(tmp_path, row, name=f"{number}.jsonl"))
    assert not openhands_output.matches(output(tmp_path, line(), name="output.critic_attempt_1.jsonl"))


def test_bad_lines_and_events_cost_themselves_alone(tmp_path: Path) -> None:
    odd = line("kept", history=[7, *HISTORY, {"action": 7, "observation": []}, "text"], metrics={"token_usages": 3})
    rows, bad = flattened(openhands_output, output(tmp_path, b"{torn", odd, {"test_result": {}}, line("last")))
    assert {row.task_id for row in of(rows, Attempt)} == {"kept", "last"}
    assert len([row for row in of(rows, ToolCall) if row.session_index == 0]) == 5
    assert set(bad) == {
        "line 1",
        "line 2/metrics/token_usages",
        "line 2/history/0",
        "line 2/history/18/action",
        "line 2/history/18/observation",
        "line 2/history/19",
        "line 3",
    }
    assert METADATA["dataset"] == of(rows, EvalRun)[0].dataset


@DAMAGE
@given(st.data())
def test_damage_is_contained(tmp_path: Path, data: st.DataObject) -> None:
    whole = line("kept", history=HISTORY[:2])
    torn = data.draw(damaged_bytes(json.dumps(line()).encode())).replace(b"\n", b" ")
    rows = survived(openhands_output, output(tmp_path, whole, torn))
    assert "kept" in [row.task_id for row in rows if isinstance(row, Attempt)]
    sdk = line(metadata=SDK_METADATA, history=SDK_HISTORY)
    for sound in (line(), sdk):
        rows = survived(openhands_output, output(tmp_path, whole, data.draw(retyped(sound))))
        assert "kept" in [row.task_id for row in rows if isinstance(row, Attempt)]
