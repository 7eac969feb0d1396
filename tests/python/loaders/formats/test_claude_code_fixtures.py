"""Real files of Claude Code, recounted with plain json, and damage to synthetic ones."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.claude_code import session as claude_code
from loaders.formats.pi import session as pi_session
from loaders.tables import BadRecord, Entry, Record, Session, SessionEvent, ToolCall, arrow_schema
from tests.python.loaders.formats.claude_code_inputs import (
    Json,
    answer,
    call,
    landed,
    line,
    of,
    result,
    say,
    session_file,
    user,
)

FIXTURES = os.environ.get("AGENT_SIGNALS_FIXTURES")
needs_fixtures = pytest.mark.skipif(FIXTURES is None, reason="AGENT_SIGNALS_FIXTURES names no folder of real artifacts")


def real_files(folder: str = "claude_code") -> list[Path]:
    return sorted(Path(FIXTURES or ".").joinpath(folder).rglob("*.jsonl")) if FIXTURES else []


def content_blocks(item: Json) -> list[Json]:
    content = (item.get("message") or {}).get("content")
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def blocks_of(items: list[Json], kind: str) -> Iterator[Json]:
    return (block for item in items for block in content_blocks(item) if block.get("type") == kind)


@needs_fixtures
@pytest.mark.parametrize("path", real_files(), ids=lambda path: path.name)
def test_real_files_recounted(path: Path) -> None:
    items = [json.loads(text) for text in path.read_text().splitlines() if text.strip()]
    told = [item for item in items if item.get("uuid") or item["type"] in ("user", "assistant")]
    artifact = Artifact(path, path.parent)
    assert claude_code.matches(artifact)
    records = landed(artifact)
    assert not of(records, BadRecord)
    found = of(records, Entry)

    messages = Counter(
        (item.get("isSidechain"), item["message"].get("id"), item.get("requestId"))
        for item in told
        if item["type"] == "assistant" and item["message"].get("id") and item["message"]["model"] != "<synthetic>"
    )
    is_redacted = any("trimmed" in str(key[1]) for key in messages)
    if not is_redacted:
        repeated = sum(count - 1 for count in messages.values())
        assert len(found) == len(told) - repeated
    calls = of(records, ToolCall)
    assert len({id(call) for call in calls}) == len(calls)
    if not is_redacted:
        assert len(calls) == len(list(blocks_of(told, "tool_use")))
        answered = {block.get("tool_use_id") for block in blocks_of(told, "tool_result")}
        assert sum(call.has_result for call in calls if call.tool_call_id) == len(
            answered & {block.get("id") for block in blocks_of(told, "tool_use")} - {None}
        )
    boundaries = [item for item in told if item.get("subtype") == "compact_boundary"]
    compactions = [event for event in of(records, SessionEvent) if event.event_type == "compaction"]
    assert [event.tokens_before for event in compactions] == [
        item["compactMetadata"]["preTokens"] for item in boundaries
    ]
    for session in of(records, Session):
        own = [entry for entry in found if entry.session_index == session.session_index]
        assert [entry.entry_index for entry in own] == list(range(len(own)))


@needs_fixtures
def test_the_real_session_in_numbers() -> None:
    (path,) = [path for path in real_files() if path.name.startswith("teich")]
    items = [json.loads(text) for text in path.read_text().splitlines()]
    records = landed(Artifact(path, path.parent))
    calls = [entry for entry in of(records, Entry) if entry.is_llm_call]
    last_usage = {item["message"]["id"]: item["message"]["usage"] for item in items if item["type"] == "assistant"}
    assert len(calls) == len(last_usage)
    assert sum(entry.output_tokens or 0 for entry in calls) == sum(u["output_tokens"] for u in last_usage.values())
    assert sum(entry.input_tokens or 0 for entry in calls) == sum(u["input_tokens"] for u in last_usage.values())
    assert all(entry.on_active_path for entry in of(records, Entry))
    assert not [event for event in of(records, SessionEvent) if event.event_type == "branch"]
    results = list(blocks_of(items, "tool_result"))
    made = of(records, ToolCall)
    assert sum(call.is_error is True for call in made) == sum(block.get("is_error") is True for block in results)
    assert [call.exit_code for call in made if call.exit_code is not None] == [1]
    assert Counter(call.tool_name for call in made) == Counter(b["name"] for b in blocks_of(items, "tool_use"))
    assert [entry.entry_type for entry in of(records, Entry) if entry.role == "user"] == ["message"]


@needs_fixtures
def test_the_cleared_and_the_subagent_files() -> None:
    files = {path.name: path for path in real_files()}
    cleared = of(landed(Artifact(files["inspect_scout__clear_split_session.jsonl"], Path("/"))), Session)
    assert len(cleared) == 2
    assert cleared[1].parent_native_session_id == cleared[0].native_session_id
    (agent,) = [path for name, path in files.items() if name.startswith("agent-a0")]
    (session,) = of(landed(Artifact(agent, agent.parent)), Session)
    assert (session.is_subagent, session.native_session_id) == (True, agent.stem)


@needs_fixtures
def test_formats_do_not_claim_each_others_files() -> None:
    for folder in ("pi_sessions", "swival", "codex", "hermes", "opentraces"):
        assert not [path.name for path in real_files(folder) if claude_code.matches(Artifact(path, path.parent))]
    assert not [path.name for path in real_files() if pi_session.matches(Artifact(path, path.parent))]


LINES: list[Json] = [
    {"type": "summary", "summary": "x", "leafUuid": "u1"},
    user("u1", None, permissionMode="default"),
    answer("a1", "u1", {"type": "thinking", "thinking": "hm"}, message_id="m", second=1),
    answer("a2", "a1", say("x"), call("t1", "Edit", file_path="/x", old_string="a", new_string="b"), message_id="m"),
    result(
        "r1",
        "a2",
        "t1",
        second=2,
        toolUseResult={
            "filePath": "/x",
            "structuredPatch": [{"oldStart": 1, "oldLines": 1, "newStart": 1, "newLines": 1, "lines": ["-a", "+b"]}],
        },
    ),
    answer("b1", "r1", call("t2", "Read", file_path="/y"), second=3),
    result("r2", "b1", "t2", "     1→one", second=4, toolUseResult={"file": {"filePath": "/y", "content": "one"}}),
    line("system", "c1", None, 5, subtype="compact_boundary", logicalParentUuid="r2", compactMetadata={"preTokens": 5}),
    user("c2", "c1", "sum", 6, isCompactSummary=True),
    user("x1", None, "look", 7) | {"isSidechain": True},
    line("attachment", "q1", "c2", 8, attachment={"type": "queued_command", "prompt": "and", "commandMode": "prompt"}),
    user("i1", "q1", [say("[Request interrupted by user]")], 9),
]
WHOLE = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in LINES).encode()


def flattened(folder: Path, data: bytes) -> list[Record]:
    path = folder / "damaged.jsonl"
    path.write_bytes(data)
    artifact = Artifact(path, folder)
    claude_code.matches(artifact)
    try:
        records = landed(artifact)
    except UnreadableArtifactError:
        return []
    for record in records:
        for name in arrow_schema(type(record)).names[:-2]:
            value = getattr(record, name)
            assert not isinstance(value, int) or -(2**63) <= value < 2**63
    return records


@settings(max_examples=150, deadline=None)
@given(end=st.integers(min_value=0, max_value=len(WHOLE)))
def test_a_file_cut_anywhere_keeps_its_whole_lines(tmp_path_factory: pytest.TempPathFactory, end: int) -> None:
    folder = tmp_path_factory.mktemp("cut")
    records = flattened(folder, WHOLE[:end])
    kept = WHOLE[:end].count(b"\n")
    whole = flattened(folder, b"".join(WHOLE.splitlines(keepends=True)[:kept]))
    places = [entry.place for entry in of(whole, Entry)]
    assert [entry.place for entry in of(records, Entry)][: len(places)] or not places
    assert set(places) <= {entry.place for entry in of(records, Entry)}


@settings(max_examples=300, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_flipped_bytes_cost_their_own_lines(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(WHOLE)
    for position, value in changes:
        data[position] = value
    flattened(tmp_path_factory.mktemp("flipped"), bytes(data))


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from paths_of(item, (*path, key))


PATHS = [(number, path) for number, item in enumerate(LINES) for path in paths_of(item)]
JUNK: list[Any] = [
    None,
    True,
    -1,
    10**30,
    1.5,
    "",
    "\ud83d",
    [],
    [[]],
    [1, None, "x"],
    {},
    {"type": []},
    {"x": {"y": 1}},
]


@settings(max_examples=400, deadline=None)
@given(
    wrong=st.lists(st.tuples(st.sampled_from(PATHS), st.sampled_from(JUNK)), min_size=1, max_size=4),
)
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
    data = "".join(json.dumps(item) + "\n" for item in items).encode()
    records = flattened(tmp_path_factory.mktemp("wrong"), data)
    touched = {number for (number, _), _ in wrong}
    untouched = {f"line {number + 1}" for number in range(1, len(LINES)) if number not in touched}
    # The second line of the merged message has its place in the first.
    untouched.discard("line 4")
    assert untouched <= {entry.place for entry in of(records, Entry)}


def test_depth_and_loops_end(tmp_path: Path) -> None:
    deep = '{"type":"user","uuid":"d","message":' + "[" * 50_000 + "]" * 50_000 + "}"
    loop = [user("l1", "l2"), user("l2", "l1", second=1), user("l3", "l3", second=2)]
    records = landed(session_file(tmp_path, deep, *loop, user("u1", None, second=3)))
    assert [bad.reason for bad in of(records, BadRecord)] == ["nested too deeply"]
    assert len(of(records, Entry)) == 4
    chain = [user(f"u{number}", f"u{number - 1}", second=number % 3000) for number in range(1, 5000)]
    records = landed(session_file(tmp_path, *chain))
    assert all(entry.on_active_path for entry in of(records, Entry))
