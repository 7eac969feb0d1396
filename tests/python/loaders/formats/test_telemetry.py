"""Helpers that every telemetry format shares, on synthetic values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from loaders.artifact import Artifact
from loaders.formats.shared.shell_observation import ShellObservation, read_observation
from loaders.formats.shared.telemetry import (
    changed_lines,
    content_text,
    file_edits,
    is_inside_trial,
    line_count,
    split_thinking,
    tool_arguments,
    trajectory_run_directory,
    uncached_tokens,
)
from loaders.tables import FileEdit


@pytest.mark.parametrize(
    ("tool", "given", "expected"),
    [
        ("bash", {"command": "ls"}, (None, "ls", None, None, None)),
        ("shell", {"command": ["bash", "-lc", "ls -a"], "workdir": "/w"}, (None, "ls -a", None, None, "/w")),
        ("shell", {"command": ["ls", "a b"]}, (None, "ls 'a b'", None, None, None)),
        ("bash_command", {"keystrokes": "ls\n", "duration": 0.1}, (None, "ls\n", None, None, None)),
        ("str_replace_editor", {"command": "view", "path": "/a"}, ("view", None, "/a", None, None)),
        ("file_tool", {"command": "create", "path": "/a"}, ("create", None, "/a", None, None)),
        ("task_tracker", {"command": "plan"}, ("plan", None, None, None, None)),
        ("run", {"command": "make", "path": "/a"}, (None, "make", "/a", None, None)),
        ("Grep", {"pattern": "x", "path": "src"}, (None, None, "src", "x", None)),
        ("Edit", {"file_path": "/a", "old_string": "x"}, (None, None, "/a", None, None)),
        ("read", {"path": 5}, (None, None, None, None, None)),
        ("bash", {"command": ["ls", 5]}, (None, None, None, None, None)),
    ],
)
def test_known_arguments(tool: str, given: dict[str, Any], expected: tuple[str | None, ...]) -> None:
    for form in (given, msgspec.json.encode(given).decode(), msgspec.Raw(msgspec.json.encode(given))):
        found = tool_arguments(tool, form)
        assert found[2:] == expected
        assert found.values == given


def test_arguments_are_canonical_json() -> None:
    assert tool_arguments("t", '{"b": 1, "a": [true, null]}').arguments == '{"a":[true,null],"b":1}'
    assert tool_arguments("t", msgspec.Raw(b'"{\\"b\\": 1, \\"a\\": 2}"')).arguments == '{"a":2,"b":1}'
    assert tool_arguments("t", '{"n": 123456789012345678901234567890}').arguments == (
        '{"n":123456789012345678901234567890}'
    )
    assert tool_arguments("t", "[1, 2]").arguments == "[1,2]"


def test_arguments_that_are_no_json_are_kept_as_text() -> None:
    assert tool_arguments("bash", '{"command": "cat <<').arguments == '"{\\"command\\": \\"cat <<"'
    assert tool_arguments("bash", '{"command": "cat <<').command is None
    assert tool_arguments("bash", "[" * 100_000).arguments is not None
    for nothing in (None, "", "null", msgspec.Raw(), msgspec.Raw(b"null")):
        assert tool_arguments("bash", nothing).arguments is None


def _edits(tool: str, given: dict[str, Any]) -> list[FileEdit]:
    return list(file_edits(tool, tool_arguments(tool, given), session_index=1, entry_index=2, call_index=3, place="/p"))


def test_edits_of_known_tools() -> None:
    (write,) = _edits("Write", {"file_path": "a.py", "content": "x\ny\n"})
    assert (write.path, write.operation, write.range_basis, write.new_length) == ("a.py", "write", "whole_file", 2)
    assert (write.session_index, write.entry_index, write.call_index, write.place) == (1, 2, 3, "/p")
    (create,) = _edits("str_replace_editor", {"command": "create", "path": "a.py", "file_text": "x"})
    assert (create.operation, create.range_basis, create.new_length) == ("create", "whole_file", 1)
    (replace,) = _edits(
        "str_replace_editor", {"command": "str_replace", "path": "a", "old_str": "a\nb\nc", "new_str": "a\nB\nX\nc"}
    )
    assert (replace.operation, replace.range_basis, replace.start_line) == ("edit", "unknown", None)
    assert (replace.old_length, replace.new_length) == (3, 4)
    assert (replace.added_lines, replace.deleted_lines) == (2, 1)
    (insert,) = _edits("str_replace_editor", {"command": "insert", "path": "a", "insert_line": 4, "new_str": "x\ny"})
    assert (insert.range_basis, insert.start_line, insert.end_line) == ("exact", 5, 4)
    assert (insert.old_length, insert.new_length, insert.added_lines, insert.deleted_lines) == (0, 2, 2, 0)
    (undo,) = _edits("str_replace_editor", {"command": "undo_edit", "path": "a"})
    assert (undo.operation, undo.range_basis) == ("undo", "unknown")
    many = _edits(
        "MultiEdit",
        {"file_path": "a", "edits": [{"old_string": "x", "new_string": "y"}, 5, {"old_string": "z", "new_string": ""}]},
    )
    assert [(edit.edit_index, edit.new_length) for edit in many] == [(0, 1), (2, 0)]
    assert many[0].new_hash != many[0].old_hash


def test_calls_that_edit_nothing_known() -> None:
    assert _edits("str_replace_editor", {"command": "view", "path": "a"}) == []
    assert _edits("read", {"path": "a", "content": "x"}) == []
    assert _edits("Write", {"content": "x"}) == []
    assert _edits("edit", {"path": "a"}) == []


def test_lines() -> None:
    assert [line_count(text) for text in (None, "", "a", "a\n", "a\nb", "\n")] == [None, 0, 1, 1, 2, 1]
    assert changed_lines("a\nb\nc\n", "a\nc\n") == (0, 1)
    assert changed_lines("a\na\n", "a\na\na\n") == (1, 0)
    assert changed_lines("", "") == (0, 0)


def test_thinking() -> None:
    assert split_thinking("plain < text") == ("plain < text", None, [])
    assert split_thinking("<think>ab</think>Done <think>c</think>") == ("Done", "ab\n\nc", [2, 1])
    assert split_thinking("<think>cut off") == ("", "cut off", [7])


def test_content() -> None:
    assert content_text(msgspec.Raw(b'"text"')) == "text"
    assert (
        content_text(msgspec.Raw(b'[{"type":"text","text":"a"},{"type":"image"},{"type":"text","text":"b"}]')) == "a\nb"
    )
    assert content_text(msgspec.Raw(b'[{"type":"image"}]')) is None
    assert content_text(msgspec.Raw(b'{"a":1}')) == '{"a":1}'
    assert content_text(msgspec.Raw(b"null")) is None
    assert content_text(None) is None


def test_uncached_tokens() -> None:
    assert uncached_tokens(100, 30, 20) == 50
    assert uncached_tokens(100, None) == 100
    assert uncached_tokens(10, 30) == 0
    assert uncached_tokens(None, 30) is None


def test_place_of_a_trajectory() -> None:
    root = Path("/home/agent/data")
    assert is_inside_trial(Artifact(root / "job/trial/agent/trajectory.json", root))
    assert is_inside_trial(Artifact(root / "job/trial/steps/one/agent/sub/trajectory.json", root))
    assert not is_inside_trial(Artifact(root / "runs/one/trajectory.json", root))
    for path, expected in (
        ("/r/run", "/r/run"),
        ("/r/run/a__a-1", "/r/run"),
        ("/r/run/trajs", "/r/run"),
        ("/r/run/trajectories/a__a-1", "/r/run"),
    ):
        assert trajectory_run_directory(Path(path), "a__a-1") == expected
    assert trajectory_run_directory(Path("/r/run"), None) == "/r/run"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{\n  "returncode": 1,\n  "output": "no\\n"\n}', ShellObservation("no\n", 1, False)),
        ('{"returncode": -1, "output": "", "exception_info": "timed out"}', ShellObservation("timed out", -1, False)),
        (
            '{"returncode": 0, "output_head": "a", "output_tail": "b", "elided_chars": 9, "warning": "w"}',
            ShellObservation("a\nb", 0, True),
        ),
        ("<returncode>0</returncode>\n<output>\n8.2\n</output>", ShellObservation("8.2\n", 0, False)),
        ("<returncode>2</returncode>\n<output>\n</output>", ShellObservation("", 2, False)),
        (
            "<returncode>0</returncode>\n<warning>w</warning><output_head>\na\n</output_head>\n<elided_chars>9"
            "</elided_chars>\n<output_tail>\nb\n</output_tail>",
            ShellObservation("a\n\nb\n", 0, True),
        ),
        ("<exception>late</exception>\n<returncode>-1</returncode>\n<output>\nx\n</output>", ("x\n\nlate", -1, False)),
        ('{"returncode": "x"}', None),
        ('{"output": "x"}', None),
        ("plain", None),
        ("<returncode>x</returncode>", None),
        ("", None),
    ],
)
def test_observations(text: str, expected: ShellObservation | None) -> None:
    assert read_observation(text) == expected
