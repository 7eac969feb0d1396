"""The JSON event stream that pi prints: finished messages, tools that ran, compactions; partial messages left out."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from loaders.formats.pi.fields import FAILURES, NO_RAW, Block, Content, Count, Message, Timestamp, instant
from loaders.formats.pi.messages import MessageStream
from loaders.tables import Record, Session

EVENT_TYPES = frozenset(
    {
        b"session",
        b"message_end",
        b"tool_execution_start",
        b"tool_execution_end",
        b"compaction_end",
        b"auto_compaction_end",
    }
)
"""What lands. The other events repeat parts of these: `message_update` a message so far, `agent_end` all messages."""


class Event(msgspec.Struct, gc=False, rename="camel"):
    """An event of any of these types; the header of the session is the first of a stream."""

    type: str
    message: Message | None = None
    tool_call_id: str | None = None
    tool_name: str | None = None
    args: msgspec.Raw = NO_RAW
    result: msgspec.Raw = NO_RAW
    is_error: bool | None = None
    reason: str | None = None
    """Why the history was compacted: manual, threshold or overflow."""
    id: str | None = None
    version: int | float | str | None = None
    timestamp: Timestamp = None
    cwd: str | None = None


class _ToolResult(msgspec.Struct, gc=False):
    content: Content = None
    details: msgspec.Raw = NO_RAW


class _Compaction(msgspec.Struct, gc=False, rename="camel"):
    summary: str | None = None
    tokens_before: Count | None = None
    estimated_tokens_after: Count | None = None
    first_kept_entry_id: str | None = None


_TOOL_RESULT = msgspec.json.Decoder(_ToolResult | str | list[Block] | None)
_COMPACTION = msgspec.json.Decoder(_Compaction | None)


class EventStream:
    """The events of one attempt, as one stream."""

    def __init__(self, session_index: int, place: str) -> None:
        self.messages = MessageStream(session_index)
        self._place = place
        self._header: Event | None = None
        self._results: list[tuple[str, Event, _ToolResult]] = []

    @property
    def session_index(self) -> int:
        return self.messages.session_index

    def take(self, event: Event, place: str) -> str | None:
        """Keep one event; returns what is wrong with it."""
        match event.type:
            case "session":
                self._header = self._header or event
            case "message_end":
                return self._take_message(event.message, place)
            case "tool_execution_start":
                self._take_start(event, place)
            case "tool_execution_end":
                return self._take_result(event, place)
            case "compaction_end" | "auto_compaction_end":
                return self._take_compaction(event, place)
        return None

    def records(self, attempt_index: int) -> Iterator[Record]:
        """Everything the stream amounts to; results that no message repeated are joined now."""
        messages = self.messages
        for place, event, result in self._results:
            messages.set_result(event.tool_call_id, result.content, result.details, event.is_error, None, place)
        header = self._header
        times = [entry.message_at for entry in messages.entries if entry.message_at is not None]
        started_at = instant(header.timestamp) if header is not None else None
        version = header.version if header is not None else None
        yield Session(
            place=self._place,
            session_index=self.session_index,
            native_session_id=header.id if header is not None else None,
            telemetry="stdout_events",
            format_version=None if version is None else str(version),
            attempt_index=attempt_index,
            agent_type="pi",
            model_id=next((entry.model_id for entry in messages.entries if entry.model_id), None),
            working_directory=header.cwd if header is not None else None,
            started_at=started_at or min(times, default=None),
            finished_at=max(times, default=None),
        )
        yield from messages.entries
        yield from messages.calls
        yield from messages.edits
        yield from messages.events

    def _take_message(self, message: Message | None, place: str) -> str | None:
        if message is None:
            return "an event without its message"
        # A message is dated when it began, which for all but an answer is when it was written.
        written_at = None if message.role == "assistant" else instant(message.timestamp)
        self.messages.add_message(message, place, written_at)
        return None

    def _take_start(self, event: Event, place: str) -> None:
        """The message that made the call has ended before; where it is lost, the call stands on its own."""
        if event.tool_name is not None and not self.messages.has_call(event.tool_call_id):
            entry = self.messages.add_entry(event.type, place, None)
            entry.role = "tool"
            self.messages.add_call(event.tool_name, event.tool_call_id, event.args, entry, 0)

    def _take_result(self, event: Event, place: str) -> str | None:
        try:
            result = _TOOL_RESULT.decode(event.result) if event.result else None
        except FAILURES:
            return "not the result of a tool"
        if not isinstance(result, _ToolResult):
            result = _ToolResult(content=result)
        self._results.append((place, event, result))
        return None

    def _take_compaction(self, event: Event, place: str) -> str | None:
        try:
            compaction = _COMPACTION.decode(event.result) if event.result else None
        except FAILURES:
            return "not the result of a compaction"
        if compaction is None:
            return None
        entry = self.messages.add_entry("compaction", place, None, compaction.summary)
        compacted = self.messages.add_event(
            entry, "compaction", from_value=compaction.first_kept_entry_id, detail=event.reason
        )
        compacted.tokens_before = compaction.tokens_before
        compacted.tokens_after = compaction.estimated_tokens_after
        return None
