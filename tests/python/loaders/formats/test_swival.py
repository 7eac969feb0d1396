"""Swival's traces and reports: the real files recounted with plain json, and synthetic ones for every rule."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats import FORMATS
from loaders.formats.swival import report as swival_report
from loaders.formats.swival import trace as swival_trace
from loaders.tables import BadRecord, Entry, FileEdit, Record, Session, SessionEvent, ToolCall
from tests.python.loaders.formats.damage import ANYTHING, DAMAGE, survives

R = TypeVar("R", bound=Record)
Json = dict[str, Any]

STAMP = "2026-01-02T03:04:05.000006+00:00"
TRACES = ("derived__4293a326-81ca-4327-b450-85275e1ca645", "derived__scc6968a3db48")


def line(kind: str, **fields: Any) -> Json:
    """A synthetic line of a trace."""
    common = {"uuid": "u", "parentUuid": None, "sessionId": "synthetic", "harness": "swival", "timestamp": STAMP}
    return {**common, "version": "9.9", "cwd": "/work", "type": kind, "isSidechain": False, **fields}


def user(content: Any, **fields: Any) -> Json:
    return line("user", message={"role": "user", "content": content}, **fields)


def answer(*blocks: Json, **fields: Any) -> Json:
    message = {"model": "m", "id": "chat-1", "role": "assistant", "content": list(blocks), "stop_reason": "end_turn"}
    return line("assistant", message={**message, "usage": {}} | fields)


def call(call_id: str, name: str, **arguments: Any) -> Json:
    return {"type": "tool_use", "id": call_id, "name": name, "input": arguments}


def result(call_id: str, text: str, **fields: Any) -> Json:
    return user([{"type": "tool_result", "tool_use_id": call_id, "content": text, **fields}], toolUseResult=text)


LAST = {"type": "last-prompt", "lastPrompt": "please", "sessionId": "synthetic", "toolUseResult": ""}


def trace_file(folder: Path, *lines: Json | str, name: str = "synthetic.jsonl") -> Artifact:
    path = folder / name
    path.write_text("".join((item if isinstance(item, str) else json.dumps(item)) + "\n" for item in lines))
    return Artifact(path, folder)


def trace(folder: Path, *lines: Json | str) -> list[Record]:
    return list(swival_trace.flatten(trace_file(folder, *lines)))


def report_file(folder: Path, name: str = "synthetic.report.json", **fields: Any) -> Artifact:
    document = {
        "version": 1,
        "mode": "oneshot",
        "timestamp": STAMP,
        "task": "please",
        "model": "m",
        "provider": "generic",
        "settings": {"max_turns": 3},
        "result": {"outcome": "success", "answer": "done", "exit_code": 0},
        "stats": {"llm_calls": 2, "tool_calls_total": 0},
        "timeline": [],
    } | fields
    path = folder / name
    path.write_text(json.dumps(document, indent=2))
    return Artifact(path, folder)


def report(folder: Path, *events: Any, **fields: Any) -> list[Record]:
    return list(swival_report.flatten(report_file(folder, timeline=list(events), **fields)))


def of(records: list[Record], kind: type[R]) -> list[R]:
    return [record for record in records if isinstance(record, kind)]


@pytest.mark.parametrize("name", TRACES)
def test_real_traces_against_plain_json(fixtures: Path, name: str) -> None:
    path = fixtures / "swival" / f"{name}.jsonl"
    artifact = Artifact(path, fixtures)
    assert next(module for module in FORMATS if module.matches(artifact)) is swival_trace
    records = list(swival_trace.flatten(artifact))
    lines = [json.loads(text) for text in path.read_text().splitlines()]
    messages = [item["message"] for item in lines if "message" in item]
    answers = [message for message in messages if message["role"] == "assistant"]
    prompts = [message for message in messages if message["role"] == "user" and isinstance(message["content"], str)]
    results = [
        block for m in messages if m["role"] == "user" and isinstance(m["content"], list) for block in m["content"]
    ]
    made = [block for message in answers for block in message["content"] if block["type"] == "tool_use"]
    entries, calls = of(records, Entry), of(records, ToolCall)
    session = of(records, Session)[0]

    assert not of(records, BadRecord)
    assert session.native_session_id == lines[0]["sessionId"]
    assert (session.started_at, session.finished_at, session.working_directory) == (None, None, None)
    assert [row.entry_index for row in entries] == list(range(len(lines) - 1))
    assert sum(row.role == "user" and row.entry_type == "message" for row in entries) == len(prompts)
    assert sum(row.is_llm_call is True for row in entries) == len(answers)
    assert [row.tool_name for row in calls] == [block["name"] for block in made]
    assert sum(row.has_result for row in calls) == len(results)
    assert sum(row.is_error is True for row in calls) == sum(block["is_error"] for block in results)
    assert all(block["is_error"] == block["content"].startswith("error:") for block in results)
    assert sum(row.result_length or 0 for row in calls) == sum(len(block["content"]) for block in results)
    assert all(row.occurred_at is None and row.message_at is None and row.entry_id is None for row in entries)
    assert all(row.input_tokens is None and row.thinking_block_lengths is None for row in entries)


@pytest.mark.parametrize("name", (*TRACES, "upstream_docs_example"))
def test_real_reports_against_plain_json(fixtures: Path, name: str) -> None:
    path = fixtures / "swival" / f"{name}.report.json"
    artifact = Artifact(path, fixtures)
    assert next(module for module in FORMATS if module.matches(artifact)) is swival_report
    records = list(swival_report.flatten(artifact))
    document = json.loads(path.read_text())
    events = Counter(event["type"] for event in document["timeline"])
    stats, session = document["stats"], of(records, Session)[0]
    entries, calls = of(records, Entry), of(records, ToolCall)

    assert session.native_session_id == name
    assert (session.origin, session.exit_status) == (document["mode"], document["result"]["outcome"])
    assert session.llm_call_count == stats["llm_calls"] == sum(row.is_llm_call is True for row in entries)
    prompts = [row for row in entries if row.role == "user" and row.entry_type == "message"]
    assert len(prompts) == (events["repl_turn"] or 1)
    assert len(calls) == stats["tool_calls_total"]
    assert sum(row.is_error is True for row in calls) == stats["tool_calls_failed"]
    assert sum(row.duration_s or 0 for row in calls) == pytest.approx(stats["total_tool_time_s"], abs=0.1)
    assert all(row.result_text is None and row.result_length is not None for row in calls)
    assert all(row.occurred_at is None and row.input_tokens is None for row in entries)


def test_trace_and_report_of_one_session_agree(fixtures: Path) -> None:
    for name in TRACES:
        traced = list(swival_trace.flatten(Artifact(fixtures / "swival" / f"{name}.jsonl", fixtures)))
        reported = list(swival_report.flatten(Artifact(fixtures / "swival" / f"{name}.report.json", fixtures)))
        answered = [row for row in of(traced, ToolCall) if row.has_result]
        assert Counter((row.tool_name, row.is_error) for row in answered) == Counter(
            (row.tool_name, row.is_error) for row in of(reported, ToolCall)
        )


def test_a_trace_has_no_clock_no_ids_and_no_thinking(tmp_path: Path) -> None:
    records = trace(
        tmp_path, line("system", content="rules"), user("please"), answer({"type": "text", "text": "ok"}), LAST
    )
    entries = of(records, Entry)
    assert [(row.role, row.entry_type, row.text, row.is_llm_call) for row in entries] == [
        ("system", "message", "rules", False),
        ("user", "message", "please", False),
        ("assistant", "message", "ok", True),
    ]
    assert all(row.occurred_at is None and row.entry_id is None and row.parent_entry_id is None for row in entries)
    assert entries[2].thinking_block_lengths is None
    assert (entries[2].model_id, entries[2].stop_reason, entries[2].message_id) == ("m", "end_turn", "chat-1")
    session = of(records, Session)[0]
    assert (session.telemetry, session.agent_type, session.agent_version) == ("session_export", "swival", "9.9")
    assert (session.working_directory, session.is_usage_reported, session.started_at) == ("/work", False, None)


def test_made_up_message_ids_are_left_out(tmp_path: Path) -> None:
    records = trace(tmp_path, answer(id="0a1b2c3d-4e5f-4061-8071-2a3b4c5d6e7f"))
    assert of(records, Entry)[0].message_id is None


def test_calls_with_their_results(tmp_path: Path) -> None:
    records = trace(
        tmp_path,
        user("please"),
        answer(
            {"type": "text", "text": "on it"},
            call("c1", "read_file", file_path="a.py"),
            call("c2", "run_command", command=["ls", "-l"]),
            call("c3", "grep", pattern="x", path="src"),
        ),
        result("c2", "error: no", is_error=True),
        result("c1", "text", is_error=False),
    )
    first, second, third = of(records, ToolCall)
    assert (first.call_index, first.path_argument, first.result_text, first.is_error) == (0, "a.py", "text", False)
    assert (second.call_index, second.command, second.is_error, second.result_length) == (1, "ls -l", True, 9)
    assert (third.call_index, third.pattern_argument, third.has_result, third.is_error) == (2, "x", False, None)
    assert [(row.role, row.entry_type) for row in of(records, Entry)][2:] == [("tool", "tool_result")] * 2


def test_without_a_flag_an_error_is_told_by_its_prefix(tmp_path: Path) -> None:
    records = trace(
        tmp_path, answer(call("a", "x"), call("b", "x")), result("a", "error: no"), result("b", "an error: no")
    )
    assert [row.is_error for row in of(records, ToolCall)] == [True, False]


def test_servers_that_number_calls_anew(tmp_path: Path) -> None:
    records = trace(
        tmp_path,
        answer(call("call_0", "one")),
        result("call_0", "1"),
        answer(call("call_0", "two")),
        result("call_0", "2"),
    )
    assert [(row.tool_name, row.result_text) for row in of(records, ToolCall)] == [("one", "1"), ("two", "2")]


def test_arguments_that_were_no_json_are_kept_as_text(tmp_path: Path) -> None:
    records = trace(tmp_path, answer(call("a", "x", _raw='{"path": "cut')))
    assert json.loads(of(records, ToolCall)[0].arguments or "") == '{"path": "cut'


def test_edits_only_of_successful_calls(tmp_path: Path) -> None:
    edit = {"file_path": "a.py", "old_string": "x\n", "new_string": "y\nz\n"}
    records = trace(
        tmp_path,
        answer(
            call("a", "edit_file", **edit),
            call("b", "edit_file", **edit),
            call("c", "write_file", file_path="n", content="1\n"),
        ),
        result("a", "ok"),
        result("b", "error: not found"),
        result("c", "ok"),
    )
    rows = of(records, FileEdit)
    assert [(row.path, row.operation, row.call_index) for row in rows] == [("a.py", "edit", 0), ("n", "write", 2)]
    assert (rows[0].added_lines, rows[0].deleted_lines) == (2, 1)


def test_lines_of_edits_are_inferred_from_what_was_shown(tmp_path: Path) -> None:
    edit = {"file_path": "a.py", "old_string": "two\n", "new_string": "2\n2\n"}
    moved = {"file_path": "b.py", "move_from": "a.py"}
    records = trace(
        tmp_path,
        answer(call("a", "read_file", file_path="a.py", offset=4)),
        result("a", "4: one\n5: two\n[3 more lines, use offset=6 to continue]"),
        answer(call("b", "edit_file", **edit), call("c", "write_file", **moved)),
        result("b", "ok"),
        result("c", "Moved a.py -> b.py"),
        answer(
            call("d", "edit_file", file_path="b.py", old_string="one", new_string="1"),
            call("e", "delete_file", file_path="b.py"),
        ),
        result("d", "ok"),
        result("e", "ok"),
    )
    assert [
        (row.path, row.operation, row.range_basis, row.start_line, row.end_line) for row in of(records, FileEdit)
    ] == [
        ("a.py", "edit", "inferred", 5, 5),
        ("b.py", "edit", "inferred", 4, 4),
        ("b.py", "delete", "unknown", None, None),
    ]


def test_messages_of_newer_versions_are_json_text(tmp_path: Path) -> None:
    texts = [{**item, "message": json.dumps(item["message"])} for item in (user("please"), answer(call("a", "x")))]
    records = trace(tmp_path, *texts, {**result("a", "ok"), "message": '{"role": "user", "content": "half \\ud83d"}'})
    assert [row.text for row in of(records, Entry)] == ["please", "", "half \ufffd"]
    assert len(of(records, ToolCall)) == 1
    assert len(of(trace(tmp_path, user("please") | {"message": "not json"}), BadRecord)) == 1


@pytest.mark.parametrize(
    ("text", "entry_type"),
    [
        ("[non-instructional context recap — this is synthetic]", "compaction_summary"),
        ("[context compacted — older tool calls were removed]", "compaction_summary"),
        ("[REVIEWER FEEDBACK — Round 2]\nsynthetic", "meta"),
        ("[image] synthetic", "meta"),
        ("IMPORTANT: You have called `edit_file` 2 times with the same error.", "reminder"),
        ("STOP: You have failed to use `edit_file` correctly 3 times", "reminder"),
        ("Tip: Consider using the `think` tool before making edits.", "reminder"),
        ("Reminder: You have 3 unfinished todo items.", "reminder"),
        ("Your response was empty. Please continue working on the task.", "reminder"),
        ("IMPORTANT: you have called me twice", "message"),
        ("STOP: don't delete that file", "message"),
        ("please [image] this", "message"),
    ],
)
def test_what_the_agent_loop_says_in_the_role_of_the_user(tmp_path: Path, text: str, entry_type: str) -> None:
    assert of(trace(tmp_path, user(text)), Entry)[0].entry_type == entry_type


@pytest.mark.parametrize(
    ("usage", "landed"),
    [
        ({}, (None, None, None, None)),
        ({"input_tokens": 3, "output_tokens": 5}, (3, None, 5, "excludes_cache")),
        (
            {"prompt_tokens": 9, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 4}},
            (5, 4, 5, "cache_subtracted"),
        ),
        ({"prompt_tokens": "many"}, (None, None, None, None)),
    ],
)
def test_usage_where_there_is_any(tmp_path: Path, usage: Json, landed: tuple[Any, ...]) -> None:
    row = of(trace(tmp_path, answer(usage=usage)), Entry)[0]
    assert (row.input_tokens, row.cache_read_tokens, row.output_tokens, row.usage_basis) == landed


def test_sessions_that_share_a_file(tmp_path: Path) -> None:
    other = user("more") | {"sessionId": "other", "cwd": "BASEDIR", "isSidechain": True}
    records = trace(tmp_path, user("please"), other, answer(), LAST | {"sessionId": "third"})
    assert [(row.session_index, row.native_session_id, row.working_directory) for row in of(records, Session)] == [
        (0, "synthetic", "/work"),
        (1, "other", None),
    ]
    assert [(row.session_index, row.entry_index, row.is_sidechain) for row in of(records, Entry)] == [
        (0, 0, False),
        (0, 1, False),
        (1, 0, True),
    ]


def test_other_lines(tmp_path: Path) -> None:
    records = trace(tmp_path, LAST, "{torn", '{"sessionId": "synthetic"}', line("novelty"), user("please", isMeta=True))
    assert [row.line_number for row in of(records, BadRecord)] == [2, 3]
    assert [row.entry_type for row in of(records, Entry)] == ["meta"]


def test_what_is_a_trace(tmp_path: Path) -> None:
    assert swival_trace.matches(trace_file(tmp_path, LAST, user("please")))
    assert swival_trace.matches(trace_file(tmp_path, line("system", content="x" * 100_000)))
    assert not swival_trace.matches(trace_file(tmp_path, user("please") | {"harness": "other"}))
    assert not swival_trace.matches(trace_file(tmp_path, user('"swival"') | {"harness": None}))
    assert not swival_trace.matches(trace_file(tmp_path, user("please"), name="synthetic.txt"))


def test_an_empty_file(tmp_path: Path) -> None:
    for module in (swival_trace, swival_report):
        with pytest.raises(UnreadableArtifactError, match="empty"):
            list(module.flatten(trace_file(tmp_path, "")))


def test_the_task_of_one_shot_is_the_prompt(tmp_path: Path) -> None:
    records = report(tmp_path, {"type": "llm_call", "turn": 1, "prompt_tokens_est": 7, "finish_reason": "stop"})
    prompt, asked = of(records, Entry)
    assert (prompt.role, prompt.entry_type, prompt.text, prompt.place) == ("user", "message", "please", "/task")
    assert (asked.is_llm_call, asked.stop_reason, asked.model_id, asked.text) == (True, "stop", "m", None)
    assert asked.input_tokens is None
    session = of(records, Session)[0]
    assert (session.origin, session.exit_status, session.native_session_id) == ("oneshot", "success", "synthetic")


def test_prompts_of_a_repl(tmp_path: Path) -> None:
    prompts = [{"type": "repl_turn", "turn_offset": 0, "input": "one"}, {"type": "repl_turn", "input": "two"}]
    for mode in ("repl", None):
        records = report(tmp_path, *prompts, mode=mode, task="repl session (2 turns)")
        assert [row.text for row in of(records, Entry)] == ["one", "two"]
    assert of(report(tmp_path, mode="repl"), Entry) == []


def test_calls_of_a_report(tmp_path: Path) -> None:
    edit = {"file_path": "a.py", "old_string": "x", "new_string": "y"}
    made = {"type": "tool_call", "name": "edit_file", "arguments": edit, "duration_s": 0.5, "result_length": 12}
    records = report(
        tmp_path,
        made | {"succeeded": True},
        {"type": "llm_call"},
        made | {"succeeded": False, "error": "no"},
        made | {"name": "think", "arguments": None, "succeeded": True},
        {"type": "tool_call"},
    )
    assert [
        (row.entry_index, row.call_index, row.is_error, row.duration_s, row.result_length)
        for row in of(records, ToolCall)
    ] == [
        (1, 0, False, 0.5, 12),
        (2, 0, True, 0.5, 12),
        (2, 1, False, 0.5, 12),
    ]
    assert of(records, ToolCall)[2].arguments is None
    assert [row.entry_index for row in of(records, FileEdit)] == [1]
    assert [row.is_llm_call for row in of(records, Entry)] == [False, False, True]
    assert [row.place for row in of(records, BadRecord)] == ["/timeline/4"]


def test_events_of_a_report(tmp_path: Path) -> None:
    records = report(
        tmp_path,
        {"type": "compaction", "turn": 3, "strategy": "shrink+drop", "tokens_before": 900, "tokens_after": 300},
        {"type": "guardrail", "tool": "edit_file", "level": "nudge"},
        {"type": "storm_suppression", "name": "grep", "args_hash": "abc", "count": 4},
        {"type": "review", "round": 1, "exit_code": 1, "feedback": "synthetic feedback"},
        {"type": "session_clear"},
        {"type": 3},
        "no event",
    )
    events = of(records, SessionEvent)
    assert [(row.event_type, row.entry_index) for row in events] == [
        ("compaction", 1),
        ("guardrail", 2),
        ("storm_suppression", 3),
        ("review", 4),
    ]
    assert (events[0].tokens_before, events[0].tokens_after, events[0].detail) == (900, 300, "shrink+drop")
    assert (events[1].from_value, events[1].to_value) == ("edit_file", "nudge")
    assert (events[2].from_value, events[2].to_value, events[2].detail) == ("grep", "abc", "4")
    assert (events[3].to_value, events[3].detail) == ("1", "1")
    assert [(row.entry_type, row.role, row.text) for row in of(records, Entry)][3:] == [
        ("storm_suppression", None, None),
        ("review", None, "synthetic feedback"),
        ("session_clear", None, None),
    ]
    assert len(of(records, BadRecord)) == 2


def test_a_report_without_the_name_of_a_session(tmp_path: Path) -> None:
    artifact = report_file(tmp_path, name="run.json")
    expected = sha256(artifact.data).hexdigest()
    assert of(list(swival_report.flatten(artifact)), Session)[0].native_session_id == expected


def test_totals_of_a_report(tmp_path: Path) -> None:
    cache = {"cached_tokens": 11, "cache_write_tokens": 5}
    session = of(report(tmp_path, stats={"llm_calls": 2, "prompt_cache": cache}), Session)[0]
    assert (session.llm_call_count, session.total_cache_read_tokens, session.total_cache_write_tokens) == (2, 11, 5)
    assert of(report(tmp_path, stats={"llm_calls": 1}), Session)[0].total_cache_read_tokens is None


def test_what_is_a_report(tmp_path: Path) -> None:
    assert swival_report.matches(report_file(tmp_path))
    assert swival_report.matches(report_file(tmp_path, name="run.json"))
    assert not swival_report.matches(report_file(tmp_path, name="run.txt"))
    assert not swival_report.matches(report_file(tmp_path, settings={}))


SOUND_TRACE = [
    line("system", content="rules"),
    user("please"),
    answer({"type": "text", "text": "ok"}, call("a", "edit_file", file_path="a", old_string="x", new_string="y")),
    result("a", "done"),
    user("thanks"),
    LAST,
]
SOUND_EVENTS = [
    {"type": "llm_call", "turn": 1, "finish_reason": "tool_calls"},
    {"type": "tool_call", "name": "edit_file", "arguments": {"file_path": "a"}, "succeeded": True, "duration_s": 0.1},
    {"type": "compaction", "tokens_before": 3, "tokens_after": 1, "strategy": "s"},
    {"type": "review", "round": 1, "exit_code": 0, "feedback": "f"},
]


@DAMAGE
@given(st.data())
def test_a_damaged_trace_costs_the_damaged_lines(tmp_path: Path, data: st.DataObject) -> None:
    lines = [json.dumps(item).encode() for item in SOUND_TRACE]
    hit = data.draw(st.integers(0, len(lines) - 1))
    at = data.draw(st.integers(0, len(lines[hit]) - 1))
    cut = data.draw(st.booleans())
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != 10))
    lines[hit] = lines[hit][:at] if cut else lines[hit][:at] + bytes([byte]) + lines[hit][at + 1 :]
    records = survives(swival_trace, tmp_path / "synthetic.jsonl", b"\n".join(lines))
    whole = {f"line {number}" for number in range(1, 6) if number != hit + 1}
    assert whole <= {row.place for row in of(records, Entry)}


@DAMAGE
@given(st.sampled_from(["type", "sessionId", "version", "cwd", "isSidechain", "isMeta", "content"]), ANYTHING)
def test_a_line_survives_a_field_of_any_type(tmp_path: Path, key: str, value: Any) -> None:
    for item in SOUND_TRACE[:5]:
        survives(swival_trace, tmp_path / "synthetic.jsonl", json.dumps({**item, key: value}).encode())


@DAMAGE
@given(st.sampled_from(["model", "id", "content", "stop_reason", "usage", "role"]), ANYTHING)
def test_a_message_survives_a_field_of_any_type(tmp_path: Path, key: str, value: Any) -> None:
    for item in SOUND_TRACE[1:5]:
        damaged = {**item, "message": {**item["message"], key: value}}
        survives(swival_trace, tmp_path / "synthetic.jsonl", json.dumps(damaged).encode())
    block = {"type": "tool_use", "name": "x", "id": value, "input": value}
    survives(swival_trace, tmp_path / "synthetic.jsonl", json.dumps(answer(block, value)).encode())


@DAMAGE
@given(st.data())
def test_a_damaged_report_raises_nothing_else(tmp_path: Path, data: st.DataObject) -> None:
    whole = report_file(tmp_path, timeline=SOUND_EVENTS).data
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = bytes([data.draw(st.integers(0, 255))])
    survives(swival_report, tmp_path / "synthetic.report.json", whole[:at])
    survives(swival_report, tmp_path / "synthetic.report.json", whole[:at] + byte + whole[at + 1 :])


@DAMAGE
@given(st.integers(0, 3), st.data(), ANYTHING)
def test_an_event_survives_a_field_of_any_type(tmp_path: Path, hit: int, data: st.DataObject, value: Any) -> None:
    events: list[Any] = [dict(event) for event in SOUND_EVENTS]
    events[hit][data.draw(st.sampled_from(sorted(events[hit])))] = value
    artifact = report_file(tmp_path, timeline=[*events, value])
    records = survives(swival_report, artifact.path, artifact.data)
    assert len(of(records, Entry)) + len(of(records, BadRecord)) >= len(SOUND_EVENTS) - 1


def test_deep_nesting(tmp_path: Path) -> None:
    deep = "[" * 5000 + "]" * 5000
    text = json.dumps(user("please"))
    records = trace(tmp_path, text[:-1] + f', "content": {deep}}}', user("thanks"))
    assert len(of(records, Entry)) == 1 and len(of(records, BadRecord)) == 1
