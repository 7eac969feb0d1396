"""Sub-agents in the results of pi's tools. All texts are synthetic."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from loaders.tables import Entry, FileEdit, Record, Session, SessionEvent, ToolCall
from tests.python.loaders.formats.pi_inputs import (
    HEADER,
    STAMP,
    USAGE,
    Json,
    answer,
    call,
    landed,
    of,
    result,
    session_file,
    user,
)

AT = 1767323050000
TOTAL: Json = {
    "input": 30,
    "output": 50,
    "cacheRead": 1000,
    "cacheWrite": 70,
    "cost": 0.5,
    "contextTokens": 9,
    "turns": 4,
}


def said(*blocks: Json, **fields: Any) -> Json:
    return {"role": "assistant", "content": list(blocks), "model": "small", "usage": USAGE, "timestamp": AT} | fields


def answered(call_id: str, name: str, **fields: Any) -> Json:
    content = [{"type": "text", "text": "ok"}]
    message = {"role": "toolResult", "toolCallId": call_id, "toolName": name, "content": content, "isError": False}
    return message | {"timestamp": AT + 1000} | fields


def session_of(folder: Path, results: Any, tool: str = "subagent", **fields: Any) -> list[Record]:
    return landed(
        session_file(
            folder,
            HEADER,
            user("a", None),
            answer("b", "a", call("c|1", tool, task="look")),
            result("c", "b", "c|1", tool, "found", details={"mode": "parallel", "results": results}, **fields),
        )
    )


def test_messages_of_a_sub_agent(tmp_path: Path) -> None:
    edit = said(call("e", "edit", path="p.py", oldText="x", newText="y"))
    messages = [
        edit,
        answered("e", "edit", details={"diff": "-4 x\n+4 y"}),
        "no message",
        said({"type": "text", "text": "done"}, stopReason="aborted"),
    ]
    records = session_of(
        tmp_path, [{"agent": "scout", "messages": messages, "usage": TOTAL}, 7, {"agent": "other", "usage": TOTAL}]
    )
    parent, first, second = of(records, Session)
    assert (parent.session_index, parent.is_subagent, parent.parent_session_index) == (0, False, None)
    assert (first.session_index, first.is_subagent, first.parent_session_index) == (1, True, 0)
    assert first.native_session_id == "synthetic-session/agent-c|1-0"
    assert (first.model_id, first.agent_type, first.working_directory) == ("small", "pi", "/work")
    assert (first.started_at, first.finished_at) == (
        datetime(2026, 1, 2, 3, 4, 5),
        datetime(2026, 1, 2, 3, 4, 5),
    )
    assert (second.session_index, second.native_session_id) == (2, "synthetic-session/agent-c|1-2")
    rows = of(records, Entry)
    assert [(row.session_index, row.entry_index, row.entry_type, row.role, row.is_llm_call) for row in rows] == [
        (0, 0, "message", "user", False),
        (0, 1, "message", "assistant", True),
        (0, 2, "tool_result", "tool", False),
        (1, 0, "message", "assistant", True),
        (1, 1, "tool_result", "tool", False),
        (1, 2, "message", "assistant", True),
        (2, 0, "usage_total", None, False),
    ]
    assert [row.input_tokens for row in rows] == [None, 3, None, 3, None, 3, 30]
    assert (rows[6].cost_usd, rows[6].cache_read_tokens, rows[6].occurred_at) == (
        0.5,
        1000,
        datetime(2026, 1, 2, 3, 4, 5),
    )
    assert (rows[3].message_at, rows[3].occurred_at) == (datetime(2026, 1, 2, 3, 4, 10), None)
    assert (rows[4].occurred_at, rows[4].on_active_path) == (datetime(2026, 1, 2, 3, 4, 11), None)
    assert [(row.session_index, row.tool_name, row.has_result) for row in of(records, ToolCall)] == [
        (0, "subagent", True),
        (1, "edit", True),
    ]
    assert [(row.session_index, row.entry_index, row.start_line) for row in of(records, FileEdit)] == [(1, 0, 4)]
    assert [(row.session_index, row.event_type) for row in of(records, SessionEvent)] == [(1, "interrupt")]


def test_messages_without_usage_and_the_total(tmp_path: Path) -> None:
    records = session_of(tmp_path, [{"messages": [said(usage=None)], "usage": TOTAL, "model": "m"}], tool="task")
    rows = [row for row in of(records, Entry) if row.session_index == 1]
    assert [(row.entry_type, row.is_llm_call, row.input_tokens) for row in rows] == [
        ("message", True, None),
        ("usage_total", False, 30),
    ]


def test_usage_that_the_tool_states_counts_once(tmp_path: Path) -> None:
    results = [{"messages": [said()], "usage": TOTAL}, {"usage": TOTAL}]
    records = session_of(tmp_path, results, usage=TOTAL)
    rows = of(records, Entry)
    assert [row.input_tokens for row in rows] == [None, 3, 30, None, None]
    assert [row.is_llm_call for row in rows] == [False, True, False, True, False]


def test_sub_agents_of_sub_agents(tmp_path: Path) -> None:
    inner = answered("i", "task", details={"results": [{"usage": TOTAL, "resolvedModel": "p/m:high"}]})
    outer = [said(call("i", "task")), inner]
    sessions = of(session_of(tmp_path, [{"messages": outer}, {}]), Session)
    assert [(row.session_index, row.parent_session_index, row.native_session_id) for row in sessions] == [
        (0, None, "synthetic-session"),
        (1, 0, "synthetic-session/agent-c|1-0"),
        (2, 0, "synthetic-session/agent-c|1-1"),
        (3, 1, "synthetic-session/agent-c|1-0/agent-i-0"),
    ]
    assert sessions[3].model_id == "p/m:high"


@pytest.mark.parametrize("results", [None, [], {}, "text", [1, None, "x", []]])
def test_results_that_are_none(tmp_path: Path, results: Any) -> None:
    assert len(of(session_of(tmp_path, results), Session)) == 1


def test_other_tools_may_have_results_of_their_own(tmp_path: Path) -> None:
    assert len(of(session_of(tmp_path, [{"usage": TOTAL}], tool="web_search"), Session)) == 1
    assert STAMP in HEADER["timestamp"]
