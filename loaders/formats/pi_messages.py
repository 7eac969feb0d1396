"""Messages as pi writes them, in session files and in its JSON event stream: entries, tool calls, edits, usage."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import msgspec

from loaders.formats.pi_edits import call_edits, hashline_path
from loaders.formats.telemetry import ToolArguments, tool_arguments
from loaders.tables import Entry, FileEdit, ToolCall
from loaders.values import utc

Timestamp = str | int | float | None
"""ISO 8601 text, or an epoch number in milliseconds."""

_NO_RAW = msgspec.Raw()
_EVICTED = "[Compacted history content evicted to durable cold storage]"
_EPOCH = datetime(1970, 1, 1)
_FAR_FUTURE_MS = 32_503_680_000_000
_EXIT_CODE = re.compile(r"Command exited with code (-?\d{1,9})\s*\Z")
_TRUNCATED = re.compile(rb'"truncated"\s*:\s*true')
_ENTRY_TYPES = {
    None: "message",
    "user": "message",
    "assistant": "message",
    "system": "message",
    "toolResult": "tool_result",
    "custom": "custom_message",
    "hookMessage": "custom_message",
}
_ROLES = {"user": "user", "assistant": "assistant", "system": "system", "toolResult": "tool", "bashExecution": "user"}


class Cost(msgspec.Struct, gc=False):
    total: float | None = None


class Usage(msgspec.Struct, gc=False, rename="camel"):
    """Token counts of one LLM call; `input` leaves out the cache."""

    input: int | None = None
    output: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None
    cost: Cost | None = None


class Block(msgspec.Struct, gc=False):
    """One block of content: text, thinking, toolCall or image (whose data stays unparsed)."""

    type: str | None = None
    text: str | None = None
    thinking: str | None = None
    id: str | None = None
    name: str | None = None
    arguments: msgspec.Raw = _NO_RAW


Content = str | list[Block] | None


class Message(msgspec.Struct, gc=False, rename="camel"):
    """A message of any role."""

    role: str | None = None
    content: Content = None
    timestamp: Timestamp = None
    model: str | None = None
    usage: Usage | None = None
    stop_reason: str | None = None
    response_id: str | None = None
    tool_call_id: str | None = None
    tool_name: str | None = None
    details: msgspec.Raw = _NO_RAW
    is_error: bool | None = None
    command: str | None = None
    exit_code: int | None = None
    custom_type: str | None = None
    summary: str | None = None


class _Details(msgspec.Struct, gc=False):
    diff: Any = None
    patch: Any = None
    truncation: msgspec.Raw = _NO_RAW
    truncated: Any = None


_DETAILS = msgspec.json.Decoder(_Details)
_NO_DETAILS = _Details()


def instant(value: Timestamp) -> datetime | None:
    """Naive UTC time of a timestamp of pi's; None where it is none."""
    if isinstance(value, int) and 0 <= value < _FAR_FUTURE_MS:
        return _EPOCH + timedelta(milliseconds=value)
    return utc(value, unit="ms")


class MessageStream:
    """What one stream of messages lands as. Results find their calls by id, in whatever order they come."""

    def __init__(self, session_index: int = 0) -> None:
        self.session_index = session_index
        self.entries: list[Entry] = []
        self.calls: list[ToolCall] = []
        self.edits: list[FileEdit] = []
        self._arguments: dict[str, tuple[ToolCall, ToolArguments]] = {}

    def add_entry(
        self,
        entry_type: str,
        place: str,
        occurred_at: datetime | None,
        text: str | None = None,
        *,
        usage: Usage | None = None,
        entry_id: str | None = None,
        parent_entry_id: str | None = None,
    ) -> Entry:
        """An entry that is not a message."""
        entry = Entry(
            place=place,
            session_index=self.session_index,
            entry_index=len(self.entries),
            entry_id=entry_id,
            parent_entry_id=parent_entry_id,
            entry_type=entry_type,
            occurred_at=occurred_at,
            text=text,
        )
        if usage is not None:
            _set_usage(entry, usage)
            entry.is_llm_call = False
        self.entries.append(entry)
        return entry

    def add_message(
        self,
        message: Message,
        place: str,
        occurred_at: datetime | None,
        *,
        entry_id: str | None = None,
        parent_entry_id: str | None = None,
    ) -> Entry:
        """A message, written at `occurred_at`, with the calls that it makes or the result that it brings."""
        role = message.role
        entry = Entry(
            place=place,
            session_index=self.session_index,
            entry_index=len(self.entries),
            entry_id=entry_id,
            parent_entry_id=parent_entry_id,
            entry_type=_ENTRY_TYPES.get(role, role) or "message",
            role=_ROLES.get(role or ""),
            occurred_at=occurred_at,
            message_at=instant(message.timestamp),
            is_error=message.is_error,
        )
        self.entries.append(entry)
        if message.usage is not None:
            _set_usage(entry, message.usage)
        entry.is_llm_call = role == "assistant"
        if role == "assistant":
            self._add_answer(message, entry)
        elif role == "toolResult":
            self._add_result(message, entry)
        elif role == "bashExecution":
            entry.text = message.command
        else:
            entry.text = message.summary if message.content is None else text_of(message.content)
        return entry

    def add_call(self, name: str, call_id: str | None, raw: msgspec.Raw, entry: Entry, call_index: int) -> ToolCall:
        """A tool call that `entry` makes."""
        arguments = tool_arguments(name, raw)
        path = arguments.path_argument
        if path is None and isinstance(patch := arguments.values.get("input"), str):
            path = hashline_path(patch)
        call = ToolCall(
            place=entry.place,
            session_index=self.session_index,
            entry_index=entry.entry_index,
            call_index=call_index,
            tool_call_id=call_id,
            tool_name=name,
            sub_command=arguments.sub_command,
            arguments=arguments.arguments,
            command=arguments.command,
            path_argument=path,
            pattern_argument=arguments.pattern_argument,
            working_directory=arguments.working_directory,
            called_at=entry.occurred_at,
        )
        self.calls.append(call)
        if call_id is not None:
            self._arguments[call_id] = call, arguments
        return call

    def has_call(self, call_id: str | None) -> bool:
        """Whether a call of this id has been made."""
        return call_id in self._arguments

    def set_result(
        self,
        call_id: str | None,
        content: Content,
        raw_details: msgspec.Raw,
        is_error: bool | None,
        result_at: datetime | None,
        place: str,
    ) -> None:
        """The result of a call; a second one for the same call changes nothing."""
        call, arguments = self._arguments.get(call_id or "", (None, None))
        if call is None or arguments is None or call.has_result:
            return
        text = text_of(content)
        details = _details(raw_details)
        call.has_result = True
        call.result_at = result_at
        call.result_text = text
        call.result_length = None if text is None else len(text)
        call.is_error = is_error
        if is_error and text is not None and (suffix := _EXIT_CODE.search(text, max(0, len(text) - 200))):
            call.exit_code = int(suffix[1])
        if isinstance(details.truncated, bool):
            call.is_result_truncated = details.truncated
        elif details.truncation:
            call.is_result_truncated = _TRUNCATED.search(details.truncation) is not None
        if not is_error and call.path_argument is not None:
            patch, diff = (value if isinstance(value, str) else None for value in (details.patch, details.diff))
            self.edits += call_edits(call, arguments, patch=patch, diff=diff, place=place)

    def _add_answer(self, message: Message, entry: Entry) -> None:
        entry.model_id = message.model
        entry.message_id = message.response_id
        entry.stop_reason = message.stop_reason
        if message.stop_reason is not None:
            entry.is_error = message.stop_reason == "error"
        texts: list[str] = []
        thoughts: list[str] = []
        lengths: list[int] = []
        call_index = 0
        content = message.content
        if isinstance(content, str):
            texts.append(content)
        for block in content if isinstance(content, list) else ():
            if block.type == "text" and block.text is not None:
                texts.append(block.text)
            elif block.type == "thinking":
                lengths.append(len(block.thinking or ""))
                if block.thinking:
                    thoughts.append(block.thinking)
            elif block.type == "toolCall" and block.name is not None:
                self.add_call(block.name, block.id, block.arguments, entry, call_index)
                call_index += 1
        entry.text = "\n".join(texts) if texts else None
        entry.thinking_text = "\n\n".join(thoughts) if thoughts else None
        entry.thinking_block_lengths = lengths

    def _add_result(self, message: Message, entry: Entry) -> None:
        call_id, name = message.tool_call_id, message.tool_name
        if name is not None and not self.has_call(call_id):
            # The line that made the call is lost; that the tool ran is known all the same.
            self.add_call(name, call_id, _NO_RAW, entry, 0).called_at = None
        result_at = entry.occurred_at or entry.message_at
        self.set_result(call_id, message.content, message.details, message.is_error, result_at, entry.place)


def text_of(content: Content) -> str | None:
    """Text of a content: "" where it is empty; None where it holds images only or was evicted."""
    if isinstance(content, list):
        texts = [block.text for block in content if block.text is not None]
        content = "\n".join(texts) if texts or not content else None
    return None if content == _EVICTED else content


def _set_usage(entry: Entry, usage: Usage) -> None:
    entry.input_tokens = usage.input
    entry.cache_read_tokens = usage.cache_read
    entry.cache_write_tokens = usage.cache_write
    entry.output_tokens = usage.output
    entry.reasoning_tokens = usage.reasoning
    entry.usage_basis = "excludes_cache"
    if usage.cost is not None:
        entry.cost_usd = usage.cost.total


def _details(raw: msgspec.Raw) -> _Details:
    """What is known of a tool's details; an extension's may be of any shape."""
    if not raw:
        return _NO_DETAILS
    try:
        return _DETAILS.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _NO_DETAILS
