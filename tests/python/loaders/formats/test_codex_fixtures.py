"""Real rollouts of Codex, recounted with plain json, and damage to synthetic ones."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats import FORMATS
from loaders.formats.codex import rollout as codex
from loaders.tables import BadRecord, Entry, FileEdit, Record, Session, SessionEvent, ToolCall, arrow_schema
from tests.python.loaders.formats.codex_inputs import (
    Json,
    call,
    context,
    counted,
    event,
    landed,
    line,
    meta,
    of,
    output,
    patch,
    said,
    thought,
    typed,
    wrapped,
)

CALLS = (
    "function_call",
    "custom_tool_call",
    "web_search_call",
    "tool_search_call",
    "image_generation_call",
    "tool_call",
)


def real(fixtures: Path, name: str) -> tuple[list[Json], list[Record]]:
    path = fixtures / "codex" / name
    items = [json.loads(text) for text in path.read_text().splitlines() if text.strip()]
    return items, landed(Artifact(path, path.parent))


def payloads(items: list[Json], group: str, *kinds: str) -> list[Json]:
    found = [item["payload"] for item in items if item.get("type") == group]
    return [payload for payload in found if not kinds or payload.get("type") in kinds]


def test_the_real_files_are_of_this_format_alone(fixtures: Path) -> None:
    paths = sorted((fixtures / "codex").glob("*.jsonl"))
    assert len(paths) == 6
    for path in paths:
        artifact = Artifact(path, path.parent)
        assert next(module.NAME for module in FORMATS if module.matches(artifact)) == "codex"
    others = [path for path in fixtures.rglob("*.jsonl*") if path.parent.name != "codex"]
    assert others
    assert not [path for path in others if codex.matches(Artifact(path, path.parent))]


@pytest.mark.parametrize("name", ["teich__example_codex_session", "agent-sessions__small", "agent-sessions__large"])
def test_real_files_recounted(fixtures: Path, name: str) -> None:
    items, records = real(fixtures, f"{name}.jsonl")
    entries = of(records, Entry)
    assert [entry.entry_index for entry in entries] == list(range(len(entries)))
    assert not of(records, BadRecord)
    spoken = [entry.text for entry in entries if (entry.role, entry.entry_type) == ("user", "message")]
    assert spoken == [payload["message"] for payload in payloads(items, "event_msg", "user_message")]
    calls = payloads(items, "response_item", *CALLS)
    assert len(of(records, ToolCall)) == len(calls)
    said_texts = [
        part["text"]
        for payload in payloads(items, "response_item", "message")
        if payload["role"] == "assistant"
        for part in payload["content"]
        if "text" in part
    ]
    answered = [entry for entry in entries if entry.is_llm_call]
    assert "\n".join(entry.text for entry in answered if entry.text) == "\n".join(said_texts)
    assert sum(len(entry.thinking_block_lengths or []) for entry in entries) == len(
        payloads(items, "response_item", "reasoning")
    )
    totals = [
        payload["info"]["total_token_usage"]
        for payload in payloads(items, "event_msg", "token_count")
        if payload["info"]
    ]
    highest = max(totals, key=lambda total: int(total["total_tokens"]))
    cached = highest["cached_input_tokens"]
    assert sum(entry.input_tokens or 0 for entry in answered) == highest["input_tokens"] - cached
    assert sum(entry.cache_read_tokens or 0 for entry in answered) == cached
    assert sum(entry.output_tokens or 0 for entry in answered) == highest["output_tokens"]
    assert sum(entry.reasoning_tokens or 0 for entry in answered) == highest["reasoning_output_tokens"]
    models: list[str] = []
    for told in payloads(items, "turn_context"):
        if told["model"] not in models[-1:]:
            models.append(told["model"])
    events = of(records, SessionEvent)
    assert [each.to_value for each in events if each.event_type == "model_change"] == models
    compactions = [each for each in events if each.event_type == "compaction"]
    assert len(compactions) == len(payloads(items, "compacted"))
    assert [each.detail for each in events if each.event_type == "interrupt"] == [
        payload["reason"] for payload in payloads(items, "event_msg", "turn_aborted")
    ]


def test_the_real_session_in_numbers(fixtures: Path) -> None:
    items, records = real(fixtures, "teich__example_codex_session.jsonl")
    totals = {
        json.dumps(payload["info"]["total_token_usage"], sort_keys=True)
        for payload in payloads(items, "event_msg", "token_count")
        if payload["info"]
    }
    answered = [entry for entry in of(records, Entry) if entry.is_llm_call]
    assert len(answered) == len(totals)
    assert all(entry.output_tokens for entry in answered)
    outputs = {
        payload["call_id"]: payload["output"]
        for payload in payloads(items, "response_item", "function_call_output", "custom_tool_call_output")
    }
    calls = of(records, ToolCall)
    assert {found.tool_call_id for found in calls} == set(outputs)
    for found in calls:
        text = outputs[found.tool_call_id or ""]
        assert found.has_result
        if text.startswith("{"):
            assert found.result_text == json.loads(text)["output"]
            assert found.exit_code == json.loads(text)["metadata"]["exit_code"]
        else:
            assert found.result_text == text
            code = [part.split()[-1] for part in text.splitlines()[:4] if part.startswith("Process exited")]
            assert found.exit_code == (int(code[0]) if code else None)
        assert found.duration_s is not None
    (ended,) = payloads(items, "event_msg", "patch_apply_end")
    edits = of(records, FileEdit)
    assert {(edit.path, edit.end_line) for edit in edits} == {
        (path, change["content"].count("\n")) for path, change in ended["changes"].items()
    }
    assert {edit.range_basis for edit in edits} == {"whole_file"}


def test_real_files_of_older_versions(fixtures: Path) -> None:
    _, records = real(fixtures, "agent-sessions__codex_052_raw.jsonl")
    assert [type(record) for record in records] == [Session]
    _, records = real(fixtures, "agent-sessions__codex_053_rate_limit.jsonl")
    (entry,) = of(records, Entry)
    assert (entry.input_tokens, entry.cache_read_tokens, entry.text) == (12091 - 10880, 10880, None)
    path = fixtures / "codex" / "agent-sessions__schema_drift.jsonl"
    records = landed(Artifact(path, path.parent))
    assert Counter(entry.role for entry in of(records, Entry)) == {"user": 1, "assistant": 2, "tool": 1}
    (found,) = of(records, ToolCall)
    assert (found.tool_name, found.result_text) == ("translate", "hola")


LINES: list[Json] = [
    meta(git={"branch": "trunk"}),
    context("synthetic-1", 1, effort="low", turn_id="019a0000-0001-7000-8000-000000000003"),
    *typed("please", 2),
    thought("why", second=3),
    call("a", cmd="cat a.txt", second=4),
    counted((10, 4, 3, 1), (10, 4, 3, 1), 5),
    output("a", "Wall time: 0.1 seconds\nProcess exited with code 0\nOutput:\none\ntwo\n", 6),
    patch("b", "*** Begin Patch\n*** Update File: a.txt\n one\n-two\n+three\n*** End Patch", 7),
    event("patch_apply_end", 8, call_id="b", success=True, changes={"a.txt": {"type": "add", "content": "one\n"}}),
    output("b", wrapped("Success."), 9),
    said("assistant", "done", 10),
    counted((30, 14, 5, 1), (20, 10, 2, 0), 11),
    line("compacted", {"message": "short"}, 12),
    event("turn_aborted", 13, reason="interrupted"),
    event("item_completed", 14, item={"type": "UserMessage", "content": [{"type": "text", "text": "more"}]}),
    said("assistant", "no", 15),
]
WHOLE = "".join(json.dumps(each) + "\n" for each in LINES).encode()
ALONE = (3, 7, 10, 13)
"""Positions of lines that have an entry of their own, whatever stands around them."""


def flattened(folder: Path, data: bytes) -> list[Record]:
    path = folder / "damaged.jsonl"
    path.write_bytes(data)
    artifact = Artifact(path, folder)
    codex.matches(artifact)
    try:
        records = landed(artifact)
    except UnreadableArtifactError:
        return []
    for record in records:
        for name in arrow_schema(type(record)).names[:-2]:
            value = getattr(record, name)
            assert not isinstance(value, int) or -(2**63) <= value < 2**63
            if isinstance(value, str):
                value.encode()
    return records


@settings(max_examples=150, deadline=None)
@given(end=st.integers(min_value=0, max_value=len(WHOLE)))
@example(end=sum(map(len, WHOLE.splitlines(keepends=True)[:4])) - 1)
def test_a_file_cut_anywhere_keeps_its_whole_lines(tmp_path_factory: pytest.TempPathFactory, end: int) -> None:
    folder = tmp_path_factory.mktemp("cut")
    records = flattened(folder, WHOLE[:end])
    # a line that lost its line break alone is whole, and may tell again the message of the line before
    kept = WHOLE[: end + 1].count(b"\n")
    whole = flattened(folder, b"".join(WHOLE.splitlines(keepends=True)[:kept]))
    assert {entry.place for entry in of(whole, Entry)} <= {entry.place for entry in of(records, Entry)}
    assert len(of(records, BadRecord)) <= 1


@settings(max_examples=300, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_flipped_bytes_raise_nothing(tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for position, value in changes:
        data[position] = value
    flattened(tmp_path_factory.mktemp("flipped"), bytes(data))


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        yield from paths_of(each, (*path, key))


PATHS = [(number, path) for number, each in enumerate(LINES) for path in paths_of(each)]
JUNK: list[Any] = [
    None,
    True,
    -1,
    10**30,
    1.5,
    "",
    "\ud83d",
    "{",
    '{"output": {}}',
    [],
    [[]],
    [1, None, "x"],
    {},
    {"type": []},
    {"text": {"text": 1}},
    {"x": {"y": 1}},
]


@settings(max_examples=500, deadline=None)
@given(wrong=st.lists(st.tuples(st.sampled_from(PATHS), st.sampled_from(JUNK)), min_size=1, max_size=4))
def test_a_field_of_a_wrong_type_costs_itself_alone(
    tmp_path_factory: pytest.TempPathFactory, wrong: list[tuple[tuple[int, tuple[Any, ...]], Any]]
) -> None:
    items = json.loads(json.dumps(LINES))
    for (number, path), junk in wrong:
        holder = items[number]
        try:
            for key in path[:-1]:
                holder = holder[key]
            holder[path[-1]] = deepcopy(junk)
        except (TypeError, KeyError, IndexError):
            continue
    data = "".join(json.dumps(each) + "\n" for each in items).encode()
    places = {entry.place for entry in of(flattened(tmp_path_factory.mktemp("wrong"), data), Entry)}
    touched = {number for (number, _), _ in wrong}
    assert {f"line {number + 1}" for number in ALONE if number not in touched} <= places
