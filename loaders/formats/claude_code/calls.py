"""The tool calls of one Claude Code stream, each with the result that a later line brings."""

from __future__ import annotations

import re
from datetime import datetime

import msgspec

from loaders.formats.claude_code.edits import StreamFiles
from loaders.formats.claude_code.kinds import is_rejection
from loaders.formats.claude_code.lines import FAILURES, Block, Details, Line, text_of
from loaders.formats.shared.telemetry import ToolArguments, tool_arguments
from loaders.tables import Entry, FileEdit, ToolCall

_EXIT_CODE = re.compile(r"Exit code (\d{1,9})\b")
_TEXT = msgspec.json.Decoder(str)


class Calls:
    """The calls of a stream and the edits that they made."""

    def __init__(self) -> None:
        self.calls: list[ToolCall] = []
        self.edits: list[FileEdit] = []
        self.files = StreamFiles()
        self._counts: dict[int, int] = {}
        self._by_id: dict[str, tuple[ToolCall, ToolArguments]] = {}
        self._without_id: dict[int, list[tuple[ToolCall, ToolArguments]]] = {}

    def add(self, block: Block, name: str, entry: Entry, called_at: datetime | None, place: str) -> None:
        """A tool_use block; one that was seen before (a repeated line) changes nothing."""
        if block.id is not None and block.id in self._by_id:
            return
        arguments = tool_arguments(name, block.input)
        call_index = self._counts.get(entry.entry_index, 0)
        self._counts[entry.entry_index] = call_index + 1
        call = ToolCall(
            place=place,
            entry_index=entry.entry_index,
            call_index=call_index,
            tool_call_id=block.id,
            tool_name=name,
            sub_command=arguments.sub_command,
            arguments=arguments.arguments,
            command=arguments.command,
            path_argument=arguments.path_argument,
            pattern_argument=arguments.pattern_argument,
            working_directory=arguments.working_directory,
            called_at=called_at,
        )
        self.calls.append(call)
        if block.id is not None:
            self._by_id[block.id] = call, arguments
        else:
            self._without_id.setdefault(entry.entry_index, []).append((call, arguments))

    def find(self, block: Block, asked: Entry | None) -> tuple[ToolCall, ToolArguments] | tuple[None, None]:
        """The call that a tool_result block answers: by id, else the next open one of the entry that asked."""
        if block.tool_use_id is not None:
            return self._by_id.get(block.tool_use_id, (None, None))
        open_calls = self._without_id.get(asked.entry_index, []) if asked is not None else []
        return next((pair for pair in open_calls if not pair[0].has_result), (None, None))

    def answer(
        self, block: Block, found: Details, line: Line, entry: Entry, asked: Entry | None
    ) -> tuple[ToolCall | None, bool]:
        """(call, whether the user refused it) of a result that stands on `entry`; a second result changes nothing."""
        text = text_of(block.content)
        is_error = block.is_error if block.is_error is not None else found.is_error is True
        is_rejected = is_rejection(line, text, is_error, _told(line.tool_use_result))
        call, arguments = self.find(block, asked)
        if call is None or arguments is None or call.has_result:
            return call, is_rejected
        call.has_result = True
        call.result_at = entry.occurred_at
        call.result_text = text
        call.result_length = None if text is None else len(text)
        call.is_error = is_error
        call.is_rejected = is_rejected
        call.exit_code = found.exit_code
        if is_error and call.exit_code is None and text is not None and (code := _EXIT_CODE.match(text)):
            call.exit_code = int(code[1])
        call.is_result_truncated = True if found.persisted_output_path is not None else found.truncated
        call.duration_s = _duration_s(found)
        if not (is_error or is_rejected):
            self.edits += self.files.take_result(call, arguments, found, entry.place)
        return call, is_rejected


def _told(raw: msgspec.Raw) -> str | None:
    """A tool use result that is mere text."""
    try:
        return _TEXT.decode(raw) if raw else None
    except FAILURES:
        return None


def _duration_s(found: Details) -> float | None:
    for milliseconds in (found.duration_ms, found.total_duration_ms):
        if milliseconds is not None:
            return milliseconds / 1000
    return found.duration_seconds
