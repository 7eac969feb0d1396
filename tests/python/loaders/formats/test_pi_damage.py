"""Damaged session files of pi: nothing raises, and what is whole lands. All texts are synthetic."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.pi import session as pi_session
from loaders.formats.pi.edits import display_changes, patch_changes
from loaders.tables import BadRecord, Entry, Record, Session, ToolCall, arrow_schema
from tests.python.loaders.formats.pi_inputs import HEADER, USAGE, Json, answer, call, entry, of, result, user

PATCH = "@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
LINES: list[Json] = [
    HEADER | {"provider": "p", "modelId": "m", "thinkingLevel": "low", "parentSession": "/s/x_y.jsonl"},
    user("a", None),
    answer(
        "b",
        "a",
        {"type": "text", "text": "t"},
        {"type": "thinking", "thinking": "hm"},
        call("1", "edit", path="p.py", edits=[{"oldText": "a", "newText": "b"}]) | {"partialJson": "{"},
        call("2", "read", path="p.py", offset=3),
        call("3", "subagent", task="t"),
        call("4", "exit_plan_mode"),
        stopReason="aborted",
    ),
    result(
        "c", "b", "1", "edit", "ok", details={"patch": PATCH, "diff": "- 2 b\n+ 2 c", "truncation": {"truncated": True}}
    ),
    result("d", "c", "2", "read", "x\n\n[3 more lines in file. Use offset=4 to continue]", usage=USAGE),
    result(
        "e",
        "d",
        "3",
        "subagent",
        "s",
        details={"results": [{"messages": [user("q", None)["message"]], "usage": USAGE}]},
    ),
    result("f", "e", "4", "exit_plan_mode", "no", details={"approved": False, "feedback": "f"}),
    entry("compaction", "g", "f", summary="s", tokensBefore=1, firstKeptEntryId="a", usage=USAGE, fromHook=False),
    entry("custom", "h", "g", customType="plannotator", data={"phase": "planning"}),
    entry("model_change", "i", "h", provider="p", modelId="m"),
    entry("branch_summary", "j", "f", fromId="f", summary="s"),
    entry("label", "k", "j", targetId="a", label="l"),
    entry("session_info", "l", "k", name="n"),
    entry("another", "m", "l", name=["of another type"]),
]
DATA = "\n".join(json.dumps(line) for line in LINES).encode()


def landed_bytes(data: bytes) -> list[Record]:
    """What a file of these bytes lands as; nothing where it cannot be read. Every row fits its table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "damaged.jsonl"
        path.write_bytes(data)
        artifact = Artifact(path, path.parent)
        pi_session.matches(artifact)
        try:
            records = list(pi_session.flatten(artifact))
        except UnreadableArtifactError:
            assert not data.strip()
            return []
    for record in records:
        schema = arrow_schema(type(record))
        for field in schema:
            value = getattr(record, field.name, None)
            if isinstance(value, int) and not isinstance(value, bool):
                assert -(2**63) <= value < 2**63
            if isinstance(value, str):
                value.encode()
    for stream in of(records, Session):
        rows = [row for row in of(records, Entry) if row.session_index == stream.session_index]
        assert [row.entry_index for row in rows] == list(range(len(rows)))
    return records


def test_all_of_it_lands() -> None:
    records = landed_bytes(DATA)
    assert not of(records, BadRecord)
    assert len([row for row in of(records, Entry) if row.session_index == 0]) == len(LINES) - 1


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(DATA)))
def test_cut_off_anywhere(length: int) -> None:
    records = landed_bytes(DATA[:length])
    whole = DATA[:length].count(b"\n") - 1
    assert len([row for row in of(records, Entry) if row.session_index == 0]) >= max(whole, 0)
    assert len(of(records, BadRecord)) <= 1


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(DATA) - 1), st.integers(0, 255)), min_size=1, max_size=20))
def test_flipped_bytes(flips: list[tuple[int, int]]) -> None:
    data = bytearray(DATA)
    for at, value in flips:
        data[at] = value
    landed_bytes(bytes(data))


WRONG_VALUES: list[Any] = [
    None,
    0,
    -1.5,
    10**40,
    2**63,
    "x",
    "\ud800",
    "",
    [],
    {},
    [1],
    {"a": None},
    True,
    [[[]]],
    {"content": [{}]},
    1e300,
]
WRONG = st.sampled_from(WRONG_VALUES)


@st.composite
def retyped(draw: st.DrawFn) -> bytes:
    """The same lines with a few values of another type."""
    chosen = draw(st.sets(st.integers(0, 219), min_size=1, max_size=6))
    seen = 0

    def changed(value: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen in chosen:
            return draw(WRONG)
        if isinstance(value, dict):
            return {key: changed(part) for key, part in value.items()}
        return [changed(part) for part in value] if isinstance(value, list) else value

    return "\n".join(json.dumps(changed(line)) for line in LINES).encode()


@settings(max_examples=300, deadline=None)
@given(retyped())
def test_values_of_wrong_types(data: bytes) -> None:
    landed_bytes(data)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="+- 0123456789@,|.ab\n", max_size=200))
def test_diffs_of_any_text(text: str) -> None:
    for change in [*patch_changes(text), *display_changes(text), *patch_changes(f"@@ -1,9 +1,9 @@\n{text}")]:
        assert change.start_line is not None and change.start_line >= 1
        assert change.old or change.new


def test_a_wrong_field_costs_itself_alone() -> None:
    wrong = [
        HEADER | {"cwd": 5},
        answer(
            "a",
            None,
            call("1", "bash", command="ls"),
            {"type": "text", "text": 3},
            stopReason=7,
            usage={"input": "x", "output": 2},
        ),
        result("b", "a", "1", "bash", "out", details=[1], isError="no"),
        entry("compaction", "c", "b", summary=["s"], tokensBefore=2**64, firstKeptEntryId="a"),
        user("d", "c") | {"parentId": 3},
    ]
    records = landed_bytes("\n".join(json.dumps(line) for line in wrong).encode())
    rows = of(records, Entry)
    assert [(row.entry_id, row.role) for row in rows] == [("a", "assistant"), ("b", "tool"), ("c", None), ("d", "user")]
    assert (rows[0].input_tokens, rows[0].output_tokens, rows[0].stop_reason) == (None, 2, None)
    (made,) = of(records, ToolCall)
    assert (made.command, made.has_result, made.result_text, made.is_error) == ("ls", True, "out", None)
    assert [row.line_number for row in of(records, BadRecord)] == [1, 2, 3, 4, 5]
    assert of(records, Session)[0].native_session_id == "synthetic-session"


def test_deep_nesting() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    line = json.dumps(user("b", "a")).replace('"please"', deep)
    data = "\n".join([json.dumps(HEADER), json.dumps(user("a", None)), line, json.dumps(user("c", "b"))]).encode()
    records = landed_bytes(data)
    assert [row.entry_id for row in of(records, Entry)] == ["a", "c"]
    assert [row.line_number for row in of(records, BadRecord)] == [3]
