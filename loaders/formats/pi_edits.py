"""Where an edit of pi changed a file: from the unified patch or the display diff of its result, else its arguments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from loaders.formats.telemetry import ToolArguments, file_edits, text_hash
from loaders.tables import FileEdit, ToolCall

_HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@")
_DISPLAY_LINE = re.compile(r"^([ +-]) *(\d{1,9})[ |](.*)$", re.MULTILINE)
_HASHLINE_FILE = re.compile(r"\A§(\S[^\n]*)")


class Change(NamedTuple):
    """A run of changed lines without an unchanged line between them."""

    start_line: int
    """1-based line of the old file; where nothing is deleted, the line before which the new ones go."""
    old: list[str]
    new: list[str]


_DiffLine = tuple[str, int | None, str]
"""Sign, text, and between them the line of the old file: that it is, or before which an added one goes, if told."""


def patch_changes(patch: str) -> list[Change]:
    """Changes of a unified diff of one file, context left out."""
    return list(_changes(_patch_lines(patch)))


def display_changes(diff: str) -> list[Change]:
    """Changes of pi's display diff: context and deleted lines carry old line numbers, added lines new ones."""
    lines = _DISPLAY_LINE.findall(diff)
    return list(_changes((sign, None if sign == "+" else int(number), text) for sign, number, text in lines))


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


def _patch_lines(patch: str) -> Iterator[_DiffLine]:
    """The lines within hunks, whose lengths bound the reading."""
    old_left = new_left = number = 0
    for line in patch.split("\n"):
        if old_left <= 0 and new_left <= 0:
            if hunk := _HUNK.match(line):
                old_left, new_left = int(hunk[2] or 1), int(hunk[3] or 1)
                # A hunk that has no old line is placed by the line that it follows.
                number = int(hunk[1]) + (hunk[2] == "0")
            continue
        sign = line[:1] or " "
        if sign == "\\":
            continue
        yield sign, number, line[1:]
        if sign == "+":
            new_left -= 1
        else:
            number += 1
            old_left -= 1
            new_left -= sign != "-"


def _changes(lines: Iterable[_DiffLine]) -> Iterator[Change]:
    old: list[str] = []
    new: list[str] = []
    start = next_old = None
    for sign, number, text in lines:
        is_apart = number is not None and next_old is not None and number != next_old
        if (old or new) and (sign == " " or is_apart):
            # Lines added above all others of the diff go before the line that follows them.
            yield Change(start or number or 1, old, new)
            old, new, start = [], [], None
        if sign == "+":
            next_old = next_old if number is None else number
            start = next_old if start is None else start
            new.append(text)
        elif number is not None:
            if sign == "-":
                start = start if old else number
                old.append(text)
            next_old = number + 1
    if old or new:
        yield Change(start or 1, old, new)
