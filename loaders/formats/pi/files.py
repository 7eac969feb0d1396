"""The files of one stream of pi's: what its calls show of them, and the lines that each call changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from loaders.formats.pi.edits import display_changes, patch_changes
from loaders.formats.pi.fields import Details
from loaders.formats.shared.file_contents import Change, FileContents, edit_records
from loaders.formats.shared.telemetry import ToolArguments, file_edits, first_text
from loaders.tables import FileEdit, ToolCall

_OPERATIONS = {"create": "create", "delete": "delete"}
_HASHLINE = re.compile(r"(\d{1,9})[a-z]{2}\|(.*)", re.DOTALL)
_SELECTOR = re.compile(r"(?::\d+(?:-\d+)?)?(?::raw)?\Z")
_NOTICE = re.compile(
    r"\n\n(?:\[(?:Showing lines \d+-\d+ of \d+|\d+ more lines in file)[^\n]*\]"
    r"|\.\.\. \(\d+ more lines not shown[^\n]*\))\s*\Z"
)
_NOT_LINES = re.compile(r"Read image file|\[Line \d+ is")
"""An image, or a line that is too long to print."""
_CUT_LINES = re.compile(r"\n\n\.\.\. \(Some lines were truncated[^\n]*\)\s*\Z")
_LONGEST_NOTICE = 1000
"""Characters at the end of a result in which a notice is looked for."""
_OLD_KEYS = ("oldText", "old_str", "old_string", "old_text")
_NEW_KEYS = ("newText", "new_str", "new_string", "new_text")
_CONTENT_KEYS = ("file_text", "content", "contents")


class PiFiles:
    """Feed it every call that succeeded, in the order of the results."""

    def __init__(self) -> None:
        self._contents = FileContents()

    def take(
        self, call: ToolCall, arguments: ToolArguments, details: Details, text: str | None, place: str
    ) -> list[FileEdit]:
        """The changes that a call made; `text` is its result, None where that is unknown.

        `exact` where the result holds a patch or a diff, else from the arguments: `inferred` where the stream has
        shown the lines, `whole_file` for a write of a file that is not known, `unknown` without lines.
        """
        edits: list[FileEdit] = []
        for path, operation, changes in self._told(call, details):
            self._contents.apply(path, changes)
            edits += edit_records(call, path, operation, changes, place, len(edits))
        path_argument = call.path_argument
        if edits or path_argument is None:
            return edits
        if call.tool_name == "read":
            if text is not None:
                self._read(path_argument, arguments.values, text, details)
            return []
        return self._asked(call, path_argument, arguments, place)

    def _told(self, call: ToolCall, details: Details) -> Iterator[tuple[str, str, list[Change]]]:
        for part in details.per_file_results or ():
            if part.path is not None and part.diff and not part.is_error:
                yield part.path, _OPERATIONS.get(part.op or "", "edit"), display_changes(part.diff)
        if details.per_file_results or call.path_argument is None:
            return
        changes = patch_changes(details.patch) if details.patch else []
        if not changes and details.diff:
            changes = display_changes(details.diff)
        if changes:
            yield call.path_argument, _OPERATIONS.get(details.op or "", "edit"), changes

    def _asked(self, call: ToolCall, path: str, arguments: ToolArguments, place: str) -> list[FileEdit]:
        """Changes of a call whose result tells none."""
        asked = list(
            file_edits(
                call.tool_name,
                arguments,
                session_index=call.session_index,
                entry_index=call.entry_index,
                call_index=call.call_index,
                place=place,
            )
        )
        values = arguments.values
        changes: list[Change]
        if not asked:
            if call.tool_name != "edit":
                return []
            self._contents.forget(path)
            return list(edit_records(call, path, "edit", [Change(None, None, None, "unknown")], place))
        if asked[0].range_basis == "whole_file":
            changes = self._contents.write(path, first_text(values, _CONTENT_KEYS) or "")
        elif all(edit.range_basis == "unknown" and edit.operation == "edit" for edit in asked):
            listed = values.get("edits")
            changes = []
            for part in listed if isinstance(listed, list) else [values]:
                if isinstance(part, dict) and (old := first_text(part, _OLD_KEYS)) is not None:
                    changes += self._contents.replace(path, old, first_text(part, _NEW_KEYS) or "")
        else:
            self._contents.forget(path)
            return asked
        return list(edit_records(call, path, asked[0].operation, changes, place))

    def _read(self, path: str, values: dict[str, Any], text: str, details: Details) -> None:
        selector = _SELECTOR.search(path)
        bare = path[: selector.start()] if selector is not None else path
        if "://" in path or details.is_directory:
            return
        notice = _NOTICE.search(text, max(0, len(text) - _LONGEST_NOTICE))
        shown = text[: notice.start()] if notice is not None else text
        if (numbered := _unnumbered(shown)) is not None:
            first_line, lines = numbered
            is_whole = notice is None and bare == path and first_line == 1
            self._contents.read(bare, "\n".join(lines), first_line, is_whole)
            return
        if bare != path or _NOT_LINES.match(text) or _CUT_LINES.search(text, max(0, len(text) - _LONGEST_NOTICE)):
            return
        offset, limit = values.get("offset"), values.get("limit")
        first_line = offset if isinstance(offset, int) and offset > 0 else 1
        self._contents.read(path, shown, first_line, notice is None and first_line == 1 and limit is None)


def _unnumbered(text: str) -> tuple[int, list[str]] | None:
    """(number of the first line, lines) of a print in gajae-code's way, each line behind its number and hash."""
    if _HASHLINE.match(text) is None:
        return None
    found: list[str] = []
    first = 0
    for at, line in enumerate(text.split("\n")):
        numbered = _HASHLINE.fullmatch(line)
        if numbered is None or (at and int(numbered[1]) != first + at):
            return None
        first = first or int(numbered[1])
        found.append(numbered[2])
    return (first, found) if first else None
