"""Inspect logs: two that inspect-ai wrote with its mock model, and synthetic ones for what those do not show."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from loaders.artifact import Artifact
from loaders.formats.inspect_ai import log as inspect_log
from loaders.formats.inspect_ai.fields import Usage
from loaders.formats.inspect_ai.sample import number
from loaders.formats.inspect_ai.usage import tokens
from loaders.tables import Entry, EvalRun, FileEdit, Record, Session, SessionEvent, Task, ToolCall, Trial
from tests.python.loaders.formats.harbor_inputs import flattened, owner
from tests.python.loaders.formats.inspect_inputs import (
    CLOCKS,
    HEADER,
    LIMITS,
    asked,
    documents,
    log,
    message,
    sample,
    zipped,
)
from tests.python.loaders.formats.landable import land


def records_of(artifact: Artifact) -> list[Any]:
    assert owner(artifact) == inspect_log.NAME
    rows, bad = flattened(inspect_log, artifact)
    assert bad == {}
    land(rows)
    return rows


def of(rows: list[Any], kind: type[Record]) -> list[Any]:
    return [row for row in rows if type(row) is kind]


def test_a_log_of_inspect_ai_against_its_documents() -> None:
    rows = records_of(Artifact(CLOCKS, CLOCKS.parent))
    raw = documents(CLOCKS)
    samples = [content for name, content in raw.items() if name.startswith("samples/")]
    header = raw["header.json"]["eval"]
    assert of(rows, EvalRun) == [
        EvalRun(
            evidence="inspect_log",
            run_directory=str(CLOCKS.parent),
            run_name=f"clocks_{header['eval_id']}",
            agent_type="generate",
            model_id="mockllm/model",
            dataset="clocks@0",
            concurrency=1,
            attempts_per_task=2,
            trial_count=4,
            started_at=datetime.fromisoformat(raw["header.json"]["stats"]["started_at"]).replace(tzinfo=None),
            finished_at=datetime.fromisoformat(raw["header.json"]["stats"]["completed_at"]).replace(tzinfo=None),
        )
    ]
    trials = of(rows, Trial)
    assert [trial.native_trial_id for trial in trials] == [content["uuid"] for content in samples]
    assert [(trial.task_id, trial.trial_name, trial.reward) for trial in trials] == [
        ("clock-1", "clock-1_epoch_1", 1.0),
        ("tide/2", "tide/2_epoch_1", 0.5),
        ("clock-1", "clock-1_epoch_2", 0.0),
        ("tide/2", "tide/2_epoch_2", 1.0),
    ]
    assert trials[1].rewards == {"letter": 0.5, "share": 0.25, "multi.style": 1.0, "multi.speed": 0.5}
    assert len({trial.trial_directory for trial in trials}) == 4
    assert {
        (t.input_tokens_with_cache, t.cache_read_tokens, t.cache_write_tokens, t.output_tokens) for t in trials
    } == {(400, 250, 5, 27)}
    assert [row.problem_statement for row in of(rows, Task)] == ["Repair the clock.", "Repair the tide."] * 2
    sessions = of(rows, Session)
    assert [row.trial_directory for row in sessions] == [trial.trial_directory for trial in trials]
    entries = [row for row in of(rows, Entry) if row.session_index == 0]
    assert [(row.role, row.is_llm_call) for row in entries] == [
        ("user", False),
        ("assistant", True),
        ("tool", False),
        ("assistant", True),
        ("tool", False),
        ("assistant", True),
    ]
    last = entries[-1]
    assert (last.input_tokens, last.cache_read_tokens, last.output_tokens, last.reasoning_tokens) == (30, 140, 5, 3)
    assert (last.text, last.thinking_text, last.thinking_block_lengths) == ("full", "I think.", [8])
    assert entries[2].text is None
    models = [event for event in samples[0]["events"] if event["event"] == "model"]
    assert [row.occurred_at for row in entries if row.is_llm_call] == [
        datetime.fromisoformat(event["completed"]).replace(tzinfo=None) for event in models
    ]
    calls = of(rows, ToolCall)
    assert Counter((call.tool_name, call.sub_command, call.is_error) for call in calls) == {
        ("list_files", None, False): 4,
        ("text_editor", "create", False): 3,
        ("text_editor", "create", True): 1,
    }
    assert all(call.has_result and call.duration_s is not None for call in calls)
    assert [(edit.session_index, edit.path, edit.operation, edit.range_basis) for edit in of(rows, FileEdit)] == [
        (index, "src/clock.py", "create", "whole_file") for index in (0, 1, 3)
    ]


def test_a_json_log_holds_the_same(tmp_path: Path) -> None:
    raw = documents(CLOCKS)
    whole = raw["header.json"] | {"samples": [raw[name] for name in raw if name.startswith("samples/")]}
    packed = records_of(Artifact(CLOCKS, CLOCKS.parent))
    plain = records_of(log(tmp_path, whole))
    places = ("place", "trial_directory", "run_directory")

    def facts(row: Any) -> dict[str, Any]:
        return {name: value for name, value in msgspec.structs.asdict(row).items() if name not in places}

    assert [facts(row) for row in plain] == [facts(row) for row in packed]
    assert [row.place for row in of(plain, Trial)] == [f"/samples/{index}" for index in range(4)]


def test_a_limit_ends_a_sample_that_is_scored_all_the_same() -> None:
    (trial,) = of(records_of(Artifact(LIMITS, LIMITS.parent)), Trial)
    assert (trial.exception_type, trial.reward, trial.has_verifier_result) == ("message_limit", 0.0, True)


def test_a_run_is_told_by_its_header(tmp_path: Path) -> None:
    rows = records_of(log(tmp_path, zipped(sample())))
    (run,), (trial,) = of(rows, EvalRun), of(rows, Trial)
    assert (run.run_name, run.dataset, run.agent_type) == ("suite_clock_e-1", "suite/clock@2-B", "agent_of_ours")
    assert (run.concurrency, run.timeout_s, trial.agent_timeout_override_s) == (8, 600.0, 600.0)
    assert (trial.run_name, trial.source, trial.exception_type) == ("suite_clock_e-1", "suite/clock@2-B", None)
    assert (trial.started_at, trial.finished_at) == (datetime(2026, 1, 2, 3, 0, 1), datetime(2026, 1, 2, 3, 0, 5))
    nameless = HEADER | {"eval": {"task": "clock", "run_id": None}}
    assert of(records_of(log(tmp_path, zipped(sample(), header=nameless), "night")), EvalRun)[0].run_name == "night"


@pytest.mark.parametrize(
    ("changes", "exception_type", "reward"),
    [
        ({"error": {"message": "RuntimeError('synthetic')"}, "scores": {}}, "RuntimeError", None),
        ({"error": {"message": "it broke"}, "scores": None}, "error", None),
        ({"error": {"message": "CancelledError()"}, "scores": {}}, "CancelledError", None),
        ({"limit": {"type": "time", "limit": 600}}, "time_limit", 1.0),
        ({"scores": {"other": {"value": 0}, "verdict": {"value": "P"}}}, None, 0.5),
        ({"scores": {"other": {"value": True}}}, None, 1.0),
        ({"scores": {"verdict": {"value": {"a": 1, "b": 0}}}}, None, None),
        ({"scores": {"verdict": {"value": {"a": 1}}}}, None, 1.0),
        ({"scores": {"verdict": {"value": float("nan")}}}, None, None),
        ({"scores": None, "score": {"value": "I"}}, None, 0.0),
    ],
)
def test_endings_and_rewards(tmp_path: Path, changes: Any, exception_type: str | None, reward: float | None) -> None:
    (trial,) = of(records_of(log(tmp_path, zipped(sample(**changes)))), Trial)
    assert (trial.exception_type, trial.reward) == (exception_type, reward)
    assert trial.has_verifier_result is bool(changes.get("scores", True) or changes.get("score"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("C", 1.0),
        ("P", 0.5),
        ("I", 0.0),
        ("N", 0.0),
        ("Yes", 1.0),
        ("false", 0.0),
        ("0.25", 0.25),
        ("inf", None),
        (True, 1.0),
        (3, 3.0),
        ("good", None),
        (None, None),
        ([1], None),
        (10**400, None),
    ],
)
def test_scores_are_numbers_as_inspect_counts_them(value: Any, expected: float | None) -> None:
    assert number(value) == expected


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ((10, 2, 12, None, None), (10, None, None, 2, "excludes_cache")),
        ((10, 2, 117, 100, 5), (10, 100, 5, 2, "excludes_cache")),
        ((110, 2, 112, 100, None), (10, 100, None, 2, "cache_subtracted")),
        ((10, 2, 12, 100, None), (10, 100, None, 2, "excludes_cache")),
        ((None, 2, None, 100, None), (None, 100, None, 2, None)),
    ],
)
def test_cached_tokens_never_count_as_input(usage: Any, expected: Any) -> None:
    given, output, total, read, written = usage
    found = tokens(
        Usage(
            input_tokens=given,
            output_tokens=output,
            total_tokens=total,
            input_tokens_cache_read=read,
            input_tokens_cache_write=written,
        )
    )
    assert (
        found.input_tokens,
        found.cache_read_tokens,
        found.cache_write_tokens,
        found.output_tokens,
        found.usage_basis,
    ) == expected


def test_the_judge_is_not_the_agent(tmp_path: Path) -> None:
    judged = [
        asked(message("assistant", "Done.", id="m1"), 2, span_id="work"),
        {"event": "span_begin", "id": "s", "type": "scorers", "parent_id": None},
        {"event": "span_begin", "id": "s1", "type": "scorer", "parent_id": "s"},
        asked(message("assistant", "GRADE: C", id="judge"), 4, span_id="s1"),
    ]
    stepped = [
        asked(message("assistant", "Done.", id="m1"), 2),
        {"event": "step", "action": "begin", "type": "scorer", "name": "verdict"},
        {"event": "step", "action": "begin", "type": "inner", "name": "x"},
        asked(message("assistant", "GRADE: C", id="judge"), 4),
        {"event": "step", "action": "end", "type": "inner", "name": "x"},
        {"event": "step", "action": "end", "type": "scorer", "name": "verdict"},
    ]
    usage = {"maker/model-1": {"input_tokens": 10, "output_tokens": 2}, "judge": {"input_tokens": 99}}
    for events in (judged, stepped):
        rows = records_of(log(tmp_path, zipped(sample(events=events, model_usage=usage))))
        assert [row.text for row in of(rows, Entry) if row.is_llm_call] == ["Done."]
        assert of(rows, Session)[0].total_input_tokens == 10


def test_calls_that_no_message_shows_are_a_stream_apart(tmp_path: Path) -> None:
    helper = message(
        "assistant", "I help.", id="h1", tool_calls=[{"id": "c1", "function": "bash", "arguments": {"cmd": "ls"}}]
    )
    nested = {"event": "tool", "id": "t0", "events": [asked(helper, 1)]}
    events = [nested, asked(message("assistant", "Done.", id="m1"), 2), {"event": "compaction", "tokens_before": 9}]
    rows = records_of(log(tmp_path, zipped(sample(events=events), sample(uuid="u-2", epoch=2))))
    first, inner, second = of(rows, Session)
    assert (first.session_index, inner.session_index, second.session_index) == (0, 1, 2)
    assert (inner.is_subagent, inner.parent_session_index, inner.trial_directory) == (True, 0, first.trial_directory)
    assert [row.text for row in of(rows, Entry) if row.session_index == 1] == ["I help."]
    (call,) = of(rows, ToolCall)
    assert (call.session_index, call.command, call.has_result) == (1, "ls", False)
    (event,) = of(rows, SessionEvent)
    assert (event.event_type, event.tokens_before, event.session_index) == ("compaction", 9, 0)


def test_contents(tmp_path: Path) -> None:
    parts = [
        {"type": "reasoning", "reasoning": "hidden", "summary": "In short.", "redacted": True},
        {"type": "reasoning", "reasoning": "open"},
        {"type": "image", "image": "attachment://0"},
        {"type": "text", "text": "attachment://1"},
    ]
    call = {"id": "c1", "function": "bash", "arguments": {"cmd": "attachment://2"}}
    messages = [
        message("user", "attachment://1"),
        message("assistant", "An example.", source="input"),
        message("assistant", parts, tool_calls=[call]),
        message("tool", "no", tool_call_id="c1", error={"type": "approval", "message": "refused"}),
        message("tool", "nobody asked", tool_call_id="c2"),
    ]
    events = [asked(message("assistant", "x"), 2)]
    whole = sample(messages=messages, events=events, attachments={"1": "put back", "2": "make test"})
    rows = records_of(log(tmp_path, zipped(whole)))
    entries = of(rows, Entry)
    assert [row.text for row in entries] == ["put back", "An example.", "put back", None, "nobody asked"]
    assert [row.is_llm_call for row in entries] == [False, False, True, False, False]
    assert entries[2].thinking_text == "In short.\n\nopen"
    assert entries[2].thinking_block_lengths == [0, 4]
    assert entries[2].input_tokens == 10
    (found,) = of(rows, ToolCall)
    assert (found.command, found.result_text, found.is_error, found.is_rejected) == ("make test", "no", True, True)
