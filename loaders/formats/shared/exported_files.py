"""Edits of exported calls (OpenTraces, Swival): where they fall in what the stream has shown of the files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from loaders.formats.shared.apply_patch import FilePatch, parse_patch
from loaders.formats.shared.file_contents import Change, FileContents, edit_records
from loaders.formats.shared.telemetry import ToolArguments, file_edits, first_text
from loaders.tables import FileEdit, ToolCall

_READ_TOOLS = frozenset({"read", "Read", "read_file"})
_RAW_READ_TOOLS = frozenset({"read", "Read"})
"""Readers that print a file as it is; others are believed only where they number the lines."""
_DELETE_TOOLS = frozenset({"delete_file"})
_PATCH_TOOLS = frozenset({"apply_patch"})
_PATCH_KEYS = ("raw", "input", "patch")
_OLD_KEYS = ("old_str", "old_string", "oldText", "old_text")
_NEW_KEYS = ("new_str", "new_string", "newText", "new_text")
_CONTENT_KEYS = ("file_text", "content", "contents")

_LISTED = "Updated the following files:"
_LISTED_FILE = re.compile(r"(?:\A|\\n|\n)([AMD]) ((?:(?!\\n|\n|\"[,}]).)+)")
_OPERATIONS = {"A": "create", "M": "patch", "D": "delete"}
_NUMBERED = re.compile(r" *(\d{1,9})(?:→|\t|: ?|[a-z]{2}\|)(.*)", re.DOTALL)
_REMINDER = re.compile(r"\s*<system-reminder>.*\Z", re.DOTALL)
_NOTICE = re.compile(r"\n+\[(?:(?:\d+ more lines|Showing lines)[^\n]*|truncated[^\n]*)\]\s*\Z")
_NEXT_LINE = re.compile(r"offset=(\d{1,9})")
_NO_FILE = re.compile(r"Read image file|URL: |\{\s*\"")
_CUT_LENGTH = 10_000
"""Characters that importers of OpenTraces cut a result at."""


class ExportedFiles:
    """The files of one stream, as far as its calls show them."""

    def __init__(self, *, is_stripped: bool) -> None:
        """is_stripped: the exporter takes white space off both ends of a result, so that first lines may be missing."""
        self._contents = FileContents()
        self._is_stripped = is_stripped

    def take(self, call: ToolCall, arguments: ToolArguments, text: str | None) -> list[FileEdit]:
        """The changes that a successful call made; `text` is its result. To be called in the order of the results."""
        path = arguments.path_argument
        if path is None:
            patch = first_text(arguments.values, _PATCH_KEYS) if call.tool_name in _PATCH_TOOLS else None
            return [] if patch is None else list(self._patched(call, patch, text or ""))
        if call.tool_name in _READ_TOOLS:
            if text is not None and "://" not in path:
                self._read(call, path, arguments.values, text)
            return []
        if call.tool_name in _DELETE_TOOLS:
            return list(edit_records(call, path, "delete", self._contents.delete(path), call.place))
        source = arguments.values.get("move_from")
        if isinstance(source, str) and source:
            self._contents.move(source, path)
            return []
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
        if not asked:
            return []
        if asked[0].range_basis == "whole_file":
            content = first_text(arguments.values, _CONTENT_KEYS) or ""
            return list(edit_records(call, path, asked[0].operation, self._contents.write(path, content), call.place))
        if all(edit.operation == "edit" and edit.range_basis == "unknown" for edit in asked):
            return list(edit_records(call, path, "edit", self._replaced(path, arguments.values), call.place))
        self._contents.forget(path)
        return asked

    def _patched(self, call: ToolCall, patch: str, result: str) -> Iterator[FileEdit]:
        """Changes of a patch that names its files itself; of what was cut off, the files that the result lists."""
        files = parse_patch(patch)
        named = {path for file in files for path in (file.path, file.move_path)}
        count = 0
        for file in [*files, *(file for file in _listed_files(result) if file.path not in named)]:
            for edit in edit_records(call, file.path, file.operation, self._patch_changes(file), call.place, count):
                count += 1
                yield edit
            if file.move_path is not None:
                self._contents.move(file.path, file.move_path)

    def _patch_changes(self, file: FilePatch) -> list[Change]:
        if file.operation == "delete":
            return self._contents.delete(file.path)
        if file.is_cut:
            self._contents.forget(file.path)
            return [Change(None, None, None, "unknown")]
        if file.operation == "create":
            return self._contents.write(file.path, file.content or "", is_new=True)
        return self._contents.patch(file.path, file.hunks)

    def _replaced(self, path: str, values: dict[str, Any]) -> Iterator[Change]:
        listed = values.get("edits")
        for part in listed if isinstance(listed, list) else [values]:
            if isinstance(part, dict) and (old := first_text(part, _OLD_KEYS)) is not None:
                new = first_text(part, _NEW_KEYS) or ""
                is_all = part.get("replace_all") is True or part.get("replaceAll") is True
                yield from self._contents.replace(path, old, new, is_all)

    def _read(self, call: ToolCall, path: str, values: dict[str, Any], text: str) -> None:
        is_cut = call.is_result_truncated is True or len(text) == _CUT_LENGTH
        is_part = any(values.get(key) is not None for key in ("offset", "limit", "tail"))
        text = _REMINDER.sub("", text)
        notice = _NOTICE.search(text)
        lines = (text[: notice.start()] if notice is not None else text).split("\n")
        if is_cut:
            lines = lines[:-1]
        is_whole = not (is_cut or is_part or notice is not None)
        if (numbered := _unnumbered(lines)) is not None:
            first_line, lines = numbered
            self._contents.read(path, "\n".join(lines), first_line, is_whole and first_line == 1)
            return
        offset = values.get("offset")
        first_line = offset if isinstance(offset, int) and offset > 0 else 1
        if call.tool_name not in _RAW_READ_TOOLS or values.get("tail") is not None or _NO_FILE.match(text):
            return
        if self._is_stripped and first_line > 1:
            # Blank first lines are gone: the numbers hold where the notice confirms how many lines there were.
            told = _NEXT_LINE.search(notice[0]) if notice is not None else None
            if told is None or int(told[1]) - first_line != len(lines):
                return
        self._contents.read(path, "\n".join(lines), first_line, is_whole)


def patched_path(name: str, arguments: ToolArguments) -> str | None:
    """The file of a patch, where it names exactly one."""
    patch = first_text(arguments.values, _PATCH_KEYS) if name in _PATCH_TOOLS else None
    files = parse_patch(patch) if patch is not None else []
    return files[0].path if len(files) == 1 and not files[0].is_cut else None


def _listed_files(result: str) -> list[FilePatch]:
    """The files that the result of a patch lists, as text or as JSON text, in its order; their changes are not told."""
    _, _, listed = result.partition(_LISTED)
    return [
        FilePatch(_OPERATIONS[sign], path, None, None, [], is_cut=True) for sign, path in _LISTED_FILE.findall(listed)
    ]


def _unnumbered(lines: list[str]) -> tuple[int, list[str]] | None:
    """(number of the first line, lines without their numbers) where every line has the number that follows."""
    found: list[str] = []
    first = 0
    for at, line in enumerate(lines):
        match = _NUMBERED.match(line)
        if match is None:
            # A blank end of the print is no line of the file.
            if at == len(lines) - 1 and not line.strip() and found:
                break
            return None
        number = int(match[1])
        first = number if at == 0 else first
        if number != first + at:
            return None
        found.append(match[2])
    return (first, found) if found and first >= 1 else None
