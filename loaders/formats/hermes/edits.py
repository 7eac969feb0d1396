"""Where a call of hermes-agent changed a file: from the diff in its result, else from what was shown of the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from loaders.formats.hermes.blocks import decoded_object
from loaders.formats.shared.file_contents import Change, FileContents, edit_records
from loaders.formats.shared.line_changes import common_ends
from loaders.formats.shared.telemetry import ToolArguments, file_edits, first_text
from loaders.tables import FileEdit, ToolCall

_READ_TOOLS = frozenset({"read_file", "read"})
_OLD_KEYS = ("old_string", "old_str", "oldText", "old_text")
_NEW_KEYS = ("new_string", "new_str", "newText", "new_text")
_CONTENT_KEYS = ("content", "file_text", "contents")
_NUMBERED = re.compile(r" *(\d{1,9})\|(.*)", re.DOTALL)
_NOTICE = re.compile(r"\n+\[(?:(?:\d+ more lines|Showing lines)[^\n]*|truncated[^\n]*)\]\s*\Z")
_HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_PATCHED_FILE = re.compile(r"^\*\*\* (Add|Update|Delete) File: *(.+?) *$", re.MULTILINE)
_PATCH_OPERATIONS = {"Add": "create", "Update": "patch", "Delete": "delete"}
_NO_FILE = "/dev/null"


class StreamFiles:
    """The files of one stream, as far as its calls show them."""

    def __init__(self) -> None:
        self._contents = FileContents()

    def take(self, call: ToolCall, arguments: ToolArguments, text: str | None) -> list[FileEdit]:
        """The changes that a successful call made; `text` is its result. To be called in the order of the results."""
        path, values = arguments.path_argument, arguments.values
        if call.tool_name in _READ_TOOLS:
            if path is not None and text is not None:
                self._read(path, values, text)
            return []
        if call.tool_name == "patch":
            told = decoded_object(text) or {}
            if isinstance(diff := told.get("diff"), str) and (edits := list(self._diffed(call, path, diff))):
                return edits
            if isinstance(patch := values.get("patch"), str):
                return list(self._patched(call, patch))
        asked = list(
            file_edits(
                call.tool_name,
                arguments,
                session_index=call.session_index,
                entry_index=call.entry_index,
                call_index=call.call_index,
                place=call.place,
            )
        )
        if path is None or not asked:
            return []
        if asked[0].range_basis == "whole_file":
            content = first_text(values, _CONTENT_KEYS) or ""
            return list(edit_records(call, path, asked[0].operation, self._contents.write(path, content), call.place))
        if all(edit.operation == "edit" and edit.range_basis == "unknown" for edit in asked):
            return list(edit_records(call, path, "edit", self._replaced(path, values), call.place))
        self._contents.forget(path)
        return asked

    def _replaced(self, path: str, values: dict[str, Any]) -> Iterator[Change]:
        listed = values.get("edits")
        for part in listed if isinstance(listed, list) else [values]:
            if isinstance(part, dict) and (old := first_text(part, _OLD_KEYS)) is not None:
                is_all = part.get("replace_all") is True
                yield from self._contents.replace(path, old, first_text(part, _NEW_KEYS) or "", is_all)

    def _diffed(self, call: ToolCall, path: str | None, diff: str) -> Iterator[FileEdit]:
        count = 0
        for named, changes in diff_changes(diff):
            target = path or named
            if target is not None:
                self._contents.apply(target, changes)
                yield from edit_records(call, target, "patch", changes, call.place, count)
                count += len(changes)

    def _patched(self, call: ToolCall, patch: str) -> Iterator[FileEdit]:
        for index, found in enumerate(_PATCHED_FILE.finditer(patch)):
            self._contents.forget(found[2])
            change = Change(None, None, None, "unknown")
            yield from edit_records(call, found[2], _PATCH_OPERATIONS[found[1]], [change], call.place, index)

    def _read(self, path: str, values: dict[str, Any], text: str) -> None:
        told = decoded_object(text)
        shown = told.get("content") if told is not None else None
        is_asked_whole = values.get("offset") is None and values.get("limit") is None
        if told is not None and isinstance(shown, str):
            found = _unnumbered(shown.split("\n"))
            if found is not None:
                first_line, lines = found
                total = told.get("total_lines")
                is_whole = first_line == 1 and isinstance(total, int) and len(lines) >= total
                self._contents.read(path, "\n".join(lines), first_line, is_whole)
        elif told is None:
            offset = values.get("offset")
            notice = _NOTICE.search(text)
            first_line = offset if isinstance(offset, int) and offset > 0 else 1
            body = text if notice is None else text[: notice.start()]
            self._contents.read(path, body, first_line, is_asked_whole and notice is None)


def diff_changes(diff: str) -> Iterator[tuple[str | None, list[Change]]]:
    """(path in the headers, its runs of changed lines) of each file of a unified diff, lines counted in the new file.

    The line counts of the hunk headers bound the hunks, so that text which looks like a header is content.
    """
    path: str | None = None
    changes: list[Change] = []
    old_left = new_left = number = 0
    gone: list[str] = []
    come: list[str] = []

    def run() -> None:
        if gone or come:
            head, tail = common_ends(gone, come)
            old, new = gone[head : len(gone) - tail], come[head : len(come) - tail]
            if old or new:
                changes.append(Change(max(number - len(come) + head, 1), old, new, "exact"))
            gone.clear()
            come.clear()

    for line in diff.split("\n"):
        if old_left > 0 or new_left > 0:
            if line.startswith("-"):
                if come:
                    run()
                gone.append(line[1:])
                old_left -= 1
            elif line.startswith("+"):
                come.append(line[1:])
                number += 1
                new_left -= 1
            elif not line.startswith("\\"):
                run()
                number += 1
                old_left -= 1
                new_left -= 1
            continue
        run()
        if (hunk := _HUNK.match(line)) is not None:
            old_left = int(hunk[2]) if hunk[2] is not None else 1
            new_left = int(hunk[4]) if hunk[4] is not None else 1
            # Of a hunk without new lines the header names the line before it.
            number = int(hunk[3]) + (new_left == 0)
        elif line.startswith("--- "):
            if changes:
                yield path, changes
            path, changes = _diff_path(line[4:]), []
        elif line.startswith("+++ "):
            path = _diff_path(line[4:]) or path
    run()
    if changes:
        yield path, changes


def _diff_path(text: str) -> str | None:
    name = text.split("\t", 1)[0].strip()
    if name == _NO_FILE or not name:
        return None
    return name[2:] if name[:2] in ("a/", "b/") else name


def _unnumbered(lines: list[str]) -> tuple[int, list[str]] | None:
    """(number of the first line, lines without their numbers) where every line has the number that follows."""
    found: list[str] = []
    first = 0
    for at, line in enumerate(lines):
        match = _NUMBERED.fullmatch(line)
        if match is None:
            if found and at == len(lines) - 1 and not line.strip():
                break
            return None
        first = int(match[1]) if at == 0 else first
        if int(match[1]) != first + at or first < 1:
            return None
        found.append(match[2])
    return first, found
