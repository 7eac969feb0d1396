"""Events of pi's session files and of its JSON event stream: settings, phases, interrupts. All texts are synthetic."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from loaders.formats.pi.events import Event, EventStream
from loaders.tables import BadRecord, Entry, FileEdit, PhaseEvent, Record, SessionEvent, ToolCall
from tests.python.loaders.formats.pi_inputs import HEADER, Json, answer, call, entry, landed, of, result, session_file


def changes(records: list[Record], event_type: str) -> list[tuple[str | None, str | None, int]]:
    return [
        (event.from_value, event.to_value, event.entry_index)
        for event in of(records, SessionEvent)
        if event.event_type == event_type
    ]


def test_settings(tmp_path: Path) -> None:
    said = {"type": "text", "text": "t"}
    lines = [
        entry("model_change", None, None, provider="p", modelId="m1"),
        entry("model_change", None, None, model="q/m2", role="default"),
        entry("thinking_level_change", None, None, thinkingLevel="high"),
        entry("thinking_level_change", None, None, thinkingLevel="high"),
        answer(None, None, said, provider="r", model="m3"),
        entry("model_change", None, None, model="r/m3"),
        entry("model_change", None, None),
        entry("model_change", None, None, model="q/m2"),
    ]
    settings = {"provider": "p", "modelId": "m1", "thinkingLevel": "off"}
    with_header = landed(session_file(tmp_path, HEADER | settings, *lines))
    assert changes(with_header, "model_change") == [(None, "p/m1", 0), ("p/m1", "q/m2", 1), ("r/m3", "q/m2", 7)]
    assert changes(with_header, "thinking_level_change") == [(None, "off", 0), ("off", "high", 2)]
    forked = landed(session_file(tmp_path, HEADER | settings | {"timestamp": "2026-01-03T00:00:00Z"}, *lines))
    assert changes(forked, "model_change") == changes(with_header, "model_change")
    assert changes(forked, "thinking_level_change") == [(None, "high", 2)]
    assert changes(landed(session_file(tmp_path, *lines[4:])), "model_change") == [("r/m3", "q/m2", 3)]


def test_phases_of_plannotator(tmp_path: Path) -> None:
    def state(**data: Any) -> Json:
        return entry("custom", None, None, customType="plannotator", data=data)

    artifact = session_file(
        tmp_path,
        HEADER,
        state(phase="planning", planFilePath="PLAN.md", more=1),
        state(phase="planning"),
        state(**{"tps-stats": {"a": 1}}),
        state(phase=None),
        state(phase=3),
        entry("custom", None, None, customType="plannotator"),
        entry("custom", None, None, customType="plannotator-execute", data={"planFilePath": "PLAN.md"}),
        state(phase="executing"),
        state(phase="executing"),
        state(phase="planning"),
    )
    records = landed(artifact)
    assert not of(records, BadRecord)
    phases = of(records, PhaseEvent)
    assert [(phase.phase_index, phase.phase, phase.emitter, phase.place) for phase in phases] == [
        (0, "planning", "session_entry", "line 2"),
        (1, "executing", "session_entry", "line 9"),
        (2, "planning", "session_entry", "line 11"),
    ]


def test_plans_sent_back_and_answers_stopped(tmp_path: Path) -> None:
    artifact = session_file(
        tmp_path,
        HEADER,
        answer("a", None, call("1", "exit_plan_mode"), call("2", "plannotator_submit_plan"), call("3", "deploy")),
        result("b", "a", "1", "exit_plan_mode", "shorter", details={"approved": False, "feedback": "shorter"}),
        result("c", "b", "2", "plannotator_submit_plan", "go", details={"approved": True}),
        result("d", "c", "3", "deploy", "no", details={"approved": False}),
        answer("e", "d", stopReason="aborted", usage={"input": 0, "output": 0}),
    )
    records = landed(artifact)
    assert [row.is_rejected for row in of(records, ToolCall)] == [True, False, None]
    events = [(event.event_type, event.entry_index, event.detail) for event in of(records, SessionEvent)]
    assert events == [("rejection", 1, "exit_plan_mode"), ("interrupt", 4, None)]
    assert all(event.occurred_at == datetime(2026, 1, 2, 3, 4, 5) for event in of(records, SessionEvent))
    stopped = of(records, Entry)[-1]
    assert (stopped.input_tokens, stopped.cache_read_tokens, stopped.is_llm_call) == (0, None, True)


def printed(*events: Json) -> list[Record]:
    stream = EventStream(4, "line 1")
    for number, event in enumerate(events, start=1):
        assert stream.take(msgspec.json.decode(json.dumps(event), type=Event), f"line {number}") is None
    return list(stream.records(0))


def test_events_that_pi_prints(tmp_path: Path) -> None:
    """What a read or an edit shows of a file holds in the event stream too."""
    read, edit, plan = call("1", "read", path="p.py"), call("2", "edit", path="p.py"), call("3", "exit_plan_mode")
    edit["arguments"] |= {"oldText": "b", "newText": "B"}
    records = printed(
        {"type": "message_end", "message": answer(None, None, read, edit, plan)["message"]},
        {"type": "message_end", "message": result(None, None, "1", "read", "a\nb\n")["message"]},
        {"type": "message_end", "message": result(None, None, "2", "edit", "ok")["message"]},
        {
            "type": "tool_execution_end",
            "toolCallId": "3",
            "result": {"content": [], "details": {"approved": False}},
            "isError": False,
        },
        {
            "type": "compaction_end",
            "reason": "threshold",
            "result": {"summary": "s", "tokensBefore": 90, "estimatedTokensAfter": 9, "firstKeptEntryId": "k"},
        },
        {"type": "message_end", "message": answer(None, None, stopReason="aborted")["message"]},
    )
    (change,) = of(records, FileEdit)
    assert (change.session_index, change.range_basis, change.start_line) == (4, "inferred", 2)
    assert [
        (event.event_type, event.entry_index, event.from_value, event.detail, event.tokens_before, event.tokens_after)
        for event in of(records, SessionEvent)
    ] == [
        ("compaction", 3, "k", "threshold", 90, 9),
        ("interrupt", 4, None, None, None, None),
        ("rejection", 0, None, "exit_plan_mode", None, None),
    ]
    assert {event.session_index for event in of(records, SessionEvent)} == {4}
