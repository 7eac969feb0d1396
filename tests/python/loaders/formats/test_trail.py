"""TRAIL's traces: the shipped example, and synthetic ones for every rule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loaders.artifact import Artifact
from loaders.formats import FORMATS
from loaders.formats.trail import annotations as trail_annotations
from loaders.formats.trail import trace as trail
from loaders.formats.trail.text import seconds
from loaders.tables import Entry, Judgement, Session, ToolCall
from tests.python.loaders.formats.trail_inputs import TRACE_ID, agent, all_text, landed, llm, of, span, tool

EXAMPLES = Path("examples/artifacts/trail")
SECRET = "synthetic-answer"


def test_the_shipped_example_lands_and_its_answer_does_not() -> None:
    (path,) = (EXAMPLES / "traces").iterdir()
    (labels,) = (EXAMPLES / "annotations").iterdir()
    assert path.name == labels.name
    artifact = Artifact(path, EXAMPLES)
    assert next(module for module in FORMATS if module.matches(artifact)) is trail
    records = list(trail.flatten(artifact))
    assert "synthetic-answer-7" in path.read_text()
    assert "synthetic-answer-7" not in all_text(records)
    (session,) = of(records, Session)
    assert session.native_session_id == path.stem
    assert (session.agent_type, session.model_id, session.exit_status) == ("smolagents", "synthetic-model", "Ok")
    entries, calls = of(records, Entry), of(records, ToolCall)
    assert [row.role for row in entries if row.entry_type == "message"] == ["user", "assistant", "assistant"]
    assert [(row.input_tokens, row.output_tokens) for row in entries if row.is_llm_call] == [(812, 64), (944, 41)]
    assert [(row.tool_name, row.is_error, row.duration_s) for row in calls] == [
        ("count_pages", True, 1.5),
        ("final_answer", False, 0.0002),
    ]
    annotations = Artifact(labels, EXAMPLES)
    assert next(module for module in FORMATS if module.matches(annotations)) is trail_annotations
    found = of(list(trail_annotations.flatten(annotations)), Judgement)
    assert {row.native_session_id for row in found} == {session.native_session_id}
    ids = {row.entry_id for row in entries} | {row.tool_call_id for row in calls}
    assert {row.location for row in found if row.location} <= ids


def test_llm_spans_are_calls_with_their_usage(tmp_path: Path) -> None:
    counts = {"llm.token_count.prompt": "100", "llm.token_count.completion": 7, "llm.token_count.total": "107"}
    cached = {"llm.token_count.prompt": "100", "llm.token_count.prompt_details.cache_read": "60"}
    records = landed(
        tmp_path,
        agent(
            "a",
            "the task",
            llm("1", "one", **counts),
            llm("2", "<think>hm</think>two", **cached, **{"llm.input_messages.0.message.content": "history"}),
            llm("3", None, **{"output.value": '{"role": "assistant", "content": "three"}'}),
            llm("4", None),
        ),
    )
    task, *answers = of(records, Entry)
    assert (task.role, task.entry_type, task.text, task.entry_id) == ("user", "message", "the task", "a")
    assert [row.text for row in answers] == ["one", "two", "three", None]
    assert all(row.is_llm_call and row.model_id == "m" for row in answers)
    found = [(row.input_tokens, row.cache_read_tokens, row.output_tokens, row.usage_basis) for row in answers]
    assert found[:3] == [
        (100, None, 7, "excludes_cache"),
        (40, 60, None, "cache_subtracted"),
        (None, None, None, None),
    ]
    assert (answers[1].thinking_text, answers[1].thinking_block_lengths) == ("hm", [2])
    assert answers[0].thinking_block_lengths is None
    assert [(str(answers[0].message_at), str(answers[0].occurred_at))] == [
        ("2026-01-02 03:04:05", "2026-01-02 03:04:07")
    ]
    assert "history" not in all_text(records)


def test_tool_spans_are_calls_of_the_answer_before_them(tmp_path: Path) -> None:
    schema = json.dumps({"query": {"type": "string"}, "limit": {"type": "integer"}})
    wrapped = tool("t2", "search", {"args": ["w"], "sanitize_inputs_outputs": False, "kwargs": {"limit": 3}})
    wrapped["span_attributes"]["tool.parameters"] = schema
    asking = {
        "llm.output_messages.0.message.tool_calls.0.tool_call.id": "c0",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "read_file",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": '{"path": "a.py"}',
        "llm.output_messages.0.message.tool_calls.1.tool_call.id": "c1",
        "llm.output_messages.0.message.tool_calls.1.tool_call.function.name": "never_run",
        "llm.output_messages.0.message.tool_calls.1.tool_call.function.arguments": "{}",
    }
    records = landed(
        tmp_path,
        tool("t0", "early", {}),
        agent(
            "a",
            "x",
            llm("1", "", **asking),
            span("c", "CHAIN", tool("t1", "read_file", {"path": "a.py"}, "text"), status_code="Error"),
            wrapped,
            tool("t3", "fetch", "not json", None, status_code="ERROR", status_message="404", duration=0.5),
            tool("t4", "silent", {}, None),
        ),
    )
    calls = of(records, ToolCall)
    assert [(row.tool_name, row.tool_call_id, row.entry_index, row.call_index) for row in calls] == [
        ("early", "t0", 0, 0),
        ("read_file", "t1", 2, 0),
        ("never_run", "c1", 2, 1),
        ("search", "t2", 2, 2),
        ("fetch", "t3", 2, 3),
        ("silent", "t4", 2, 4),
    ]
    assert [row.has_result for row in calls] == [True, True, False, True, True, False]
    assert [row.is_error for row in calls] == [False, False, None, False, True, False]
    assert (calls[1].path_argument, calls[1].result_text) == ("a.py", "text")
    assert json.loads(calls[3].arguments or "") == {"query": "w", "limit": 3}
    assert (calls[4].arguments, calls[4].result_text, calls[4].duration_s) == ('"not json"', "404", 0.5)
    assert [row.is_error for row in of(records, Entry) if row.entry_type == "chain"] == [True]
    assert [row.entry_id for row in of(records, Entry)] == ["t0", "a", "1", "c", "t1", "t2", "t3", "t4"]


def test_agents_below_the_first_are_sessions_of_their_own(tmp_path: Path) -> None:
    inner = agent("i", "even smaller", llm("3", "three"))
    helper = agent("h", "a part", llm("2", "two"), tool("t", "search", {}), inner, status_code="Ok")
    records = landed(
        tmp_path, span("w", None, agent("a", "all", llm("1", "one"), span("s", "CHAIN", helper), llm("4", "four")))
    )
    sessions = of(records, Session)
    assert [(row.session_index, row.native_session_id, row.parent_session_index) for row in sessions] == [
        (0, TRACE_ID, None),
        (1, f"{TRACE_ID}/agent-h", 0),
        (2, f"{TRACE_ID}/agent-i", 1),
    ]
    assert [row.is_subagent for row in sessions] == [False, True, True]
    assert [row.exit_status for row in sessions] == [None, "Ok", None]
    texts = {row.session_index: [] for row in sessions}  # type: dict[int, list[tuple[str, str | None]]]
    for row in of(records, Entry):
        texts[row.session_index].append((row.entry_type, row.text))
    assert texts[0] == [("message", "all"), ("message", "one"), ("chain", None), ("message", "four")]
    assert texts[1] == [("agent_prompt", "a part"), ("message", "two"), ("tool_result", None)]
    assert texts[2] == [("agent_prompt", "even smaller"), ("message", "three")]
    for index in range(3):
        own = [row.entry_index for row in of(records, Entry) if row.session_index == index]
        assert own == list(range(len(own)))


def test_without_an_agent_the_top_chain_holds_the_task(tmp_path: Path) -> None:
    chain = span("c", "CHAIN", span("d", "CHAIN"), llm("1", "one"), attributes={"input.value": '{"question": "why"}'})
    entries = of(landed(tmp_path, chain), Entry)
    assert [(row.entry_type, row.role, row.text) for row in entries] == [
        ("message", "user", "why"),
        ("chain", None, None),
        ("message", "assistant", "one"),
    ]


def test_no_answer_key_lands(tmp_path: Path) -> None:
    row = {"question": "q", "true_answer": SECRET, "Annotator Metadata": {"Steps": SECRET}}
    hidden = span("g", "CHAIN", llm("0", SECRET), span_name="get_examples_to_answer", logs=[{"body": row}])
    hidden["span_attributes"]["output.value"] = json.dumps(row)
    records = landed(
        tmp_path,
        span("w", None, attributes={"output.value": json.dumps(row)}, logs=[{"body": row}]),
        hidden,
        agent(
            "a",
            "the task",
            llm("1", f"the row is {row}"),
            llm("2", json.dumps({"kept": 1} | row)),
            tool("t", "look", {"kept": 2} | row, json.dumps([row, {"kept": 3}])),
            tool("u", "look", f"true_answer={SECRET}", f"Annotator Metadata: {SECRET}", status_code="Ok"),
        ),
    )
    text = all_text(records)
    assert SECRET not in text and "true_answer" not in text and "Annotator" not in text
    found = of(records, ToolCall)
    assert found[0].result_text == '[{"question": "q"}, {"kept": 3}]'
    assert json.loads(found[0].arguments or "") == {"kept": 2, "question": "q"}
    assert (found[1].has_result, found[1].result_text, found[1].arguments) == (True, None, None)


@pytest.mark.parametrize(
    ("given_duration", "expected"),
    [
        ("PT2.3S", 2.3),
        ("PT1M48.5S", 108.5),
        ("PT1H", 3_600.0),
        ("P1DT2H", 93_600.0),
        ("P1W", 604_800.0),
        ("-PT1S", -1.0),
        ("PT0S", 0.0),
        (1.25, 1.25),
        ("0.5", 0.5),
        ("PT", None),
        ("P", None),
        ("soon", None),
        (None, None),
        ([], None),
    ],
)
def test_durations(given_duration: Any, expected: float | None) -> None:
    assert seconds(given_duration) == expected
