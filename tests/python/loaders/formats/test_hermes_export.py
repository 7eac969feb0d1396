"""hermes-agent's session export: the real file recounted with plain json, and synthetic ones for every rule."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats import FORMATS
from loaders.formats.hermes import export as hermes_export
from loaders.tables import BadRecord, Entry, FileEdit, Record, Session, SessionEvent, ToolCall
from tests.python.loaders.formats.damage import DAMAGE, anything, damaged_bytes, survives

R = TypeVar("R", bound=Record)
Json = dict[str, Any]
START = 1_767_323_045.5


def message(number: int, role: str, content: Any, **fields: Any) -> Json:
    common = {"id": number, "session_id": "synthetic-1", "timestamp": START + number, "observed": 0, "active": 1}
    return (
        {"role": role, "content": content, "tool_call_id": None, "tool_calls": None, "tool_name": None}
        | common
        | fields
    )


def asked(call_id: str, name: str, arguments: Any) -> Json:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def export(*messages: Any, **fields: Any) -> Json:
    """A synthetic line of `hermes sessions export`."""
    columns = {
        "id": "synthetic-1",
        "source": "cli",
        "user_id": "u1",
        "model": "m",
        "model_config": '{"max_iterations": 9}',
        "system_prompt": "You are synthetic.",
        "parent_session_id": None,
        "started_at": START,
        "ended_at": None,
        "end_reason": "cli_close",
        "message_count": len(messages),
        "tool_call_count": 0,
        "input_tokens": 10,
        "output_tokens": 20,
        "cache_read_tokens": 30,
        "cache_write_tokens": 0,
        "reasoning_tokens": 5,
        "cwd": "/work",
        "estimated_cost_usd": 0.25,
        "actual_cost_usd": None,
        "cost_status": "estimated",
        "api_call_count": 3,
    }
    return columns | fields | {"messages": list(messages)}


def written(folder: Path, *lines: Any) -> Artifact:
    path = folder / "sessions.jsonl"
    path.write_text("".join((item if isinstance(item, str) else json.dumps(item)) + "\n" for item in lines))
    return Artifact(path, folder)


def landed(folder: Path, *lines: Any) -> list[Record]:
    return list(hermes_export.flatten(written(folder, *lines)))


def of(records: list[Record], kind: type[R]) -> list[R]:
    return [item for item in records if isinstance(item, kind)]


def test_the_real_export_against_plain_json(fixtures: Path) -> None:
    path = fixtures / "hermes" / "teich__example_hermes_session.jsonl"
    artifact = Artifact(path, fixtures)
    assert next(module for module in FORMATS if module.matches(artifact)) is hermes_export
    records = list(hermes_export.flatten(artifact))
    (raw,) = (json.loads(line) for line in path.read_text().splitlines())
    messages = raw["messages"]
    (session,) = of(records, Session)
    entries, calls = of(records, Entry), of(records, ToolCall)
    assert not of(records, BadRecord)
    assert session.native_session_id == raw["id"]
    assert session.total_input_tokens == raw["input_tokens"]
    assert session.total_cache_read_tokens == raw["cache_read_tokens"]
    assert session.total_output_tokens == raw["output_tokens"]
    assert session.llm_call_count == raw["api_call_count"]
    assert raw["cost_status"] == "unknown" and session.total_cost_usd is None
    assert session.started_at is not None
    assert abs(session.started_at.replace(tzinfo=UTC).timestamp() - raw["started_at"]) < 1e-5
    assert [row.entry_id for row in entries] == [str(item["id"]) for item in messages]
    roles = [item["role"] for item in messages]
    assert [row.role for row in entries] == roles
    assert sum(row.is_llm_call is True for row in entries) == roles.count("assistant")
    assert sum(row.entry_type == "message" and row.role == "user" for row in entries) == roles.count("user")
    for row, item in zip(entries, messages, strict=True):
        assert row.occurred_at is not None
        assert abs(row.occurred_at.replace(tzinfo=UTC).timestamp() - item["timestamp"]) < 1e-5
        assert row.thinking_text == (item["reasoning"] or None)
        assert row.stop_reason == item["finish_reason"]
        assert row.on_active_path is True
    made = [one for item in messages for one in item["tool_calls"] or ()]
    assert [row.tool_call_id for row in calls] == [one["id"] for one in made]
    assert [json.loads(row.arguments or "") for row in calls] == [
        json.loads(one["function"]["arguments"]) for one in made
    ]
    answers = {item["tool_call_id"]: item["content"] for item in messages if item["role"] == "tool"}
    assert [row.result_text for row in calls] == [answers.get(one["id"]) for one in made]


def test_session_fields_and_totals(tmp_path: Path) -> None:
    (row,) = of(landed(tmp_path, export(message(1, "user", "hi"), ended_at=START + 9)), Session)
    assert (row.origin, row.user_id, row.model_id, row.working_directory) == ("cli", "u1", "m", "/work")
    assert (row.exit_status, row.total_cost_usd, row.is_usage_reported) == ("cli_close", 0.25, False)
    assert (row.total_cache_write_tokens, row.total_reasoning_tokens) == (0, 5)
    assert row.started_at == datetime(2026, 1, 2, 3, 4, 5, 500_000)
    assert row.finished_at == datetime(2026, 1, 2, 3, 4, 14, 500_000)


@pytest.mark.parametrize(
    ("fields", "cost"),
    [
        ({"actual_cost_usd": 0.5}, 0.5),
        ({"cost_status": "unknown", "estimated_cost_usd": 0.0}, None),
        ({"cost_status": "included", "estimated_cost_usd": 0.0}, 0.0),
        ({"estimated_cost_usd": None}, None),
    ],
)
def test_cost(tmp_path: Path, fields: Json, cost: float | None) -> None:
    assert of(landed(tmp_path, export(**fields)), Session)[0].total_cost_usd == cost


def test_sub_agents_and_continued_sessions(tmp_path: Path) -> None:
    records = landed(
        tmp_path,
        export(message(1, "user", "[CONTEXT COMPACTION — REFERENCE ONLY] before"), parent_session_id="p"),
        export(message(1, "user", "look there"), source="subagent", parent_session_id="p"),
        export(message(1, "user", "look there"), model_config='{"_delegate_from": "q"}'),
    )
    found = [(row.session_index, row.parent_native_session_id, row.is_subagent) for row in of(records, Session)]
    assert found == [(0, "p", False), (1, "p", True), (2, "q", True)]
    types = [row.entry_type for row in of(records, Entry)]
    assert types == ["compaction_summary", "agent_prompt", "agent_prompt"]
    assert [(row.session_index, row.event_type) for row in of(records, SessionEvent)] == [(0, "compaction")]


def test_calls_results_edits_and_reasoning(tmp_path: Path) -> None:
    patch = '{"path": "a.py", "old_string": "x", "new_string": "y"}'
    diff = json.dumps({"success": True, "diff": "--- a/a.py\n+++ b/a.py\n@@ -7 +7 @@\n-x\n+y\n"})
    records = landed(
        tmp_path,
        export(
            message(1, "user", [{"type": "text", "text": "fix"}, {"type": "image_url"}]),
            message(
                2,
                "assistant",
                None,
                tool_calls=[asked("one", "patch", patch), asked("two", "terminal", '{"command": "ls"}')],
                reasoning="think first",
                finish_reason="tool_calls",
            ),
            message(
                3, "tool", '{"output": "", "exit_code": 1, "error": null}', tool_call_id="two", tool_name="terminal"
            ),
            message(4, "tool", diff, tool_call_id="one", tool_name="patch"),
            message(5, "assistant", "<think>\nhm\n</think>\ndone", finish_reason="stop"),
            message(6, "tool", "lost", tool_call_id="three", tool_name="terminal"),
        ),
    )
    user, answer, _, _, last, lost = of(records, Entry)
    calls = of(records, ToolCall)
    assert (user.text, user.message_at) == ("fix", user.occurred_at)
    assert (answer.text, answer.thinking_text, answer.thinking_block_lengths) == ("", "think first", [11])
    assert (answer.stop_reason, answer.message_at, answer.model_id) == ("tool_calls", None, "m")
    assert (last.text, last.thinking_text) == ("done", "hm")
    found = [(row.tool_name, row.is_error, row.exit_code, row.entry_index) for row in calls]
    assert found == [("patch", False, None, 1), ("terminal", True, 1, 1), ("terminal", False, None, lost.entry_index)]
    assert calls[0].called_at == answer.occurred_at
    assert calls[0].result_at == datetime(2026, 1, 2, 3, 4, 9, 500_000)
    assert [(row.path, row.start_line, row.range_basis) for row in of(records, FileEdit)] == [("a.py", 7, "exact")]


def test_results_without_ids_go_by_order(tmp_path: Path) -> None:
    calls = [{"function": {"name": name, "arguments": {}}} for name in ("a", "b")]
    records = landed(
        tmp_path,
        export(
            message(1, "assistant", "", tool_calls=json.dumps(calls)), message(2, "tool", "1"), message(3, "tool", "2")
        ),
    )
    assert [(row.tool_name, row.result_text) for row in of(records, ToolCall)] == [("a", "1"), ("b", "2")]


def test_undone_compacted_and_overheard_messages(tmp_path: Path) -> None:
    records = landed(
        tmp_path,
        export(
            message(1, "user", "undone", active=0),
            message(2, "user", "summed up", active=0, compacted=1),
            message(3, "user", "overheard", observed=1),
            message(4, "session_meta", None),
        ),
    )
    found = [(row.entry_type, row.role, row.on_active_path) for row in of(records, Entry)]
    assert found == [
        ("message", "user", False),
        ("message", "user", True),
        ("meta", "user", True),
        ("session_meta", None, True),
    ]


def test_bad_lines_and_messages_cost_themselves_alone(tmp_path: Path) -> None:
    records = landed(
        tmp_path,
        "{torn",
        {"source": "cli", "started_at": START},
        export(message(1, "user", "kept"), "no message", {"content": "no role"}, id=7, started_at="x", model=[]),
        export(messages_are_missing=1) | {"messages": None},
    )
    assert [row.line_number for row in of(records, BadRecord)] == [1, 2, 3, 3]
    assert [row.text for row in of(records, Entry)] == ["kept"]
    assert [row.session_index for row in of(records, Session)] == [0, 1]
    with pytest.raises(UnreadableArtifactError, match="the file is empty"):
        landed(tmp_path, "")


def test_recognised_by_keys(tmp_path: Path) -> None:
    assert hermes_export.matches(written(tmp_path, "{torn", export()))
    assert hermes_export.matches(
        written(tmp_path, export(system_prompt="x" * 1_000, messages=[message(1, "user", "y")]))
    )
    assert not hermes_export.matches(written(tmp_path, {"source": "cli", "started_at": 1, "messages": []}))


JSON_VALUES = anything("function", "name", "id")
FULL = export(
    message(1, "user", "kept text"),
    message(2, "assistant", "x", tool_calls=[asked("one", "terminal", '{"command": "ls"}')], reasoning="r"),
    message(3, "tool", '{"exit_code": 1}', tool_call_id="one", tool_name="terminal"),
)


@DAMAGE
@given(damaged_bytes(json.dumps(FULL).encode()))
def test_damaged_bytes_never_raise(tmp_path: Path, damaged: bytes) -> None:
    records = survives(hermes_export, tmp_path / "damaged.jsonl", json.dumps(FULL).encode() + b"\n" + damaged)
    assert "kept text" in [row.text for row in of(records, Entry) if row.session_index == 0]


@DAMAGE
@given(
    st.dictionaries(st.sampled_from(sorted(FULL)), JSON_VALUES),
    st.dictionaries(st.sampled_from([*FULL["messages"][0], "reasoning", "reasoning_content"]), JSON_VALUES),
    st.sampled_from(["user", "assistant", "tool", "system"]),
)
def test_wrong_types_never_raise(tmp_path: Path, fields: Json, inner: Json, role: str) -> None:
    odd = export(*FULL["messages"], {"role": role} | inner) | fields
    records = survives(hermes_export, tmp_path / "wrong.jsonl", f"{json.dumps(odd)}\n{json.dumps(FULL)}".encode())
    assert "kept text" in [row.text for row in of(records, Entry)]
