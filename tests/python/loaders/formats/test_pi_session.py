"""pi's session files: synthetic ones, for each rule of the format."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.pi import session as pi_session
from loaders.formats.pi.session import session_id_of
from loaders.tables import BadRecord, Entry, PhaseEvent, SessionEvent, ToolCall
from tests.python.loaders.formats.pi_inputs import (
    HEADER,
    STAMP,
    USAGE,
    Json,
    answer,
    call,
    entry,
    landed,
    of,
    result,
    session_file,
    user,
)


def test_a_lost_line_does_not_cut_the_path(fixtures: Path, tmp_path: Path) -> None:
    name = "gjc__04-awesome-agent-ide.jsonl"
    rows = of(landed(Artifact(fixtures / "pi_sessions" / name, fixtures)), Entry)
    assert all(row.on_active_path for row in rows)
    torn: list[Json | str] = [HEADER, user("a", None), '{"id":"b","parentId":"a", torn', user("c", "b")]
    assert [row.on_active_path for row in of(landed(session_file(tmp_path, *torn)), Entry)] == [True, True]
    headless: list[Json | str] = [HEADER, user("a", None), 'lost"}', user("c", "b")]
    assert [row.on_active_path for row in of(landed(session_file(tmp_path, *headless)), Entry)] == [True, True]
    missing = [HEADER, user("a", None), user("c", "b")]
    assert [row.on_active_path for row in of(landed(session_file(tmp_path, *missing)), Entry)] == [False, True]


def test_session_id_of_a_path() -> None:
    assert session_id_of("/s/2025-12-09T00-52-54-397Z_d97339c6-6c10.jsonl") == "d97339c6-6c10"
    assert session_id_of("C:\\s\\2025-12-09T00-52-54-397Z_d9.jsonl") == "d9"
    assert session_id_of("my_own_name.jsonl") == "my_own_name"


def test_branches(tmp_path: Path) -> None:
    artifact = session_file(
        tmp_path,
        HEADER,
        user("a", None),
        answer("b", "a"),
        user("c", "b"),
        entry("branch_summary", "d", "b", fromId="c", summary="went elsewhere"),
        user("e", "d"),
        user("f", None),
        user("g", "f"),
        entry("label", "h", "e", targetId="b", label="here"),
    )
    records = landed(artifact)
    active = {row.entry_id: row.on_active_path for row in of(records, Entry)}
    assert active == {"a": True, "b": True, "c": False, "d": True, "e": True, "f": False, "g": False, "h": True}
    events = [(event.event_type, event.from_value, event.entry_index) for event in of(records, SessionEvent)]
    assert events == [("branch", "b", 3), ("branch", None, 5), ("label", "b", 7)]
    assert [event.detail for event in of(records, SessionEvent)] == ["branch_summary", "root", None]
    assert of(records, Entry)[3].text == "went elsewhere"


def test_a_summary_of_a_branch_from_the_root(tmp_path: Path) -> None:
    lines = [HEADER, user("a", None), entry("branch_summary", "b", None, fromId="root", summary="s"), user("c", "b")]
    (event,) = of(landed(session_file(tmp_path, *lines)), SessionEvent)
    assert (event.event_type, event.from_value, event.detail) == ("branch", None, "branch_summary")


def test_parents_that_are_missing_or_torn_are_no_branch(tmp_path: Path) -> None:
    torn: list[Json | str] = [
        HEADER,
        user("a", None),
        '{"type":"message","id":"b","parentId":"a","mess',
        user("c", "a"),
    ]
    records = landed(session_file(tmp_path, *torn, user("d", "gone"), user("e", "gone too")))
    assert not of(records, SessionEvent)
    assert [row.on_active_path for row in of(records, Entry)] == [False, False, False, True]


def test_a_cycle_of_parents_ends(tmp_path: Path) -> None:
    rows = of(landed(session_file(tmp_path, HEADER, user("a", "b"), user("b", "a"))), Entry)
    assert [row.on_active_path for row in rows] == [True, True]


def test_results_join_in_completion_order(tmp_path: Path) -> None:
    late = "2026-01-02T03:05:00.000Z"
    artifact = session_file(
        tmp_path,
        HEADER,
        answer("a", None, call("x|1", "bash", command="make"), call("y", "read", path="p.py"), call("z", "ls")),
        result("b", "a", "y", "read", "text", details={"truncation": {"content": "", "truncated": True}}),
        result("c", "b", "x|1", "bash", "no rule\n\nCommand exited with code 2", isError=True) | {"timestamp": late},
        result("d", "c", "gone", "grep", "hit"),
    )
    first, second, third, orphan = of(landed(artifact), ToolCall)
    assert (first.call_index, first.command, first.is_error, first.exit_code) == (0, "make", True, 2)
    assert (first.called_at, first.result_at) == (datetime(2026, 1, 2, 3, 4, 5), datetime(2026, 1, 2, 3, 5))
    assert (second.call_index, second.result_text, second.is_result_truncated) == (1, "text", True)
    assert (second.exit_code, second.path_argument, second.result_length) == (None, "p.py", 4)
    assert (third.has_result, third.is_error, third.result_text) == (False, None, None)
    assert (orphan.tool_name, orphan.entry_index, orphan.result_text, orphan.called_at) == ("grep", 3, "hit", None)


def test_what_stands_in_an_answer(tmp_path: Path) -> None:
    blocks: list[Json] = [
        {"type": "thinking", "thinking": "hm"},
        {"type": "thinking", "thinking": "", "thinkingSignature": "s", "redacted": True},
        {"type": "text", "text": "one"},
        {"type": "text", "text": "two"},
    ]
    (row, failed) = of(
        landed(session_file(tmp_path, HEADER, answer("a", None, *blocks), answer("b", "a", stopReason="error"))), Entry
    )
    assert (row.text, row.thinking_text, row.thinking_block_lengths) == ("one\ntwo", "hm", [2, 0])
    assert (row.input_tokens, row.cache_read_tokens, row.cache_write_tokens) == (3, 100, 7)
    assert (row.output_tokens, row.reasoning_tokens, row.cost_usd, row.usage_basis) == (5, 2, 0.25, "excludes_cache")
    assert (failed.text, failed.thinking_block_lengths, failed.is_error, failed.stop_reason) == ("", [], True, "error")


def test_a_user_speaks_at_the_message_time(tmp_path: Path) -> None:
    (row,) = of(landed(session_file(tmp_path, HEADER, user("a", None))), Entry)
    assert (row.message_at, row.occurred_at) == (datetime(2026, 1, 2, 3, 4), datetime(2026, 1, 2, 3, 4, 5))


def test_entries_that_are_not_messages(tmp_path: Path) -> None:
    artifact = session_file(
        tmp_path,
        HEADER,
        entry("compaction", None, None, summary="old", tokensBefore=9, firstKeptEntryIndex=4),
        entry(
            "compaction",
            None,
            None,
            summary="new",
            tokensBefore=8,
            firstKeptEntryId="e",
            usage=USAGE,
            fromHook=True,
            details={"readFiles": [], "modifiedFiles": []},
        ),
        entry("compaction", None, None, summary="", tokensBefore=7, retainedTail=[{"role": "user", "content": "x"}]),
        entry("custom", None, None, customType="state", data={"phase": "none"}),
        entry("custom_message", None, None, customType="note", content="context", display=False),
        entry("message", None, None, message={"role": "bashExecution", "command": "ls", "output": "o", "exitCode": 1}),
        entry("message", None, None, message={"role": "hookMessage", "customType": "hook", "content": "hooked"}),
        entry("message", None, None, message={"role": "custom", "customType": "c", "content": "of version 3"}),
        entry("session_info", None, None, name="what it is called"),
        entry("mode_change", None, None, content={"of": "another shape"}),
    )
    records = landed(artifact)
    assert not of(records, BadRecord)
    assert not of(records, PhaseEvent)
    events = of(records, SessionEvent)
    assert [(event.event_type, event.tokens_before, event.from_value, event.detail) for event in events] == [
        ("compaction", 9, "4", None),
        ("compaction", 8, "e", "hook"),
        ("compaction", 7, None, None),
    ]
    rows = of(records, Entry)
    assert [(row.entry_type, row.role, row.text) for row in rows] == [
        ("compaction", None, "old"),
        ("compaction", None, "new"),
        ("compaction", None, ""),
        ("custom", None, None),
        ("custom_message", None, "context"),
        ("bash_execution", "user", "ls"),
        ("custom_message", None, "hooked"),
        ("custom_message", None, "of version 3"),
        ("session_info", None, "what it is called"),
        ("mode_change", None, None),
    ]
    assert (rows[1].input_tokens, rows[1].is_llm_call) == (3, False)
    assert all(row.on_active_path for row in rows)
    assert not of(records, ToolCall)


def test_only_what_the_person_typed_is_a_user_message(tmp_path: Path) -> None:
    def said(**fields: Any) -> Json:
        return entry(
            "message", None, None, message={"role": "user", "content": [{"type": "text", "text": "x"}]} | fields
        )

    artifact = session_file(
        tmp_path,
        HEADER,
        said(attribution="user"),
        said(attribution="agent"),
        said(synthetic=True),
        entry("message", None, None, message={"role": "developer", "content": "rules"}),
        entry("message", None, None, message={"role": "compactionSummary", "summary": "s"}),
    )
    assert [(row.entry_type, row.role) for row in of(landed(artifact), Entry)] == [
        ("message", "user"),
        ("meta", "user"),
        ("meta", "user"),
        ("message", "system"),
        ("compaction_summary", None),
    ]


def test_usage_of_a_tool_and_costs_that_are_zero(tmp_path: Path) -> None:
    free = USAGE | {"cost": {"input": 0, "output": 0, "total": 0}}
    artifact = session_file(
        tmp_path,
        HEADER,
        answer("a", None, call("1", "ask"), usage=free),
        result("b", "a", "1", "ask", "ok", usage=USAGE),
        answer("c", "b", usage=None),
    )
    first, tool, last = of(landed(artifact), Entry)
    assert (first.cost_usd, first.output_tokens, first.is_llm_call) == (0, 5, True)
    assert (tool.cost_usd, tool.input_tokens, tool.is_llm_call) == (0.25, 3, False)
    assert (last.cost_usd, last.input_tokens, last.usage_basis, last.is_llm_call) == (None, None, None, True)


def test_arguments_cut_off_say_nothing(tmp_path: Path) -> None:
    cut = call("1", "read", path="/wor") | {"partialJson": '{"path": "/wor'}
    whole = call("2", "read", path="/src/a.py") | {"partialJson": '{"path": "/src/a.py"}'}
    first, second = of(
        landed(session_file(tmp_path, HEADER, answer("a", None, cut, whole, stopReason="aborted"))), ToolCall
    )
    assert (first.path_argument, first.arguments) == (None, '{"path":"/wor"}')
    assert second.path_argument == "/src/a.py"


def test_images_and_evicted_texts_land_nothing(tmp_path: Path) -> None:
    image = [{"type": "image", "data": "QUJD" * 9, "mimeType": "image/png"}]
    evicted = "[Compacted history content evicted to durable cold storage]"
    artifact = session_file(
        tmp_path,
        HEADER,
        answer("a", None, call("1", "read", path="p.png"), call("2", "read", path="q"), call("3", "bash", command="t")),
        result("b", "a", "1", "read", "", content=image),
        result("c", "b", "2", "read", evicted),
        result("d", "c", "3", "bash", "", content=[]),
    )
    calls = of(landed(artifact), ToolCall)
    assert [(row.has_result, row.result_text, row.result_length) for row in calls] == [
        (True, None, None),
        (True, None, None),
        (True, "", 0),
    ]
    spilled = call("1", "write", __gjcColdSpillArguments=True, refPath="r", notice=evicted)
    thought = {"type": "thinking", "thinking": evicted}
    records = landed(
        session_file(tmp_path, HEADER, answer("a", None, spilled, thought, {"type": "text", "text": evicted}))
    )
    (row,) = of(records, Entry)
    assert (row.text, row.thinking_text, row.thinking_block_lengths) == (None, None, None)
    assert of(records, ToolCall)[0].arguments is None


def test_a_bad_line_costs_itself_alone(tmp_path: Path) -> None:
    artifact = session_file(
        tmp_path,
        HEADER,
        user("a", None),
        "not json",
        "[1]",
        '{"no": "type"}',
        entry("message", "b", "a", message={"role": "user", "content": 7}),
        json.dumps(user("c", "b")) + json.dumps(user("d", "c")),
        "",
        user("e", "d"),
        '{"type":"message","id":"f","par',
    )
    records = landed(artifact)
    assert [row.entry_id for row in of(records, Entry)] == ["a", "b", "c", "d", "e"]
    assert of(records, Entry)[1].text is None
    assert all(row.on_active_path for row in of(records, Entry))
    assert [row.line_number for row in of(records, BadRecord)] == [3, 4, 5, 6, 10]
    assert of(records, Entry)[-1].place == "line 9"


def test_matching_is_by_content(tmp_path: Path) -> None:
    def is_matched(*lines: Json | str, name: str = "x.jsonl") -> bool:
        return pi_session.matches(session_file(tmp_path, *lines, name=name))

    assert is_matched(HEADER)
    assert is_matched("torn", user(None, None))
    assert is_matched(user("a", None, "long " * 20_000))
    assert not is_matched(HEADER, name="x.json")
    assert not is_matched(HEADER, {"type": "agent_start"})
    assert not is_matched({"type": "message", "role": "user", "content": []})
    assert not is_matched({**user("a", None), "sessionId": "s", "uuid": "u"})
    assert not is_matched({"type": "session_meta", "timestamp": STAMP, "payload": {"id": "x"}})
    assert not is_matched({"instance_id": "a", "model_patch": ""})
    assert not is_matched("")


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(UnreadableArtifactError):
        landed(session_file(tmp_path, ""))
    assert [type(row) for row in landed(session_file(tmp_path, "{", "["))] == [BadRecord, BadRecord]
