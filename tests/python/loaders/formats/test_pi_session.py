"""pi's session files: every real one recounted with plain json, and synthetic ones for what those do not show."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats import pi_session
from loaders.formats.pi_edits import Change, display_changes, patch_changes
from loaders.formats.pi_session import session_id_of
from loaders.tables import BadRecord, Entry, FileEdit, PhaseEvent, Record, Session, SessionEvent, ToolCall

R = TypeVar("R", bound=Record)
Json = dict[str, Any]

STAMP = "2026-01-02T03:04:05.000Z"
HEADER: Json = {"type": "session", "version": 3, "id": "synthetic-session", "timestamp": STAMP, "cwd": "/work"}
USAGE: Json = {"input": 3, "output": 5, "cacheRead": 100, "cacheWrite": 7, "reasoning": 2, "cost": {"total": 0.25}}


def entry(kind: str, entry_id: str | None, parent: str | None, **fields: Any) -> Json:
    return {"type": kind, "id": entry_id, "parentId": parent, "timestamp": STAMP, **fields}


def user(entry_id: str | None, parent: str | None, text: str = "please") -> Json:
    return entry("message", entry_id, parent, message={"role": "user", "content": text, "timestamp": 1767323040000})


def answer(entry_id: str | None, parent: str | None, *blocks: Json, **fields: Any) -> Json:
    message = {"role": "assistant", "content": list(blocks), "model": "synthetic-1", "usage": USAGE} | fields
    return entry("message", entry_id, parent, message=message)


def call(call_id: str, name: str, **arguments: Any) -> Json:
    return {"type": "toolCall", "id": call_id, "name": name, "arguments": arguments}


def result(entry_id: str | None, parent: str | None, call_id: str, name: str, text: str, **fields: Any) -> Json:
    content = [{"type": "text", "text": text}]
    message = {"role": "toolResult", "toolCallId": call_id, "toolName": name, "content": content, "isError": False}
    return entry("message", entry_id, parent, message=message | fields)


def session_file(folder: Path, *lines: Json | str, name: str = "session.jsonl") -> Artifact:
    """A synthetic session file; lines of text are written as they are."""
    path = folder / name
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return Artifact(path, folder)


def landed(artifact: Artifact) -> list[Record]:
    return list(pi_session.flatten(artifact))


def of(records: list[Record], kind: type[R]) -> list[R]:
    return [record for record in records if isinstance(record, kind)]


def plain_objects(path: Path) -> tuple[list[Json], int]:
    """(objects in file order, lines that are not JSON), by json alone."""
    decoder, found, bad = json.JSONDecoder(), [], 0
    for line in path.read_text().split("\n"):
        rest = line.strip()
        while rest:
            try:
                value, end = decoder.raw_decode(rest)
            except ValueError:
                bad += 1
                break
            found.append(value)
            rest = rest[end:].lstrip()
    return found, bad


# file: (user, assistant, toolResult, calls, calls without a result, errors, compactions, model changes, bad lines)
COUNTS = {
    "agent-sessions__pi_small": (2, 2, 0, 0, 0, 0, 2, 1, 0),
    "gjc__01-youtube-transcript-extraction": (8, 156, 203, 205, 2, 35, 0, 0, 1),
    "gjc__04-awesome-agent-ide": (6, 60, 77, 78, 1, 5, 0, 2, 1),
    "pi-mono__before-compaction": (55, 484, 448, 454, 6, 12, 2, 5, 0),
    "pi-mono__html-export-0ec8509d_v2": (4, 25, 21, 21, 0, 2, 0, 1, 0),
    "pi-mono__html-export-87220540_v2": (1, 1, 0, 0, 0, 0, 0, 1, 0),
    "pi-mono__large-session": (88, 453, 373, 391, 18, 19, 0, 1, 0),
    "pi-mono__session": (44, 220, 189, 189, 0, 12, 1, 0, 0),
    "teich__example_openclaw_session": (2, 1, 0, 0, 0, 0, 0, 1, 0),
    "teich__example_pi_session": (19, 157, 144, 144, 0, 6, 0, 1, 0),
}


@pytest.mark.parametrize("name", COUNTS)
def test_real_sessions_against_plain_json(fixtures: Path, name: str) -> None:
    path = fixtures / "pi_sessions" / f"{name}.jsonl"
    artifact = Artifact(path, fixtures)
    assert pi_session.matches(artifact)
    records = landed(artifact)
    objects, bad_lines = plain_objects(path)
    messages = [value["message"] for value in objects if value["type"] == "message"]
    blocks = [block for message in messages if message["role"] == "assistant" for block in message["content"]]
    results = {message["toolCallId"]: message for message in messages if message["role"] == "toolResult"}
    calls = of(records, ToolCall)
    entries = of(records, Entry)
    roles = Counter(message["role"] for message in messages)
    events = Counter(event.event_type for event in of(records, SessionEvent))

    assert len(of(records, Session)) == 1
    assert len(entries) == sum(value["type"] != "session" for value in objects)
    assert [row.entry_index for row in entries] == list(range(len(entries)))
    prompts = sum(row.entry_type == "message" and row.role == "user" for row in entries)
    answers = [row for row in entries if row.is_llm_call]
    tool_results = [row for row in entries if row.entry_type == "tool_result"]
    assert (
        prompts,
        len(answers),
        len(tool_results),
        len(calls),
        sum(not row.has_result for row in calls),
        sum(row.is_error or False for row in calls),
        events["compaction"],
        events["model_change"],
        len(of(records, BadRecord)),
    ) == COUNTS[name]
    assert (prompts, len(answers), len(tool_results)) == (roles["user"], roles["assistant"], roles["toolResult"])
    assert sum(row.entry_type == "bashExecution" for row in entries) == roles["bashExecution"]
    assert len(of(records, BadRecord)) == bad_lines
    assert all(row.text is None for row in tool_results)

    plain_calls = [block for block in blocks if block["type"] == "toolCall"]
    assert Counter(row.tool_name for row in calls) == Counter(block["name"] for block in plain_calls)
    for row, block in zip(calls, plain_calls, strict=True):
        assert row.tool_call_id == block["id"]
        assert json.loads(row.arguments or "null") == block["arguments"]
        plain = results.get(block["id"])
        assert row.has_result == (plain is not None)
        if plain is not None:
            texts = [part["text"] for part in plain["content"] if part["type"] == "text"]
            assert row.result_text == "\n".join(texts)
            assert row.is_error == plain["isError"]
            code = (row.result_text or "").rpartition("Command exited with code ")[2]
            expected = int(code) if plain["isError"] and "exited with code" in (row.result_text or "") else None
            assert row.exit_code == expected

    usages = [message["usage"] for message in messages if message["role"] == "assistant"]
    for column, key in (
        ("input_tokens", "input"),
        ("output_tokens", "output"),
        ("cache_read_tokens", "cacheRead"),
        ("cache_write_tokens", "cacheWrite"),
    ):
        assert sum(getattr(row, column) for row in answers) == sum(usage[key] for usage in usages)
    assert sum(row.cost_usd or 0 for row in answers) == pytest.approx(sum(usage["cost"]["total"] for usage in usages))
    thinking = [block["thinking"] for block in blocks if block["type"] == "thinking"]
    assert [length for row in answers for length in row.thinking_block_lengths or ()] == [len(t) for t in thinking]
    text_length = sum(len(block["text"]) for block in blocks if block["type"] == "text")
    assert sum(len(row.text.replace("\n", "")) for row in answers if row.text) == sum(
        len(block["text"].replace("\n", "")) for block in blocks if block["type"] == "text"
    )
    assert text_length == 0 or any(row.text for row in answers)
    assert all(row.on_active_path for row in entries)


def test_real_edits_against_their_diffs(fixtures: Path) -> None:
    """Changed lines of every real display diff, counted by their sign alone."""
    seen = 0
    for path in sorted((fixtures / "pi_sessions").glob("*.jsonl")):
        objects, _ = plain_objects(path)
        lines = Counter[str]()
        for value in objects:
            message = value.get("message") or {}
            details = message.get("details") or {}
            if message.get("role") == "toolResult" and not message["isError"] and "diff" in details:
                for line in details["diff"].split("\n"):
                    lines[line[:1]] += 1
        edits = [edit for edit in of(landed(Artifact(path, fixtures)), FileEdit) if edit.range_basis == "exact"]
        assert sum(edit.added_lines or 0 for edit in edits) == lines["+"]
        assert sum(edit.deleted_lines or 0 for edit in edits) == lines["-"]
        assert all(edit.start_line is not None and edit.start_line >= 1 for edit in edits)
        seen += len(edits)
    assert seen == 665


def test_only_pi_sessions_match(fixtures: Path) -> None:
    matched = {path for path in fixtures.rglob("*.jsonl") if pi_session.matches(Artifact(path, fixtures))}
    assert matched == set((fixtures / "pi_sessions").glob("*.jsonl"))
    assert len(matched) == 10


def test_the_glued_line_keeps_both_objects(fixtures: Path) -> None:
    records = landed(Artifact(fixtures / "pi_sessions" / "pi-mono__session.jsonl", fixtures))
    lines = Counter(row.place for row in of(records, Entry))
    assert sorted(lines.values())[-2:] == [1, 2]


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


def test_header_versions_and_ids(fixtures: Path, tmp_path: Path) -> None:
    folder = fixtures / "pi_sessions"

    def session(name: str) -> Session:
        return of(landed(Artifact(folder / f"{name}.jsonl", fixtures)), Session)[0]

    first = session("pi-mono__before-compaction")
    assert first.format_version == "1"
    assert first.native_session_id == "ffae836b-9420-4060-ac13-7745215f90ff"
    assert first.parent_native_session_id == "d97339c6-6c10-4827-846b-9ff1d9c3dc37"
    assert (first.parent_path or "").endswith("_d97339c6-6c10-4827-846b-9ff1d9c3dc37.jsonl")
    assert first.started_at == datetime(2025, 12, 9, 0, 53, 29, 825000)
    assert first.working_directory == "/Users/badlogic/workspaces/pi-mono"
    headless = session("gjc__01-youtube-transcript-extraction")
    assert headless.native_session_id == "gjc__01-youtube-transcript-extraction"
    assert (headless.format_version, headless.working_directory) == (None, None)
    assert headless.started_at == datetime(2026, 7, 14, 8, 41, 44, 363000)
    assert session("pi-mono__html-export-0ec8509d_v2").format_version == "2"
    assert session("teich__example_pi_session").format_version == "3"
    (tmp_path / "task-7").mkdir()
    (generic,) = of(landed(session_file(tmp_path / "task-7", user("a", None))), Session)
    assert generic.native_session_id == "task-7"


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
        entry("branch_summary", "d", "b", fromId="b", summary="went elsewhere"),
        user("e", "d"),
        user("f", None),
        user("g", "f"),
        entry("label", "h", "e", targetId="b", label="here"),
    )
    records = landed(artifact)
    active = {row.entry_id: row.on_active_path for row in of(records, Entry)}
    assert active == {"a": True, "b": True, "c": False, "d": True, "e": True, "f": False, "g": False, "h": True}
    events = [(event.event_type, event.from_value, event.entry_index) for event in of(records, SessionEvent)]
    assert events == [
        ("branch_summary", "b", 3),
        ("branch", "b", 3),
        ("branch", None, 5),
        ("label", "b", 7),
    ]
    assert of(records, Entry)[3].text == "went elsewhere"


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
    assert (failed.text, failed.thinking_block_lengths, failed.is_error, failed.stop_reason) == (
        None,
        [],
        True,
        "error",
    )


def test_a_user_speaks_at_the_message_time(tmp_path: Path) -> None:
    (row,) = of(landed(session_file(tmp_path, HEADER, user("a", None))), Entry)
    assert (row.message_at, row.occurred_at) == (datetime(2026, 1, 2, 3, 4), datetime(2026, 1, 2, 3, 4, 5))


def test_entries_that_are_not_messages(tmp_path: Path) -> None:
    artifact = session_file(
        tmp_path,
        HEADER | {"provider": "p", "modelId": "m1", "thinkingLevel": "off"},
        entry("model_change", None, None, provider="p", modelId="m2"),
        entry("model_change", None, None, model="q/m3"),
        entry("thinking_level_change", None, None, thinkingLevel="high"),
        entry("compaction", None, None, summary="old", tokensBefore=9, firstKeptEntryIndex=4),
        entry("compaction", None, None, summary="new", tokensBefore=8, firstKeptEntryId="e", usage=USAGE),
        entry("custom", None, None, customType="plannotator", data={"phase": "planning", "planFilePath": "p"}),
        entry("custom", None, None, customType="plannotator", data={"tps-stats": 1}),
        entry("custom", None, None, customType="plannotator", data={"phase": "executing"}),
        entry("custom_message", None, None, customType="note", content="context", display=False),
        entry("message", None, None, message={"role": "bashExecution", "command": "ls", "output": "o", "exitCode": 1}),
        entry("message", None, None, message={"role": "hookMessage", "customType": "hook", "content": "hooked"}),
        entry("mode_change", None, None, content={"of": "another shape"}),
    )
    records = landed(artifact)
    assert not of(records, BadRecord)
    events = of(records, SessionEvent)
    assert [(event.event_type, event.from_value, event.to_value) for event in events] == [
        ("model_change", "p/m1", "p/m2"),
        ("model_change", "p/m2", "q/m3"),
        ("thinking_level_change", "off", "high"),
        ("compaction", None, None),
        ("compaction", None, None),
        ("custom", None, "plannotator"),
        ("custom", None, "plannotator"),
        ("custom", None, "plannotator"),
        ("custom_message", None, "note"),
        ("bashExecution", None, "1"),
        ("custom_message", None, "hook"),
    ]
    assert [(event.tokens_before, event.detail) for event in events[3:5]] == [(9, "4"), (8, "e")]
    phases = of(records, PhaseEvent)
    assert [(phase.phase_index, phase.phase, phase.emitter) for phase in phases] == [
        (0, "planning", "session_entry"),
        (1, "executing", "session_entry"),
    ]
    rows = of(records, Entry)
    assert [(row.entry_type, row.role, row.text) for row in rows[3:]] == [
        ("compaction", None, "old"),
        ("compaction", None, "new"),
        ("custom", None, None),
        ("custom", None, None),
        ("custom", None, None),
        ("custom_message", None, "context"),
        ("bashExecution", "user", "ls"),
        ("custom_message", None, "hooked"),
        ("mode_change", None, None),
    ]
    assert (rows[4].input_tokens, rows[4].is_llm_call) == (3, False)
    assert all(row.on_active_path for row in rows)
    assert not of(records, ToolCall)


PATCH = """--- p.py
+++ p.py
@@ -1,4 +1,5 @@
 one
-two
+2
+2b
 three
 four
@@ -10,3 +11,2 @@
 ten
--- dash
 twelve
@@ -20,0 +21,2 @@
+new
+er
\\ No newline at end of file
"""
DIFF = "   ...\n   4 keep\n-  5 old\n+  5 new\n   6 keep\n+  7 put in\n   7 keep\n   ...\n- 90 gone"


def test_ranges_of_patches_and_display_diffs() -> None:
    assert patch_changes(PATCH) == [
        Change(2, ["two"], ["2", "2b"]),
        Change(11, ["-- dash"], []),
        Change(21, [], ["new", "er"]),
    ]
    assert display_changes(DIFF) == [
        Change(5, ["old"], ["new"]),
        Change(7, [], ["put in"]),
        Change(90, ["gone"], []),
    ]
    assert display_changes("+1|first\n 1|second") == [Change(1, [], ["first"])]
    assert display_changes("+ 1 all\n+ 2 new") == [Change(1, [], ["all", "new"])]
    assert patch_changes("no patch") == display_changes("no diff") == []


def test_edits(tmp_path: Path) -> None:
    pair = {"oldText": "a\nb\nc", "newText": "a\nB\nc"}
    artifact = session_file(
        tmp_path,
        HEADER,
        answer(
            "a",
            None,
            call("1", "edit", path="p.py", edits=[pair]),
            call("2", "edit", path="q.py", **pair),
            call("3", "edit", path="r.py", edits=[pair, pair]),
            call("4", "write", path="w.py", content="x\ny\n"),
            call("5", "edit", path="f.py", **pair),
            call("6", "write", path="unknown.py", content="x"),
            call("7", "edit", input="§h.py\n≔1..2\nnew"),
        ),
        result("b", "a", "1", "edit", "ok", details={"patch": PATCH, "diff": DIFF}),
        result("c", "b", "2", "edit", "ok", details={"diff": DIFF}),
        result("d", "c", "3", "edit", "ok"),
        result("e", "d", "4", "write", "ok"),
        result("f", "e", "5", "edit", "no", isError=True),
        result("g", "f", "7", "edit", "ok", details={"diff": "-1|old\n+1|new"}),
    )
    edits = [
        (edit.path, edit.edit_index, edit.range_basis, edit.start_line, edit.end_line, edit.old_length, edit.new_length)
        for edit in of(landed(artifact), FileEdit)
    ]
    assert edits == [
        ("p.py", 0, "exact", 2, 2, 1, 2),
        ("p.py", 1, "exact", 11, 11, 1, 0),
        ("p.py", 2, "exact", 21, 20, 0, 2),
        ("q.py", 0, "exact", 5, 5, 1, 1),
        ("q.py", 1, "exact", 7, 6, 0, 1),
        ("q.py", 2, "exact", 90, 90, 1, 0),
        ("r.py", 0, "unknown", None, None, 3, 3),
        ("r.py", 1, "unknown", None, None, 3, 3),
        ("w.py", 0, "whole_file", 1, 2, None, 2),
        ("h.py", 0, "exact", 1, 1, 1, 1),
    ]


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
    assert [row.entry_id for row in of(records, Entry)] == ["a", "c", "d", "e"]
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


def damaged(data: bytes, seed: int) -> Iterator[bytes]:
    chance = random.Random(seed)
    yield data[: chance.randrange(len(data))]
    for _ in range(20):
        flipped = bytearray(data)
        for _ in range(chance.randrange(1, 30)):
            flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
        yield bytes(flipped)


def retyped(value: Any, chance: random.Random) -> Any:
    """The same JSON with some values of another type."""
    if chance.random() < 0.03:
        return chance.choice([None, 0, -1.5, 10**40, "x", [], {}, [1], {"a": None}, True, "\ud800"])
    if isinstance(value, dict):
        return {key: retyped(part, chance) for key, part in value.items()}
    if isinstance(value, list):
        return [retyped(part, chance) for part in value]
    return value


def test_damage_never_raises(tmp_path: Path) -> None:
    lines = [
        HEADER,
        user("a", None),
        answer("b", "a", call("1", "edit", path="p.py", oldText="a", newText="b"), {"type": "text", "text": "t"}),
        result("c", "b", "1", "edit", "ok", details={"patch": PATCH, "diff": DIFF, "truncation": {"truncated": True}}),
        entry("compaction", "d", "c", summary="s", tokensBefore=1, firstKeptEntryId="a", usage=USAGE),
        entry("custom", "e", "d", customType="plannotator", data={"phase": "planning"}),
        entry("model_change", "f", "e", provider="p", modelId="m"),
    ]
    data = "\n".join(json.dumps(line) for line in lines).encode()
    path = tmp_path / "damaged.jsonl"
    chance = random.Random(7)
    for seed in range(15):
        wrong = "\n".join(json.dumps(retyped(line, chance)) for line in lines).encode()
        for content in (*damaged(data, seed), wrong):
            path.write_bytes(content)
            pi_session.matches(Artifact(path, tmp_path))
            if content.strip():
                landed(Artifact(path, tmp_path))
