"""Trajectories of hermes-agent that are broken, odd or hostile: nothing raises, what is sound is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.artifact import UnreadableArtifactError
from loaders.formats.hermes import sharegpt as hermes_sharegpt
from loaders.tables import BadRecord, Entry, Session, ToolCall
from tests.python.loaders.formats.damage import DAMAGE, anything, damaged_bytes, survives
from tests.python.loaders.formats.hermes_inputs import Json, call, gpt, landed, of, record, saved, tool, turn
from tests.python.loaders.formats.landable import land

NO_TURN: Any = "no turn"


def test_bad_lines_and_turns_cost_themselves_alone(tmp_path: Path) -> None:
    half = '{"name": "terminal", "arguments": {"command": "\\ud83d"}}'
    records = landed(
        tmp_path,
        "{torn",
        {"completed": True, "model": "m"},
        record(turn("human", "kept"), turn("gpt", 7), {"value": "no role"}, NO_TURN, turn("strange", "note")),
        record(turn("gpt", f"<tool_call>\n{half}\n</tool_call>")),
        record(model=7, timestamp=[], completed="yes"),
    )
    assert [row.line_number for row in of(records, BadRecord)] == [1, 2, 3, 3, 3]
    assert all("kept" not in row.reason for row in of(records, BadRecord))
    assert [row.session_index for row in of(records, Session)] == [0, 1, 2]
    entries = [row for row in of(records, Entry) if row.session_index == 0]
    assert [(row.entry_type, row.role) for row in entries][1:] == [("message", "user"), ("strange", None)]
    assert of(records, ToolCall)[0].command == "\ufffd"


def test_an_empty_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableArtifactError, match="the file is empty"):
        landed(tmp_path, "")


JSON_VALUES = anything("from", "value", "name")
FULL = record(
    turn("human", "kept text"),
    gpt("look", call("terminal", command="ls"), call("patch", path="a", old_string="x", new_string="y"), thinking="t"),
    tool({"output": "", "exit_code": 1}, {"success": True, "diff": "--- a/a\n+++ b/a\n@@ -1,1 +1,1 @@\n-x\n+y\n"}),
    turn("human", "[CONTEXT SUMMARY]: s"),
    api_calls=2,
)


@DAMAGE
@given(damaged_bytes(json.dumps(FULL).encode()))
def test_damaged_bytes_never_raise_and_keep_the_other_lines(tmp_path: Path, damaged: bytes) -> None:
    path = tmp_path / "damaged.jsonl"
    records = survives(hermes_sharegpt, path, json.dumps(FULL).encode() + b"\n" + damaged)
    assert "kept text" in [row.text for row in of(records, Entry) if row.session_index == 0]
    survives(hermes_sharegpt, path, damaged)


@DAMAGE
@given(st.dictionaries(st.sampled_from([*FULL, "metadata", "partial", "id"]), JSON_VALUES), JSON_VALUES, st.text())
def test_wrong_types_never_raise(tmp_path: Path, fields: Json, inner: Any, text: str) -> None:
    response = turn("tool", f"<tool_response>\n{json.dumps(inner)}\n</tool_response>{text}")
    answer = turn("gpt", f"<think>{text}<tool_call>\n{json.dumps({'name': 'patch', 'arguments': inner})}")
    whole = record(answer, response, inner) | fields
    path = tmp_path / "wrong.jsonl"
    records = survives(hermes_sharegpt, path, f"{json.dumps(whole)}\n{json.dumps(FULL)}".encode())
    assert "kept text" in [row.text for row in of(records, Entry)]


def test_deep_nesting_and_huge_numbers(tmp_path: Path) -> None:
    deep = "[" * 100_000
    huge = "9" * 5_000
    for value in (deep, huge, deep + "]" * 100_000):
        answer = turn("gpt", f'<tool_call>\n{{"name": "terminal", "arguments": {{"a": {value}}}}}\n</tool_call>')
        records = landed(tmp_path, record(answer, tool(f'{{"exit_code": {value}}}')), record(turn("human", "kept")))
        land(records)
        assert "kept" in [row.text for row in of(records, Entry)]
        list(hermes_sharegpt.flatten(saved(tmp_path, f'{{"conversations": {value}}}')))
