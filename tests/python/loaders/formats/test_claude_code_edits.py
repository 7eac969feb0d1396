"""Line ranges of Claude Code's edits, on synthetic calls and results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from loaders.formats.claude_code.edits import patch_changes
from loaders.formats.claude_code.lines import Hunk
from loaders.formats.shared.telemetry import text_hash
from loaders.tables import FileEdit
from tests.python.loaders.formats.claude_code_inputs import Json, answer, call, landed, line, of, result, session_file


def edits(folder: Path, *steps: tuple[Json, Any, Any]) -> list[FileEdit]:
    """Edits of calls made one after the other: (call, result text, toolUseResult)."""
    lines: list[Json] = []
    parent = None
    for number, (made, text, found) in enumerate(steps):
        fields = {} if found is None else {"toolUseResult": found}
        lines.append(answer(f"a{number}", parent, made, second=2 * number))
        parent = f"r{number}"
        lines.append(result(parent, f"a{number}", made["id"], text, 2 * number + 1, **fields))
    return of(landed(session_file(folder, *lines)), FileEdit)


def ranges(found: list[FileEdit]) -> list[tuple[int, str, str, int | None, int | None]]:
    return [(item.edit_index, item.operation, item.range_basis, item.start_line, item.end_line) for item in found]


def hunk(start: int, *lines: str) -> Json:
    old = sum(not line.startswith("+") for line in lines)
    return {"oldStart": start, "oldLines": old, "newStart": start, "newLines": len(lines), "lines": list(lines)}


def test_runs_of_a_structured_patch_are_exact_and_sequential(tmp_path: Path) -> None:
    patch = [
        hunk(3, " a", "-b", "+B", "+B2", " c", "+new", " d"),
        {"oldStart": 20, "oldLines": 3, "newStart": 22, "newLines": 2, "lines": [" x", "-y", " z"]},
    ]
    found = edits(
        tmp_path,
        (
            call("t1", "Edit", file_path="rel.py", old_string="b", new_string="B"),
            "ok",
            {"filePath": "/abs/rel.py", "structuredPatch": patch},
        ),
    )
    assert ranges(found) == [
        (0, "edit", "exact", 4, 4),
        (1, "edit", "exact", 7, 6),
        (2, "edit", "exact", 23, 23),
    ]
    assert {item.path for item in found} == {"/abs/rel.py"}
    assert [(item.old_length, item.new_length) for item in found] == [(1, 2), (0, 1), (1, 0)]
    assert (found[0].old_hash, found[0].new_hash) == (text_hash("b"), text_hash("B\nB2"))


def test_a_missing_newline_is_no_line_and_equal_lines_are_left_out(tmp_path: Path) -> None:
    patch = [hunk(1, "-a", "-b", "\\ No newline at end of file", "+a", "+c", "\\ No newline at end of file")]
    made = call("t1", "Edit", file_path="/x", old_string="b", new_string="c")
    assert ranges(edits(tmp_path, (made, "ok", {"filePath": "/x", "structuredPatch": patch}))) == [
        (0, "edit", "exact", 2, 2)
    ]


def test_writes(tmp_path: Path) -> None:
    created = edits(
        tmp_path,
        (
            call("t1", "Write", file_path="/new", content="1\n2\n3\n"),
            "ok",
            {"type": "create", "filePath": "/new", "content": "1\n2\n3\n", "structuredPatch": []},
        ),
        (
            call("t2", "Write", file_path="/old", content="x"),
            "ok",
            {"type": "update", "filePath": "/old", "structuredPatch": [hunk(5, " k", "-x", "+y")]},
        ),
    )
    assert ranges(created) == [(0, "create", "whole_file", 1, 3), (0, "write", "exact", 6, 6)]


def test_a_notebook_is_compared_where_both_texts_are_told(tmp_path: Path) -> None:
    found = {"original_file": "{\n1\n2\n}", "updated_file": "{\n1\n5\n6\n}", "notebook_path": "/n.ipynb"}
    made = call("t1", "NotebookEdit", notebook_path="/n.ipynb", new_source="5\n6")
    assert ranges(edits(tmp_path, (made, "ok", found))) == [(0, "edit", "exact", 3, 3)]


def test_failed_and_rejected_calls_change_nothing(tmp_path: Path) -> None:
    made = call("t1", "Edit", file_path="/x", old_string="b", new_string="c")
    lines = [answer("a1", None, made), result("r1", "a1", "t1", "File has not been read yet.", is_error=True)]
    assert not of(landed(session_file(tmp_path, *lines)), FileEdit)
    lines[1] = result("r1", "a1", "t1", "no", toolDenialKind="user-rejected")
    assert not of(landed(session_file(tmp_path, *lines)), FileEdit)


def test_a_damaged_patch_tells_no_lines(tmp_path: Path) -> None:
    made = call("t1", "Edit", file_path="/x", old_string="b", new_string="c")
    damaged = {"filePath": "/x", "structuredPatch": [hunk(1, "-b", "+c"), {"newStart": "9", "lines": ["-b"]}]}
    (found,) = edits(tmp_path, (made, "ok", damaged))
    assert (found.range_basis, found.start_line) == ("unknown", None)


@given(st.lists(st.lists(st.sampled_from([" k", "-o", "+n", "+m"]), max_size=8), max_size=3), st.integers(1, 9))
def test_applied_in_turn_the_rows_turn_the_old_file_into_the_new(parts: list[list[str]], gap: int) -> None:
    old: list[str] = []
    new: list[str] = []
    patch = []
    for part in parts:
        old += ["."] * gap
        new += ["."] * gap
        patch.append(Hunk(new_start=len(new) + 1, lines=part))
        old += [line[1:] for line in part if line[0] != "+"]
        new += [line[1:] for line in part if line[0] != "-"]
    file = list(old)
    for start, gone, come, basis in patch_changes(patch):
        assert basis == "exact"
        assert start is not None
        assert gone is not None
        assert come is not None
        assert file[start - 1 : start - 1 + len(gone)] == gone
        file[start - 1 : start - 1 + len(gone)] = come
    assert file == new


def test_without_a_patch_what_was_read_tells_the_lines(tmp_path: Path) -> None:
    numbered = "     1→one\n     2→two\n     3→three\n\n<system-reminder>x</system-reminder>"
    found = edits(
        tmp_path,
        (call("t1", "Read", file_path="/x"), numbered, None),
        (call("t2", "Edit", file_path="/x", old_string="two", new_string="2\n2b"), "ok", None),
        (
            call(
                "t3",
                "MultiEdit",
                file_path="/x",
                edits=[{"old_string": "one\n", "new_string": ""}, {"old_string": "three", "new_string": "3"}, "junk"],
            ),
            "ok",
            {"filePath": "/x"},
        ),
        (call("t4", "Write", file_path="/x", content="2\n2b\n3\nlast\n"), "ok", {"type": "update"}),
        (call("t5", "Write", file_path="/unseen", content="a\nb"), "ok", None),
        (call("t6", "Edit", file_path="/other", old_string="a", new_string="b"), "ok", None),
        (call("t7", "NotebookEdit", notebook_path="/n", new_source="a"), "ok", None),
    )
    assert ranges(found) == [
        (0, "edit", "inferred", 2, 2),
        (0, "edit", "inferred", 1, 1),
        (1, "edit", "inferred", 3, 3),
        (0, "write", "inferred", 4, 3),
        (0, "write", "whole_file", 1, 2),
        (0, "edit", "unknown", None, None),
        (0, "edit", "unknown", None, None),
    ]


def test_what_a_read_returns_beside_its_text_tells_the_lines(tmp_path: Path) -> None:
    shown = {"type": "text", "file": {"filePath": "/x", "content": "k\nold\nk", "startLine": 40, "totalLines": 90}}
    made = call("t2", "Edit", file_path="/x", old_string="old", new_string="new")
    found = edits(tmp_path, (call("t1", "Read", file_path="/x", offset=40), "40→k", shown), (made, "ok", None))
    assert ranges(found) == [(0, "edit", "inferred", 41, 41)]
    original = {"filePath": "/x", "originalFile": "a\nold\n", "structuredPatch": "lost"}
    assert ranges(edits(tmp_path, (made, "ok", original))) == [(0, "edit", "inferred", 2, 2)]


def test_a_file_that_somebody_else_changed_is_forgotten(tmp_path: Path) -> None:
    shown = {"type": "text", "file": {"filePath": "/x", "content": "old", "startLine": 1, "totalLines": 1}}
    changed = {"type": "edited_text_file", "filename": "/x", "snippet": "x"}
    lines = [
        answer("a1", None, call("t1", "Read", file_path="/x")),
        result("r1", "a1", "t1", "1→old", toolUseResult=shown, second=1),
        line("attachment", "n1", "r1", 2, attachment=changed),
        answer("a2", "n1", call("t2", "Edit", file_path="/x", old_string="old", new_string="new"), second=3),
        result("r2", "a2", "t2", second=4),
    ]
    (found,) = of(landed(session_file(tmp_path, *lines)), FileEdit)
    assert found.range_basis == "unknown"
    attached = {"type": "file", "filename": "/x", "content": shown}
    lines[2] = line("attachment", "n1", "r1", 2, attachment=attached)
    (found,) = of(landed(session_file(tmp_path, *lines)), FileEdit)
    assert (found.range_basis, found.start_line) == ("inferred", 1)
