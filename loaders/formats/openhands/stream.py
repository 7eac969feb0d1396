"""A stream that grows event by event: messages, answers of a model with their calls, results that join these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from loaders.formats.openhands.fields import Usage
from loaders.formats.openhands.usage import tokens
from loaders.formats.shared.telemetry import file_edits, tool_arguments
from loaders.tables import Entry, Record, Session, SessionEvent, ToolCall
from loaders.values import utc


@dataclass
class Stream:
    """Records of one session, in the order in which they came to be."""

    session: Session
    usage: dict[str, Usage]
    """Usage of each answer by its response id, where the metrics of the line tell."""
    entries: list[Entry] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    events: list[SessionEvent] = field(default_factory=list)
    _answers: dict[str, Entry] = field(default_factory=dict)
    _open: dict[str, ToolCall] = field(default_factory=dict)

    def message(self, place: str, role: str | None, text: str | None, at: str | None, **more: Any) -> Entry:
        """Add a message or an event that is none of a model's answers."""
        entry = Entry(
            place=place,
            session_index=self.session.session_index,
            entry_index=len(self.entries),
            entry_type="message",
            role=role,
            occurred_at=utc(at),
            text=text,
            thinking_block_lengths=[],
            is_llm_call=False,
        )
        for name, value in more.items():
            setattr(entry, name, value)
        self.entries.append(entry)
        return entry

    def answer(
        self,
        place: str,
        response_id: str | None,
        text: str | None,
        thinking: str | None,
        at: str | None,
        usage: Usage | None = None,
        **more: Any,
    ) -> Entry:
        """The entry of an answer; several actions of one answer share it."""
        if response_id is not None and (known := self._answers.get(response_id)) is not None:
            return known
        used = tokens(self.usage.get(response_id or "") or usage)
        entry = self.message(
            place,
            "assistant",
            text,
            at,
            message_id=response_id,
            model_id=self.session.model_id,
            thinking_text=thinking or None,
            thinking_block_lengths=[len(thinking)] if thinking else [],
            is_llm_call=True,
            input_tokens=used.input_tokens,
            cache_read_tokens=used.cache_read_tokens,
            cache_write_tokens=used.cache_write_tokens,
            output_tokens=used.output_tokens,
            reasoning_tokens=used.reasoning_tokens,
            usage_basis=None if used.input_tokens is None else "cache_subtracted",
        )
        for name, value in more.items():
            setattr(entry, name, value)
        if response_id is not None:
            self._answers[response_id] = entry
        return entry

    def call(
        self,
        place: str,
        entry: Entry,
        name: str,
        arguments: Any,
        at: str | None,
        *keys: str | None,
        call_id: str | None,
    ) -> None:
        """Add a call of an answer; a result finds it by any of the keys."""
        given = tool_arguments(name, arguments if isinstance(arguments, dict | str) else None)
        last = self.calls[-1] if self.calls else None
        call = ToolCall(
            place=place,
            session_index=entry.session_index,
            entry_index=entry.entry_index,
            call_index=last.call_index + 1 if last is not None and last.entry_index == entry.entry_index else 0,
            tool_call_id=call_id,
            tool_name=name,
            sub_command=given.sub_command,
            arguments=given.arguments,
            command=given.command,
            path_argument=given.path_argument,
            pattern_argument=given.pattern_argument,
            working_directory=given.working_directory,
            called_at=utc(at),
        )
        self.calls.append(call)
        for key in (call_id, *keys):
            if key is not None:
                self._open[key] = call

    def result(self, text: str | None, at: str | None, *keys: str | None, **more: Any) -> bool:
        """Join a result to the call that waits for it; whether there is one."""
        call = next((self._open[key] for key in keys if key is not None and key in self._open), None)
        if call is None or call.has_result:
            return False
        call.has_result = True
        call.result_at = utc(at)
        call.result_text = text
        call.result_length = None if text is None else len(text)
        for name, value in more.items():
            setattr(call, name, value)
        if call.result_at is not None and call.called_at is not None:
            call.duration_s = max(0.0, (call.result_at - call.called_at).total_seconds())
        return True

    def compaction(self, place: str, at: str | None) -> None:
        """Note that the context was condensed."""
        self.events.append(
            SessionEvent(
                place=place,
                session_index=self.session.session_index,
                entry_index=max(0, len(self.entries) - 1),
                event_type="compaction",
                occurred_at=utc(at),
            )
        )

    def records(self) -> Iterator[Record]:
        """Everything, the session first."""
        known = [moment for entry in self.entries if (moment := entry.occurred_at) is not None]
        self.session.started_at = min(known, default=None)
        self.session.finished_at = max(known, default=None)
        # usage that no answer could be given stays a total
        self.session.is_usage_reported = any(entry.input_tokens is not None for entry in self.entries)
        self.session.llm_call_count = sum(entry.is_llm_call is True for entry in self.entries)
        yield self.session
        yield from self.entries
        yield from self.events
        for call in self.calls:
            yield call
            given = tool_arguments(call.tool_name, call.arguments)
            if call.is_error is not True and given.path_argument is not None:
                yield from file_edits(
                    call.tool_name,
                    given,
                    session_index=call.session_index,
                    entry_index=call.entry_index,
                    call_index=call.call_index,
                    place=call.place,
                )
