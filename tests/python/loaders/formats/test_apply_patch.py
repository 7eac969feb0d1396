"""Patches as coding agents write them. All texts are made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.formats.shared.apply_patch import diff_changes, file_key, parse_patch, patch_edits, patches_of_command
from loaders.formats.shared.file_contents import Change, FileContents, Hunk
from loaders.formats.shared.telemetry import text_hash
from loaders.tables import ToolCall

PATCH = """*** Begin Patch
*** Add File: new.txt
+one
+
+three
*** Delete File: old.txt
*** Update File: kept.txt
*** Move to: moved.txt
@@ def first():
 before
-gone
+come
+also
@@

 after
-last
*** End of File
*** End Patch"""
CALL = ToolCall(entry_index=3, call_index=1, tool_name="apply_patch")


def test_sections_of_a_patch() -> None:
    created, deleted, kept = parse_patch(PATCH)
    assert (created.operation, created.path, created.content) == ("create", "new.txt", "one\n\nthree\n")
    assert (deleted.operation, deleted.path, deleted.hunks) == ("delete", "old.txt", [])
    assert (kept.operation, kept.path, kept.move_path) == ("patch", "kept.txt", "moved.txt")
    assert kept.hunks == [
        Hunk(["before", "gone"], ["before", "come", "also"], "def first():"),
        Hunk(["", "after", "last"], ["", "after"], None),
    ]


def test_first_hunk_needs_no_header_and_the_innermost_anchor_counts() -> None:
    (file,) = parse_patch(
        "*** Begin Patch\r\n*** Update File: a\r\n-x\r\n+y\r\n@@ class A\r\n@@ def f\r\n-z\r\n*** End Patch"
    )
    assert file.hunks == [Hunk(["x"], ["y"], None), Hunk(["z"], [], "def f")]


@pytest.mark.parametrize("text", ["", "no patch", "*** Begin Patch\n*** End Patch", "+a\n-b"])
def test_no_sections(text: str) -> None:
    assert parse_patch(text) == []


@given(st.text(st.sampled_from("*+-@ \n\rPAab:1,"), max_size=60))
def test_any_text_is_parsed(text: str) -> None:
    for whole in (text, f"*** Begin Patch\n*** Update File: a\n{text}"):
        patch_edits(CALL, parse_patch(whole), FileContents())
    diff_changes(f"@@ -1,2 +1,3 @@\n{text}")
    patches_of_command(f"apply_patch <<'EOF'\n*** Begin Patch\n{text}")


@pytest.mark.parametrize(
    ("command", "count"),
    [
        (f"apply_patch <<'EOF'\n{PATCH}\nEOF\n", 1),
        (f"cd sub && applypatch <<EOF\n{PATCH}\nEOF\napply_patch '{PATCH}'", 2),
        (f"cat <<'EOF' > some.patch\n{PATCH}\nEOF", 0),
        ("apply_patch --help", 0),
    ],
)
def test_patches_inside_commands(command: str, count: int) -> None:
    assert patches_of_command(command) == [PATCH] * count


def test_lines_are_located_in_what_was_shown() -> None:
    contents = FileContents()
    contents.read("/w/kept.txt", "zero\ndef first():\nbefore\ngone\n\nafter\nlast\n", is_whole=True)
    edits = patch_edits(CALL, parse_patch(PATCH), contents, "line 9", "/w")
    assert [(edit.edit_index, edit.path, edit.operation, edit.range_basis) for edit in edits] == [
        (0, "new.txt", "create", "whole_file"),
        (1, "old.txt", "delete", "unknown"),
        (2, "kept.txt", "patch", "inferred"),
        (3, "kept.txt", "patch", "inferred"),
    ]
    assert [(edit.start_line, edit.end_line) for edit in edits] == [(1, 3), (None, None), (4, 4), (8, 8)]
    assert (edits[0].old_length, edits[0].new_length) == (0, 3)
    assert (edits[2].old_hash, edits[2].new_hash) == (text_hash("gone"), text_hash("come\nalso"))
    assert all((edit.entry_index, edit.call_index, edit.place) == (3, 1, "line 9") for edit in edits)
    assert contents.known_lines("/w/kept.txt") == {}
    assert contents.known_lines("/w/moved.txt")[4] == "come"


def test_a_unified_diff_counts_in_the_new_file() -> None:
    diff = (
        "--- a/x\n+++ b/x\n@@ -1,4 +1,5 @@\n a\n-b\n+B\n+BB\n c\n d\n@@ -10,2 +11,0 @@\n-- dashes\n--- more\n"
        "@@ -20,0 +20 @@\n+new\n\\ No newline at end of file\n"
    )
    assert diff_changes(diff) == [
        Change(2, ["b"], ["B", "BB"], "exact"),
        Change(12, ["- dashes", "-- more"], [], "exact"),
        Change(20, [], ["new"], "exact"),
    ]


def test_a_diff_of_a_new_file_and_one_without_hunks() -> None:
    assert diff_changes("@@ -0,0 +1,2 @@\n+a\n+b") == [Change(1, [], ["a", "b"], "exact")]
    assert diff_changes("[left out]") == []


def test_paths_have_one_spelling() -> None:
    assert file_key("a/../b", "/w") == file_key("/w/b", "/other") == "/w/b"
    assert file_key("./b", None) == "b"
