"""Where an edit of pi changed a file: from the unified patch or the display diff of its result, else its arguments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from loaders.formats.telemetry import ToolArguments, file_edits, text_hash
from loaders.tables import FileEdit, ToolCall

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_DISPLAY_LINE = re.compile(r"([ +-])\s*(\d+)[ |](.*)")
_HASHLINE_FILE = re.compile(r"\A§(\S[^\n]*)")


class Change(NamedTuple):
    """A run of changed lines without an unchanged line between them."""

    start_line: int
    """1-based line of the old file; where nothing is deleted, the line before which the new ones go."""
    old: list[str]
    new: list[str]


class _DiffLine(NamedTuple):
    sign: str
    old_number: int | None
    """Line of the old file, where the diff tells it; None on an added line."""
    text: str


def patch_changes(patch: str) -> list[Change]:
    """Changes of a unified diff of one file, context left out."""
    return list(_changes(_patch_lines(patch)))


def display_changes(diff: str) -> list[Change]:
    """Changes of pi's display diff, whose context and deleted lines carry old line numbers, its added lines new ones."""
    return list(_changes(_display_lines(diff)))


def hashline_path(text: str) -> str | None:
    """The file that a hashline patch (`§path`, then its hunks) names, where it names exactly one."""
    found = _HASHLINE_FILE.match(text)
    return found[1].strip() if found is not None and "\n§" not in text else None


def call_edits(
    call: ToolCall, arguments: ToolArguments, *, patch: str | None, diff: str | None, place: str
) -> Iterator[FileEdit]:
    """Edits of one successful call, in coordinates of the file as it was before the call.

    `exact` where the result holds a patch or a diff, lines 1 to n of the content for a whole-file write, and without
    lines where neither is known.
    """
    changes = patch_changes(patch) if patch else []
    if not changes and diff:
        changes = display_changes(diff)
    if changes and call.path_argument is not None:
        for index, change in enumerate(changes):
            yield _exact_edit(call, call.path_argument, index, change, place)
        return
    for edit in file_edits(
        call.tool_name,
        arguments,
        session_index=call.session_index,
        entry_index=call.entry_index,
        call_index=call.call_index,
        place=place,
    ):
        if edit.range_basis == "whole_file":
            edit.start_line, edit.end_line = 1, edit.new_length
        yield edit


def _exact_edit(call: ToolCall, path: str, edit_index: int, change: Change, place: str) -> FileEdit:
    return FileEdit(
        place=place,
        session_index=call.session_index,
        entry_index=call.entry_index,
        call_index=call.call_index,
        edit_index=edit_index,
        path=path,
        operation="edit",
        start_line=change.start_line,
        end_line=change.start_line + len(change.old) - 1,
        range_basis="exact",
        old_length=len(change.old),
        new_length=len(change.new),
        added_lines=len(change.new),
        deleted_lines=len(change.old),
        old_hash=text_hash("\n".join(change.old)),
        new_hash=text_hash("\n".join(change.new)),
    )


def _patch_lines(patch: str) -> Iterator[_DiffLine | None]:
    """The lines within hunks, None where lines of the file are left out. Hunk lengths bound the reading."""
    old_left = new_left = number = 0
    for line in patch.split("\n"):
        sign = line[:1] or " "
        if old_left <= 0 and new_left <= 0:
            if hunk := _HUNK.match(line):
                old_left, new_left = int(hunk[2] or 1), int(hunk[4] or 1)
                # An empty old side is given by the line that it follows.
                number = int(hunk[1]) + (hunk[2] == "0")
                yield None
        elif sign == "+":
            new_left -= 1
            # The old line before which it goes is known: that of a hunk that only adds stands nowhere else.
            yield _DiffLine("+", number, line[1:])
        elif sign != "\\":
            yield _DiffLine(sign, number, line[1:])
            number += 1
            old_left -= 1
            new_left -= sign != "-"


def _display_lines(diff: str) -> Iterator[_DiffLine | None]:
    for line in diff.split("\n"):
        if found := _DISPLAY_LINE.match(line):
            sign = found[1]
            yield _DiffLine(sign, int(found[2]) if sign != "+" else None, found[3])
        else:
            yield None


def _changes(lines: Iterable[_DiffLine | None]) -> Iterator[Change]:
    old: list[str] = []
    new: list[str] = []
    start: int | None = None
    next_old: int | None = None
    for line in (*lines, None):
        if line is not None and line.sign != " ":
            if not old and not new:
                start = next_old if line.old_number is None else line.old_number
            if line.sign == "-":
                if not old:
                    start = line.old_number
                old.append(line.text)
                next_old = (line.old_number or 0) + 1
            else:
                new.append(line.text)
            continue
        number = line.old_number if line is not None else None
        if old or new:
            # Lines added above all context go before the line that follows them, or make up an empty file.
            yield Change(start or number or 1, old, new)
            old, new, start = [], [], None
        next_old = number + 1 if number is not None else None
