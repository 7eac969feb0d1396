"""Harness output. No real one is public, so every input here is synthetic, written against this project's grammar."""

from __future__ import annotations

import json
import random
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from loaders.artifact import Artifact
from loaders.formats.harness import stdout as harness_stdout
from loaders.formats.harness.summary import TouchedFile, read_summary_line, touched_files
from loaders.tables import (
    Attempt,
    AttemptFile,
    BadRecord,
    Entry,
    FileEdit,
    PhaseEvent,
    Record,
    Session,
    SessionEvent,
    ToolCall,
)

R = TypeVar("R", bound=Record)
Json = dict[str, Any]


def output(folder: Path, *lines: str | Json, name: str = "trial/agent/stdout.txt") -> Artifact:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return Artifact(path, folder)


def landed(folder: Path, *lines: str | Json) -> list[Record]:
    return list(harness_stdout.flatten(output(folder, *lines)))


def of(records: list[Record], kind: type[R]) -> list[R]:
    return [record for record in records if isinstance(record, kind)]


def summaries(folder: Path, *lines: str | Json) -> list[tuple[int | None, int | None, int | None, int | None]]:
    """(attempt_index, turn_count, tool_call_count, edit_calls) of every attempt."""
    attempts = of(landed(folder, *lines), Attempt)
    return [(row.attempt_index, row.turn_count, row.tool_call_count, row.edit_calls) for row in attempts]


def phase(name: str, **fields: Any) -> Json:
    return {"event": "plannotator-phase", "phase": name, **fields}


def started(session_id: str) -> Json:
    return {"type": "session", "version": 3, "id": session_id, "timestamp": "2026-01-02T03:04:05.000Z", "cwd": "/w"}


def asked(text: str) -> Json:
    return {"type": "message_end", "message": {"role": "user", "content": text, "timestamp": 1767323045000}}


def answered(*calls: tuple[str, str, Json], text: str = "done") -> Json:
    blocks: list[Json] = [{"type": "text", "text": text}]
    blocks += [{"type": "toolCall", "id": i, "name": name, "arguments": arguments} for i, name, arguments in calls]
    usage = {"input": 1, "output": 2, "cacheRead": 30, "cacheWrite": 4, "cost": {"total": 0.5}}
    message = {"role": "assistant", "content": blocks, "model": "synthetic-1", "usage": usage}
    return {"type": "message_end", "message": message | {"timestamp": 1767323046000}}


def ran(call_id: str, name: str, text: str, is_error: bool = False, **details: Any) -> Json:
    result = {"content": [{"type": "text", "text": text}], "details": details}
    event = {"type": "tool_execution_end", "toolCallId": call_id, "toolName": name}
    return event | {"result": result, "isError": is_error}


def test_a_block(tmp_path: Path) -> None:
    records = landed(
        tmp_path,
        "harness starts",
        "2026-01-02 INFO [subq-eval] Turns: 12",
        "[subq-eval] tool CALLS: 40",
        "\x1b[32m[subq-eval] Edit calls: 0\x1b[0m\r",
        "[subq-eval] Touched files: src/a b.py (3 diff lines), lib/c,d.py (1 diff line) , e(1).py (20 diff lines)",
    )
    (attempt,) = of(records, Attempt)
    assert (attempt.evidence, attempt.place, attempt.attempt_index) == ("harness_stdout", "line 2", 0)
    assert (attempt.turn_count, attempt.tool_call_count, attempt.edit_calls) == (12, 40, 0)
    assert attempt.touched_file_count == 3
    files = of(records, AttemptFile)
    assert [(row.file_index, row.path, row.harness_diff_lines) for row in files] == [
        (0, "src/a b.py", 3),
        (1, "lib/c,d.py", 1),
        (2, "e(1).py", 20),
    ]
    assert {(row.evidence, row.attempt_place, row.attempt_index) for row in files} == {("harness_stdout", "line 2", 0)}
    assert len(records) == 4


@pytest.mark.parametrize(("value", "count"), [("none", 0), (" NONE ", 0), ("a (1 diff lines)", 1)])
def test_no_file_touched_is_not_an_absent_line(tmp_path: Path, value: str, count: int) -> None:
    (attempt,) = of(landed(tmp_path, f"[subq-eval] Touched files: {value}"), Attempt)
    assert attempt.touched_file_count == count
    (silent,) = of(landed(tmp_path, "[subq-eval] Turns: 1"), Attempt)
    assert silent.touched_file_count is None


def test_touched_files() -> None:
    assert touched_files("a.py (3 diff lines)") == [TouchedFile("a.py", 3)]
    assert touched_files("x (y), z.py (2 diff lines)") == [TouchedFile("x (y), z.py", 2)]
    assert touched_files("") is None
    assert touched_files("a.py") is None
    assert touched_files("a.py (3 diff lines), b.py") is None
    assert touched_files("a.py (x diff lines)") is None


def test_blocks_are_numbered_in_order(tmp_path: Path) -> None:
    lines = ["[subq-eval] Turns: 1", "[subq-eval] Tool calls: 2", "noise", "[subq-eval] Edit calls: 3"]
    again = ["[subq-eval] Tool calls: 5", "[subq-eval] Turns: 4"]
    assert summaries(tmp_path, *lines, *again) == [(0, 1, 2, 3), (1, 4, 5, None)]


@pytest.mark.parametrize(
    "lines",
    [
        ["Attempt: 1", "Turns: 1", "Tool calls: 2", "Attempt: 2", "Turns: 3", "Tool calls: 4"],
        ["Turns: 1", "Tool calls: 2", "Attempt: 1", "Turns: 3", "Tool calls: 4", "Attempt: 2"],
        ["Turns: 1", "Attempt: 1", "Tool calls: 2", "Turns: 3", "Attempt: 2", "Tool calls: 4"],
        ["Attempt: 1", "Turns: 1", "Attempt: 1", "Tool calls: 2", "Attempt: 2 of 3", "Turns: 3", "Tool calls: 4"],
        ["Turns: 1", "Tool calls: 2", "Attempt: 2", "Turns: 3", "Tool calls: 4"],
    ],
)
def test_attempt_numbers_in_any_place(tmp_path: Path, lines: list[str]) -> None:
    printed = [f"[subq-eval] {line}" for line in lines]
    assert summaries(tmp_path, *printed) == [(0, 1, 2, None), (1, 3, 4, None)]


def test_a_number_that_the_harness_gives_stands(tmp_path: Path) -> None:
    lines: list[str | Json] = [
        "[subq-eval] Attempt: 3",
        "[subq-eval] Turns: 1",
        asked("x"),
        "[subq-eval] Turns: 2",
        asked("y"),
    ]
    records = landed(tmp_path, *lines)
    assert [(row.attempt_index, row.turn_count) for row in of(records, Attempt)] == [(2, 1), (3, 2)]
    assert [row.attempt_index for row in of(records, Session)] == [3, 4]


def test_of_several_turns_in_an_attempt_the_last_counts(tmp_path: Path) -> None:
    assert summaries(tmp_path, "[subq-eval] Turns: 1", "noise", "[subq-eval] Turns: 2") == [(0, 2, None, None)]
    other_key = ["[subq-eval] Turns: 1", "[subq-eval] Tool calls: 7", "[subq-eval] Turns: 2"]
    assert summaries(tmp_path, *other_key) == [(0, 1, 7, None), (1, 2, None, None)]
    ran_between: list[str | Json] = ["[subq-eval] Turns: 1", phase("verify"), "[subq-eval] Turns: 2"]
    assert summaries(tmp_path, *ran_between) == [(0, 1, None, None), (1, 2, None, None)]


def test_malformed_values(tmp_path: Path) -> None:
    records = landed(
        tmp_path,
        "[subq-eval] Turns: many",
        "[subq-eval] Tool calls: -1",
        "[subq-eval] Edit calls: 2.5",
        "[subq-eval] Touched files: a.py",
        "[subq-eval] Attempt: 0",
        "[subq-eval] Attempt1 mode:",
        "[subq-eval] Something else: 5",
        "[subq-eval] no key",
    )
    assert [row.line_number for row in of(records, BadRecord)] == [1, 2, 3, 4, 5, 6]
    assert not any("many" in row.reason or "a.py" in row.reason for row in of(records, BadRecord))
    (attempt,) = of(records, Attempt)
    assert (attempt.attempt_index, attempt.turn_count, attempt.touched_file_count) == (0, None, None)


def test_caps_and_modes(tmp_path: Path) -> None:
    records = landed(
        tmp_path,
        "[subq-eval] Attempt1 tool cap: 40",
        "[subq-eval] retryToolCap: 80",
        asked("go"),
        "[subq-eval] Turns: 1",
        "[subq-eval] attempt1_mode: semantic",
        asked("again"),
        "[subq-eval] Turns: 2",
        asked("and again"),
        "[subq-eval] Trial recovery mode: widened",
        "[subq-eval] Final failure mode: wrong_file",
    )
    first, second = of(records, Attempt)
    assert (first.attempt1_tool_cap, first.retry_tool_cap, first.attempt1_mode) == (40, 80, "semantic")
    assert (second.attempt1_tool_cap, second.trial_recovery_mode, second.final_failure_mode) == (
        None,
        "widened",
        "wrong_file",
    )
    (alone,) = of(landed(tmp_path, "x", "[subq-eval] Retry tool cap: 9"), Attempt)
    assert (alone.attempt_index, alone.retry_tool_cap, alone.place) == (0, 9, "line 2")


def test_read_summary_line() -> None:
    assert read_summary_line(b"[subq-eval] Turns: \xff") == ("turns", None, "not UTF-8")
    assert read_summary_line(b"[subq-eval]turns:3") == ("turns", 3, None)
    assert read_summary_line(b"[subq-eval] Duration: 3") is None


def test_phases(tmp_path: Path) -> None:
    records = landed(
        tmp_path,
        phase("explore", ts="2026-01-02T03:04:05Z"),
        'agent | {"at": {"x": 1}, "phase": "localize", "event" : "plannotator-phase"} trailing {text',
        json.dumps(phase("implement", timestamp=1767323045000)) + json.dumps(phase("verify", ts=1767323045)),
        "[subq-eval] Turns: 1",
        phase("explore"),
        'broken {"event": "plannotator-phase", "phase": "x"',
        {"event": "plannotator-phase", "phase": 3},
        "a plannotator-phase is mentioned",
        'quoted {"text": "{\\"event\\":\\"plannotator-phase\\",\\"phase\\":\\"no\\"}"}',
    )
    phases = of(records, PhaseEvent)
    assert [(row.attempt_index, row.phase_index, row.phase, row.place) for row in phases] == [
        (0, 0, "explore", "line 1"),
        (0, 1, "localize", "line 2"),
        (0, 2, "implement", "line 3"),
        (0, 3, "verify", "line 3"),
        (1, 0, "explore", "line 5"),
    ]
    moment = datetime(2026, 1, 2, 3, 4, 5)
    assert [row.occurred_at for row in phases] == [moment, None, moment, moment, None]
    assert {row.emitter for row in phases} == {"stdout_event"}
    assert [row.line_number for row in of(records, BadRecord)] == [6, 7]
    assert [row.attempt_index for row in of(records, Attempt)] == [0]


EDIT = {"path": "p.py", "oldText": "a", "newText": "b"}


def test_events_of_two_attempts_and_one_cut_off(tmp_path: Path) -> None:
    answer = answered(("c|1", "edit", EDIT), ("c2", "bash", {"command": "make"}))
    result_message = {"role": "toolResult", "toolCallId": "c|1", "toolName": "edit", "isError": False}
    result_message |= {"content": [{"type": "text", "text": "ok"}], "timestamp": 1767323050000}
    records = landed(
        tmp_path,
        started("s1"),
        {"type": "agent_start"},
        asked("fix it"),
        {"type": "message_start", "message": answer["message"]},
        {"type": "message_update", "message": answer["message"]},
        answer,
        {"type": "tool_execution_start", "toolCallId": "c|1", "toolName": "edit", "args": EDIT},
        ran("c|1", "edit", "from the event", diff="-1 a\n+1 b"),
        ran("c2", "bash", "no\n\nCommand exited with code 2", is_error=True),
        {"type": "message_end", "message": result_message},
        {"type": "turn_end", "message": answer["message"], "toolResults": [result_message]},
        {"type": "compaction_end", "result": {"summary": "s", "tokensBefore": 9, "firstKeptEntryId": "k"}},
        {"type": "agent_end", "messages": [answer["message"]]},
        phase("implement"),
        "[subq-eval] Turns: 1",
        "[subq-eval] Touched files: none",
        started("s2"),
        answered(text="[subq-eval] Turns: 99"),
        "[subq-eval] Turns: 2",
        started("s3"),
        asked("a third time"),
    )
    assert not of(records, BadRecord)
    assert [(row.attempt_index, row.turn_count) for row in of(records, Attempt)] == [(0, 1), (1, 2)]
    sessions = of(records, Session)
    assert [(row.session_index, row.native_session_id, row.attempt_index) for row in sessions] == [
        (0, "s1", 0),
        (1, "s2", 1),
        (2, "s3", 2),
    ]
    assert {row.telemetry for row in sessions} == {"stdout_events"}
    assert (sessions[0].started_at, sessions[0].working_directory) == (datetime(2026, 1, 2, 3, 4, 5), "/w")
    assert sessions[0].finished_at == datetime(2026, 1, 2, 3, 4, 10)
    rows = of(records, Entry)
    assert [(row.session_index, row.entry_type, row.role, row.text) for row in rows] == [
        (0, "message", "user", "fix it"),
        (0, "message", "assistant", "done"),
        (0, "tool_result", "tool", None),
        (0, "compaction", None, "s"),
        (1, "message", "assistant", "[subq-eval] Turns: 99"),
        (2, "message", "user", "a third time"),
    ]
    assert (rows[1].message_at, rows[1].occurred_at) == (datetime(2026, 1, 2, 3, 4, 6), None)
    assert sum(row.input_tokens or 0 for row in rows) == 2
    assert sum(row.cache_read_tokens or 0 for row in rows) == 60
    first, second = of(records, ToolCall)
    assert (first.tool_call_id, first.result_text, first.result_at) == ("c|1", "ok", datetime(2026, 1, 2, 3, 4, 10))
    assert (second.result_text, second.is_error, second.exit_code, second.result_at) == (
        "no\n\nCommand exited with code 2",
        True,
        2,
        None,
    )
    (edit,) = of(records, FileEdit)
    assert (edit.path, edit.entry_index, edit.range_basis) == ("p.py", 1, "unknown")
    (compaction,) = of(records, SessionEvent)
    assert (compaction.event_type, compaction.tokens_before, compaction.from_value) == ("compaction", 9, "k")
    (announced,) = of(records, PhaseEvent)
    assert (announced.attempt_index, announced.session_index) == (0, 0)


def test_results_without_messages(tmp_path: Path) -> None:
    records = landed(
        tmp_path,
        answered(("1", "edit", EDIT)),
        ran("1", "edit", "ok", diff="-4 a\n+4 b"),
        {"type": "tool_execution_start", "toolCallId": "2", "toolName": "bash", "args": {"command": "ls"}},
        {"type": "tool_execution_end", "toolCallId": "2", "toolName": "bash", "result": "plain", "isError": False},
        {"type": "tool_execution_end", "toolCallId": "3", "toolName": "bash", "result": 5, "isError": False},
    )
    assert [(row.tool_name, row.entry_index, row.result_text) for row in of(records, ToolCall)] == [
        ("edit", 0, "ok"),
        ("bash", 1, "plain"),
    ]
    assert [(row.start_line, row.range_basis) for row in of(records, FileEdit)] == [(4, "exact")]
    assert [row.line_number for row in of(records, BadRecord)] == [5]
    assert not of(records, Attempt)
    assert [row.attempt_index for row in of(records, Session)] == [0]


def test_torn_and_glued_events(tmp_path: Path) -> None:
    records = landed(
        tmp_path,
        json.dumps(asked("one")) + json.dumps(asked("two")),
        '{"type":"message_end","message":{"role":"us',
        '{"type":"message_update","message":{"role":"us',
        {"type": "message_end"},
        {"type": "message_end", "message": {"role": "user", "content": 5}},
        {"type": "assistant", "message": {"role": "assistant", "content": []}},
    )
    assert [row.text for row in of(records, Entry)] == ["one", "two"]
    assert [row.line_number for row in of(records, BadRecord)] == [2, 4, 5]


def test_output_that_holds_none_of_it(tmp_path: Path) -> None:
    assert landed(tmp_path) == []
    assert landed(tmp_path, "plain text", '{"type": "step", "x": 1}', "[subq-eval]") == []


def test_matching_is_by_name(tmp_path: Path) -> None:
    def is_matched(name: str) -> bool:
        return harness_stdout.matches(output(tmp_path, "x", name=name))

    assert is_matched("job/trial/stdout.txt")
    assert is_matched("job/trial/agent/stdout.txt")
    assert is_matched("job/trial/agent/command-0/stdout.txt")
    assert is_matched("job/trial/agent/pi.txt")
    assert is_matched("job/trial/agent/pi.log")
    assert not is_matched("job/trial/verifier/test-stdout.txt")
    assert not is_matched("job/trial/verifier/stdout.txt")
    assert not is_matched("job/trial/agent/setup/return-code.txt")
    assert not is_matched("job/trial/agent/trajectory.json")
    assert not is_matched("job/trial/trial.log")
    assert not is_matched("job/notes.txt")


def test_damage_never_raises(tmp_path: Path) -> None:
    artifact = output(
        tmp_path,
        started("s"),
        answered(("1", "edit", EDIT)),
        ran("1", "edit", "ok", diff="-4 a\n+4 b"),
        phase("explore", ts=1),
        "[subq-eval] Attempt: 1",
        "[subq-eval] Turns: 1",
        "[subq-eval] Touched files: a.py (3 diff lines), b.py (1 diff lines)",
    )
    data = artifact.data
    chance = random.Random(11)
    for _ in range(300):
        flipped = bytearray(data)
        for _ in range(chance.randrange(1, 20)):
            flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
        artifact.path.write_bytes(flipped[: chance.randrange(1, len(data))] if chance.random() < 0.3 else flipped)
        list(harness_stdout.flatten(Artifact(artifact.path, tmp_path)))
