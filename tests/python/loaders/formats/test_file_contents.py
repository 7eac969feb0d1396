"""Where changes without line numbers fall, from synthetic files that a stream has shown."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.formats.shared.file_contents import Change, FileContents, Hunk, edit_records
from loaders.formats.shared.line_changes import line_changes
from loaders.formats.shared.telemetry import text_hash
from loaders.tables import ToolCall

TEN = "".join(f"line {number}\n" for number in range(1, 11))
CALL = ToolCall(entry_index=3, call_index=1, tool_name="edit", place="line 4")


def shown(text: str = TEN, **how: int) -> FileContents:
    files = FileContents()
    files.read("a.py", text, **how)  # type: ignore[arg-type]
    return files


def after(text: list[str], changes: list[Change]) -> list[str]:
    """A file as changes in sequential coordinates leave it."""
    lines = list(text)
    for change in changes:
        assert change.start_line is not None and change.old is not None and change.new is not None
        at = change.start_line - 1
        assert lines[at : at + len(change.old)] == change.old
        lines[at : at + len(change.old)] = change.new
    return lines


def test_unique_text_is_placed_and_shrunk_to_the_lines_that_change() -> None:
    files = shown(is_whole=True)

    changes = files.replace("a.py", "line 4\nline 5\nline 6", "line 4\nfive\nand a half\nline 6")

    assert changes == [Change(5, ["line 5"], ["five", "and a half"], "inferred")]
    assert files.replace("a.py", "line 7\n", "") == [Change(8, ["line 7"], [], "inferred")]
    assert files.known_lines("a.py")[8] == "line 8"


def test_text_within_a_line_changes_the_whole_line() -> None:
    assert shown().replace("a.py", "ne 3", "NE 3") == [Change(3, ["line 3"], ["liNE 3"], "inferred")]
    assert shown().replace("a.py", "3\n", "") == [Change(3, ["line 3", "line 4"], ["line line 4"], "inferred")]
    assert shown().replace("a.py", "line 10", "end") == [Change(10, ["line 10"], ["end"], "inferred")]


def test_inserted_lines_stand_before_the_line_that_they_push_down() -> None:
    assert shown().replace("a.py", "line 3\n", "line 3\nnew\n") == [Change(4, [], ["new"], "inferred")]


def test_text_that_is_not_known_or_not_unique_has_no_lines() -> None:
    assert FileContents().replace("a.py", "x", "y") == [Change(None, ["x"], ["y"], "unknown")]
    files = shown(is_whole=True)
    assert files.replace("a.py", "line", "row")[0].basis == "unknown"
    assert files.known_lines("a.py") == {}


def test_a_change_outside_the_known_lines_moves_what_stands_below() -> None:
    files = shown(first_line=1)
    files.read("a.py", "line 50\nline 51\nline 52\nline 53\n", first_line=50)
    assert files.replace("a.py", "elsewhere", "elsewhere\nand more")[0].basis == "unknown"
    assert set(files.known_lines("a.py")) == set(range(1, 10))

    files = shown(first_line=20)
    assert files.replace("a.py", "elsewhere", "other")[0].basis == "unknown"
    assert files.known_lines("a.py")[21] == "line 2"
    assert files.replace("a.py", "line 5", "five") == [Change(24, ["line 5"], ["five"], "inferred")]


def test_all_occurrences_are_changes_in_the_file_as_the_ones_before_left_it() -> None:
    files = shown("a\nb a a\nc\na\n", is_whole=True)

    changes = files.replace("a.py", "a", "x\ny", replace_all=True)

    assert changes == [
        Change(1, ["a"], ["x", "y"], "inferred"),
        Change(3, ["b a a"], ["b x", "y x", "y"], "inferred"),
        Change(7, ["a"], ["x", "y"], "inferred"),
    ]
    assert list(files.known_lines("a.py").values()) == ["x", "y", "b x", "y x", "y", "c", "x", "y"]
    assert shown("a\nb\n").replace("a.py", "a", "x", replace_all=True)[0].basis == "unknown"


def test_rewriting_a_known_file_tells_the_lines_that_differ() -> None:
    files = FileContents()
    assert files.write("a.py", TEN) == [Change(1, None, [f"line {n}" for n in range(1, 11)], "whole_file")]

    changes = files.write("a.py", TEN.replace("line 2\n", "").replace("line 8", "eight"))

    assert changes == [Change(2, ["line 2"], [], "inferred"), Change(7, ["line 8"], ["eight"], "inferred")]
    assert files.write("a.py", TEN.replace("line 2\n", "").replace("line 8", "eight")) == []


def test_writing_over_a_file_known_in_part_is_a_write_of_the_whole() -> None:
    assert [change.basis for change in shown().write("a.py", "x\n")] == ["whole_file"]
    assert FileContents().write("a.py", "x", is_new=True) == [Change(1, [], ["x"], "whole_file")]
    assert FileContents().replace("a.py", "", "x\n") == [Change(1, None, ["x"], "whole_file")]


def test_hunks_without_numbers_are_found_in_order() -> None:
    text = "def f():\n    return 1\n\ndef g():\n    return 1\n\ndef h():\n    return 1\n"
    files = shown(text, is_whole=True)

    changes = files.patch(
        "a.py",
        [
            Hunk(["    return 1", ""], ["    value = 1", "    return value", ""], "def g():"),
            Hunk(["def h():", "    return 1"], ["def h(x):", "    return 1"]),
            Hunk([], ["# end"]),
        ],
    )

    assert changes == [
        Change(5, ["    return 1"], ["    value = 1", "    return value"], "inferred"),
        Change(8, ["def h():"], ["def h(x):"], "inferred"),
        Change(10, [], ["# end"], "inferred"),
    ]


def test_a_hunk_that_cannot_be_found_has_no_lines() -> None:
    assert FileContents().patch("a.py", [Hunk(["a", "b"], ["a", "c"])]) == [Change(None, ["b"], ["c"], "unknown")]
    files = shown("a\nb\na\nb\n")
    assert [change.basis for change in files.patch("a.py", [Hunk(["a"], ["x"])])] == ["unknown"]


def test_exact_changes_move_the_known_lines() -> None:
    files = shown(first_line=11)
    files.apply("a.py", [Change(1, [], ["new"], "exact"), Change(14, ["line 3"], [], "exact")])
    known = files.known_lines("a.py")
    assert known[1] == "new" and known[12] == "line 1" and known[14] == "line 4" and len(known) == 10

    files.apply("a.py", [Change(13, ["not what stands there"], ["x"], "exact")])
    assert files.known_lines("a.py") == {13: "x"}


def test_a_read_that_contradicts_makes_the_rest_forgotten() -> None:
    files = shown()
    files.read("a.py", "line 10\nline 11\n", first_line=10)
    assert len(files.known_lines("a.py")) == 11
    files.read("a.py", "changed\n", first_line=4)
    assert files.known_lines("a.py") == {4: "changed"}


def test_removed_and_renamed_files() -> None:
    files = shown("a\nb\n", is_whole=True)
    files.move("a.py", "b.py")
    assert files.replace("b.py", "b", "c") == [Change(2, ["b"], ["c"], "inferred")]
    assert files.delete("b.py") == [Change(1, ["a", "c"], [], "inferred")]
    assert files.delete("b.py") == [Change(None, None, [], "unknown")]


def test_memory_is_bounded() -> None:
    files = FileContents(max_file_characters=100, max_characters=250)
    for name in "abcd":
        files.read(name, "x" * 79, is_whole=True)
    files.read("large", "x" * 200, is_whole=True)
    assert [bool(files.known_lines(name)) for name in ["a", "b", "c", "d", "large"]] == [False, True, True, True, False]


def test_records_count_lines_and_hash_them() -> None:
    changes = [Change(5, ["a", ""], ["b"], "inferred"), Change(1, None, ["x", "y"], "whole_file")]
    first, second = edit_records(CALL, "a.py", "edit", changes, "line 5", first_index=2)
    assert (first.start_line, first.end_line, first.old_length, first.new_length) == (5, 6, 2, 1)
    assert (first.added_lines, first.deleted_lines, first.edit_index, first.place) == (1, 2, 2, "line 5")
    assert (first.old_hash, first.new_hash) == (text_hash("a\n"), text_hash("b"))
    assert (second.start_line, second.end_line, second.old_length, second.added_lines) == (1, 2, None, None)
    [insertion] = edit_records(CALL, "a.py", "edit", [Change(4, [], ["new"], "exact")])
    assert (insertion.start_line, insertion.end_line) == (4, 3)


line_texts = st.lists(st.sampled_from(["a", "b", "c", "", "}", "x = 1"]), max_size=30)


@given(line_texts, line_texts)
def test_runs_of_lines_turn_the_old_text_into_the_new(old: list[str], new: list[str]) -> None:
    runs = line_changes(old, new)
    lines = list(old)
    for at, gone, come in reversed(runs):
        assert lines[at : at + len(gone)] == gone
        lines[at : at + len(gone)] = come
    assert lines == new
    assert all(before[0] + len(before[1]) < behind[0] for before, behind in pairwise(runs))


@given(
    st.text("ab\n", max_size=40), st.text("ab\n", min_size=1, max_size=5), st.text("ab\n", max_size=5), st.booleans()
)
def test_replacements_are_what_the_text_becomes(text: str, old: str, new: str, replace_all: bool) -> None:
    text = text + "\n"
    files = shown(text, is_whole=True)
    changes = files.replace("a.py", old, new, replace_all)
    if any(change.basis == "unknown" for change in changes):
        assert replace_all is False or old not in text
        return
    expected = text.replace(old, new)
    expected = expected if not expected or expected.endswith("\n") else expected + "\n"
    assert after(text.split("\n")[:-1], changes) == expected.split("\n")[:-1]
    assert list(files.known_lines("a.py").values()) == expected.split("\n")[:-1]


@given(st.data())
def test_known_lines_are_those_of_the_file_whatever_is_seen_of_it(data: st.DataObject) -> None:
    lines = [f"{number}" for number in range(40)]
    files = FileContents()
    for step in range(12):
        start = data.draw(st.integers(0, len(lines)))
        count = data.draw(st.integers(0, min(4, len(lines) - start)))
        if data.draw(st.booleans()):
            files.read("a.py", "".join(line + "\n" for line in lines[start : start + count]), first_line=start + 1)
        else:
            new = [f"{step}.{index}" for index in range(data.draw(st.integers(0, 3)))]
            files.apply("a.py", [Change(start + 1, lines[start : start + count], new, "exact")])
            lines[start : start + count] = new
        assert all(lines[number - 1] == line for number, line in files.known_lines("a.py").items())


@given(
    st.lists(
        st.tuples(st.integers(-3, 50), st.text(max_size=8), st.text(max_size=8), st.booleans(), st.integers(0, 5)),
        max_size=20,
    )
)
def test_nothing_that_a_stream_says_raises(steps: list[tuple[int, str, str, bool, int]]) -> None:
    files = FileContents()
    for number, old, new, flag, kind in steps:
        if kind == 0:
            files.read("a", old, number, is_whole=flag)
        elif kind == 1:
            list(edit_records(CALL, "a", "edit", files.replace("a", old, new, flag)))
        elif kind == 2:
            list(edit_records(CALL, "a", "write", files.write("a", new, is_new=flag)))
        elif kind == 3:
            files.patch("a", [Hunk(old.split("\n"), new.split("\n"), old if flag else None)])
        elif kind == 4:
            files.apply("a", [Change(number, old.split("\n"), new.split("\n"), "exact")])
        else:
            files.delete("a")


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_thousand_edits_of_a_large_file_take_seconds(is_whole: bool) -> None:
    text = "".join(f"    value_{number} = compute(value_{number - 1})\n" for number in range(25_000))
    files = shown(text, is_whole=is_whole)
    start = time.perf_counter()
    for number in range(1, 25_000, 25):
        old = f"    value_{number} = compute("
        [change] = files.replace("a.py", old, f"    # changed\n{old}")
        assert change.basis == "inferred"
    assert time.perf_counter() - start < 10
    start = time.perf_counter()
    assert len(files.write("a.py", text)) == (1_000 if is_whole else 1)
    assert time.perf_counter() - start < 5
