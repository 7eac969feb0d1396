"""Where pi's edits fall: patches, display diffs, and what a stream has shown of its files. All texts are synthetic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loaders.formats.pi.edits import display_changes, hashline_path, patch_changes
from loaders.formats.shared.line_changes import Change
from loaders.tables import FileEdit
from tests.python.loaders.formats.pi_inputs import HEADER, Json, answer, call, landed, of, result, session_file

PATCH = """--- p.py
+++ p.py
@@ -1,4 +1,5 @@
 one
-two
+2
+2b
 three
 four
@@ -10,3 +11,2 @@
 ten
--- dash
 twelve
@@ -20,0 +21,2 @@
+new
+er
\\ No newline at end of file
"""
DIFF = "   ...\n   4 keep\n-  5 old\n+  5 new\n   6 keep\n+  7 put in\n   7 keep\n   ...\n- 90 gone"


def exact(start_line: int, old: list[str], new: list[str]) -> Change:
    return Change(start_line, old, new, "exact")


def test_ranges_of_patches_and_display_diffs() -> None:
    """Lines are those of the file as the changes above left it."""
    assert patch_changes(PATCH) == [
        exact(2, ["two"], ["2", "2b"]),
        exact(12, ["-- dash"], []),
        exact(21, [], ["new", "er"]),
    ]
    assert display_changes(DIFF) == [exact(5, ["old"], ["new"]), exact(7, [], ["put in"]), exact(91, ["gone"], [])]
    assert display_changes("+1|first\n 1|second") == [exact(1, [], ["first"])]
    assert display_changes("+ 1 all\n+ 2 new") == [exact(1, [], ["all", "new"])]
    assert patch_changes("no patch") == display_changes("no diff") == []


def test_hunks_without_old_or_new_lines() -> None:
    assert patch_changes("@@ -3,2 +2,0 @@\n-a\n-b") == [exact(3, ["a", "b"], [])]
    assert patch_changes("@@ -0,0 +1,2 @@\n+a\n+b") == [exact(1, [], ["a", "b"])]
    assert patch_changes("@@ -1 +0,0 @@\n-a") == [exact(1, ["a"], [])]
    assert patch_changes("@@ -1,9 +1,9 @@\n-a\n+b") == [exact(1, ["a"], ["b"])]


def test_lines_that_go_and_come_again_are_no_change() -> None:
    """A newline at the end of the file comes: the line before it is in the diff twice."""
    assert display_changes("- 3 last\n+ 3 last\n+ 4 more") == [exact(4, [], ["more"])]
    assert display_changes("- 3 last\n+ 3 last") == [exact(3, ["last"], ["last"])]


def test_the_oldest_versions_misnumber_context_lines_alone() -> None:
    diff = "     ...\n   1 a\n   2 b\n-194 old\n+194 new\n 195 c\n+196 more\n 196 d\n     ..."
    assert display_changes(diff) == [exact(194, ["old"], ["new"]), exact(196, [], ["more"])]
    apart = "- 4 a\n+ 4 b\n     ...\n- 9 c\n-12 d\n+11 e\n+12 f\n+40 g"
    assert display_changes(apart) == [
        exact(4, ["a"], ["b"]),
        exact(9, ["c"], []),
        exact(11, ["d"], ["e", "f"]),
        exact(40, [], ["g"]),
    ]


def test_the_file_of_a_hashline_patch() -> None:
    assert hashline_path("§src/a b.py\n≔1..2\nnew") == "src/a b.py"
    assert hashline_path("§a.py\n≔1\nx\n§b.py\n≔1\ny") is None
    assert hashline_path("*** Begin Patch") is None


Row = tuple[str, int, str, str, int | None, int | None, int | None, int | None]


def edits_of(folder: Path, *lines: Json | str) -> list[Row]:
    return [
        (
            edit.path,
            edit.edit_index,
            edit.operation,
            edit.range_basis,
            edit.start_line,
            edit.end_line,
            edit.old_length,
            edit.new_length,
        )
        for edit in of(landed(session_file(folder, HEADER, *lines)), FileEdit)
    ]


def test_edits_whose_results_tell_the_lines(tmp_path: Path) -> None:
    pair = {"oldText": "a\nb\nc", "newText": "a\nB\nc"}
    assert edits_of(
        tmp_path,
        answer(
            "a",
            None,
            call("1", "edit", path="p.py", edits=[pair, pair]),
            call("2", "edit", path="q.py", **pair),
            call("3", "edit", path="f.py", **pair),
            call("4", "write", path="unanswered.py", content="x"),
            call("5", "edit", input="§h.py\n≔1..2\nnew"),
            call("6", "edit", input="§a.py\n≔1\nx\n§b.py\n≔1\ny"),
            call("7", "edit", path="none.py", input="§none.py\n≔1\nx"),
        ),
        result("b", "a", "1", "edit", "ok", details={"patch": PATCH, "diff": DIFF}),
        result("c", "b", "2", "edit", "ok", details={"diff": DIFF, "patch": 5, "firstChangedLine": 5}),
        result("d", "c", "3", "edit", "no", isError=True, details={"diff": DIFF}),
        result("e", "d", "5", "edit", "ok", details={"diff": "-1|old\n+1|new", "op": "update"}),
        result(
            "f",
            "e",
            "6",
            "edit",
            "ok",
            details={
                "diff": "-1|both\n+1|of them",
                "perFileResults": [
                    {"path": "a.py", "diff": "+1|x", "op": "create"},
                    {"path": "b.py", "diff": "-1|y\n+1|z"},
                    {"path": "c.py", "diff": "-1|y", "isError": True},
                    {"path": 3, "diff": "-1|y"},
                ],
            },
        ),
        result("g", "f", "7", "edit", "ok", details={}),
    ) == [
        ("p.py", 0, "edit", "exact", 2, 2, 1, 2),
        ("p.py", 1, "edit", "exact", 12, 12, 1, 0),
        ("p.py", 2, "edit", "exact", 21, 20, 0, 2),
        ("q.py", 0, "edit", "exact", 5, 5, 1, 1),
        ("q.py", 1, "edit", "exact", 7, 6, 0, 1),
        ("q.py", 2, "edit", "exact", 91, 91, 1, 0),
        ("h.py", 0, "edit", "exact", 1, 1, 1, 1),
        ("a.py", 0, "create", "exact", 1, 0, 0, 1),
        ("b.py", 1, "edit", "exact", 1, 1, 1, 1),
        ("none.py", 0, "edit", "unknown", None, None, None, None),
    ]


def steps(*pairs: tuple[Json, str, dict[str, Any]]) -> list[Json]:
    """A call and its result after the other."""
    lines: list[Json] = []
    for made, text, fields in pairs:
        lines += [answer(None, None, made), result(None, None, made["id"], made["name"], text, **fields)]
    return lines


def test_edits_whose_results_tell_nothing(tmp_path: Path) -> None:
    lines = steps(
        (call("1", "edit", path="p.py", oldText="b", newText="B"), "ok", {}),
        (call("2", "read", path="p.py"), "a\nb\nc\n", {}),
        (call("3", "edit", path="p.py", oldText="b\nc", newText="b\nx\nc"), "ok", {}),
        (
            call(
                "4",
                "edit",
                path="p.py",
                edits=[{"oldText": "a", "newText": "a0\na1"}, {"oldText": "c", "newText": "C"}],
            ),
            "ok",
            {},
        ),
        (call("5", "write", path="p.py", content="a0\na1\nb\ny\nC\n"), "ok", {}),
        (call("6", "write", path="w.py", content="1\n2\n"), "ok", {}),
        (call("7", "edit", path="w.py", oldText="2", newText="two"), "ok", {}),
    )
    assert edits_of(tmp_path, *lines) == [
        ("p.py", 0, "edit", "unknown", None, None, 1, 1),
        ("p.py", 0, "edit", "inferred", 3, 2, 0, 1),
        ("p.py", 0, "edit", "inferred", 1, 1, 1, 2),
        ("p.py", 1, "edit", "inferred", 5, 5, 1, 1),
        ("p.py", 0, "write", "inferred", 4, 4, 1, 1),
        ("w.py", 0, "write", "whole_file", 1, 2, None, 2),
        ("w.py", 0, "edit", "inferred", 2, 2, 1, 1),
    ]


def test_changes_that_the_results_tell_are_known_afterwards(tmp_path: Path) -> None:
    lines = steps(
        (call("1", "edit", path="p.py", oldText="x", newText="y"), "ok", {"details": {"diff": "-40 x\n+40 y\n+41 z"}}),
        (call("2", "edit", path="p.py", oldText="z", newText="Z"), "ok", {}),
    )
    assert edits_of(tmp_path, *lines)[1] == ("p.py", 0, "edit", "inferred", 41, 41, 1, 1)


def lines_after(folder: Path, path: str, text: str, **fields: Any) -> tuple[int | None, str]:
    """Line and basis of an edit of `here` in p.py that follows a read."""
    arguments = fields.pop("arguments", {})
    lines = steps(
        (call("1", "read", path=path, **arguments), text, fields),
        (call("2", "edit", path="p.py", oldText="here", newText="there"), "ok", {}),
    )
    (row,) = edits_of(folder, *lines)
    return row[4], row[3]


def test_reads(tmp_path: Path) -> None:
    text = "a\nhere\nb"
    at_40 = {"arguments": {"offset": 40, "limit": 3}}
    assert lines_after(tmp_path, "p.py", text) == (2, "inferred")
    assert lines_after(tmp_path, "p.py", text, **at_40) == (41, "inferred")
    for notice in (
        "[9 more lines in file. Use offset=43 to continue]",
        "[Showing lines 40-42 of 90 (50.0KB limit). Use offset=43 to continue]",
        "... (9 more lines not shown. Use offset=43 to continue reading)",
    ):
        assert lines_after(tmp_path, "p.py", f"{text}\n\n{notice}", **at_40) == (41, "inferred")
    assert lines_after(tmp_path, "p.py:7-9", "7ab|a\n8cd|here\n9ef|b") == (8, "inferred")
    unknown = (None, "unknown")
    assert lines_after(tmp_path, "p.py:7-9", text) == unknown
    assert lines_after(tmp_path, "p.py", text, isError=True) == unknown
    assert lines_after(tmp_path, "p.py", f"{text}\n\n... (Some lines were truncated to 9 characters)") == unknown
    assert lines_after(tmp_path, "other.py", text) == unknown
    assert lines_after(tmp_path, "p.py", "Read image file [image/png]\nhere") == unknown
    assert lines_after(tmp_path, "p.py", text, details={"isDirectory": True}) == unknown
    assert lines_after(tmp_path, "p.py", "here\nhere") == unknown
