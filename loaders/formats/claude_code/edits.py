"""Where a call of Claude Code changed a file: from the patch in its result, else from what was shown of the file."""

from __future__ import annotations

import re
from typing import Any

from loaders.formats.claude_code.lines import Attachment, Details, Hunk, ShownFile, details, hunks
from loaders.formats.shared.file_contents import Change, FileContents, edit_records
from loaders.formats.shared.telemetry import ToolArguments
from loaders.tables import FileEdit, ToolCall

_READ_TOOLS = frozenset({"Read", "View"})
_WRITE_TOOLS = frozenset({"Write", "Replace"})
_REPLACE_TOOLS = frozenset({"Edit", "MultiEdit"})
_NUMBERED_LINE = re.compile(r" *(\d{1,9})(?:→|\t)(.*)", re.DOTALL)
_READ_LIMIT = 2_000
"""Lines that the Read tool returns where it is not asked for a number."""


class StreamFiles:
    """The files of one stream, as far as its calls have shown them."""

    def __init__(self) -> None:
        self.files = FileContents()

    def take_attachment(self, attachment: Attachment) -> None:
        """A file that was attached to a prompt, or the note that somebody else changed one."""
        if attachment.type == "file":
            self._note_shown(details(attachment.content).file)
        elif attachment.type == "edited_text_file" and attachment.filename is not None:
            self.files.forget(attachment.filename)

    def take_result(self, call: ToolCall, arguments: ToolArguments, found: Details, place: str) -> list[FileEdit]:
        """The changes that a successful call made, in the order in which they took effect."""
        path = found.file_path or call.path_argument
        if found.file is not None and found.file.content is not None:
            self._note_shown(found.file)
        elif call.tool_name in _READ_TOOLS and path is not None:
            self._note_numbered(path, call.result_text or "", arguments.values)
        if path is None:
            return []
        operation = "write" if call.tool_name in _WRITE_TOOLS else "edit"
        if call.tool_name in _WRITE_TOOLS and found.type == "create":
            operation = "create"
        changes = self._changes(call.tool_name, path, arguments.values, found, is_new=operation == "create")
        return list(edit_records(call, path, operation, changes, place))

    def _changes(
        self, tool_name: str, path: str, values: dict[str, Any], found: Details, *, is_new: bool
    ) -> list[Change]:
        content = values.get("content")
        written = content if tool_name in _WRITE_TOOLS and isinstance(content, str) else None
        patch = [] if is_new else hunks(found.structured_patch)
        if patch:
            changes = patch_changes(patch)
            self.files.apply(path, changes)
            if written is not None:
                self.files.read(path, written, is_whole=True)
            return changes
        if tool_name == "NotebookEdit":
            return self._notebook_changes(path, values, found)
        if found.original_file is not None and (written is not None or tool_name in _REPLACE_TOOLS):
            self.files.read(path, found.original_file, is_whole=True)
        if written is not None:
            return self.files.write(path, written, is_new=is_new)
        if tool_name not in _REPLACE_TOOLS:
            return []
        listed = values.get("edits")
        changes = []
        for part in listed if isinstance(listed, list) else [values]:
            old, new = (part.get("old_string"), part.get("new_string")) if isinstance(part, dict) else (None, None)
            if isinstance(old, str) and isinstance(new, str):
                changes += self.files.replace(path, old, new, replace_all=part.get("replace_all") is True)
        return changes

    def _notebook_changes(self, path: str, values: dict[str, Any], found: Details) -> list[Change]:
        if found.original_notebook is None or found.updated_notebook is None:
            self.files.forget(path)
            source = values.get("new_source")
            return [Change(None, None, source.splitlines() if isinstance(source, str) else None, "unknown")]
        self.files.read(path, found.original_notebook, is_whole=True)
        # Both texts are in the result, so that nothing is inferred.
        return [change._replace(basis="exact") for change in self.files.write(path, found.updated_notebook)]

    def _note_shown(self, shown: ShownFile | None) -> None:
        if shown is None or shown.file_path is None or shown.content is None:
            return
        first_line = shown.start_line or 1
        total = shown.total_lines
        is_whole = first_line == 1 and total is not None and shown.content.count("\n") + 1 >= total
        self.files.read(shown.file_path, shown.content, first_line, is_whole=is_whole)

    def _note_numbered(self, path: str, text: str, values: dict[str, Any]) -> None:
        """A part of a file as the model sees it: each line behind its number."""
        lines: list[str] = []
        first_line = 0
        for line in text.split("\n"):
            numbered = _NUMBERED_LINE.fullmatch(line)
            if numbered is None or (lines and int(numbered[1]) != first_line + len(lines)):
                break
            first_line = first_line or int(numbered[1])
            lines.append(numbered[2])
        if lines:
            is_asked_whole = values.get("offset") is None and values.get("limit") is None
            is_whole = first_line == 1 and is_asked_whole and len(lines) < _READ_LIMIT
            self.files.read(path, "\n".join(lines), first_line, is_whole=is_whole)


def patch_changes(patch: list[Hunk]) -> list[Change]:
    """The runs of changed lines of a structured patch, in file order.

    The lines of the new file are those of the file as the runs above left it, which is what a change counts in.
    """
    changes: list[Change] = []
    for hunk in patch:
        number = max(hunk.new_start, 1)
        old: list[str] = []
        new: list[str] = []
        for line in [*hunk.lines, " "]:
            sign, text = line[:1], line[1:]
            if sign == "-":
                old.append(text)
            elif sign == "+":
                new.append(text)
            elif sign != "\\":
                if old or new:
                    changes.append(_shrunk(number, old, new))
                    number += len(new)
                    old, new = [], []
                number += 1
    return changes


def _shrunk(number: int, old: list[str], new: list[str]) -> Change:
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    if head == max(len(old), len(new)):
        head = 0  # The runs differ in the newline at the end of the file alone.
    return Change(number + head, old[head:], new[head:], "exact")
