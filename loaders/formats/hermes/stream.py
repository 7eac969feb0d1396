"""What hermes-agent's two exports share: a conversation as entries, tool calls with their results, edits, events."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

from loaders.formats.hermes.blocks import Call, json_text, outcome
from loaders.formats.hermes.edits import StreamFiles
from loaders.formats.shared.telemetry import ToolArguments, tool_arguments
from loaders.tables import Entry, FileEdit, Record, Session, SessionEvent, ToolCall
from loaders.values import canonical_json

AGENT_TYPE = "hermes"
PROMPT = "message"
SUMMARY = "compaction_summary"
_INJECTED = (
    ("[CONTEXT COMPACTION", SUMMARY),
    ("[CONTEXT SUMMARY]:", SUMMARY),
    ("[PRIOR CONTEXT —", SUMMARY),
    ("[Your active task list was preserved across context compression]", "reminder"),
    ("Continue from the compressed conversation context above. This marker exists because", "meta"),
    ("[Continuing toward your standing goal]\n", "meta"),
    ("[IMPORTANT: Background process ", "meta"),
    ("[ASYNC DELEGATION ", "meta"),
)
"""What hermes-agent itself says in a conversation: the fixed texts of its source, at the start."""
_STOPPED = "Operation interrupted: waiting for model response ("


def content_id(value: Any) -> str:
    """SHA-256 (hexadecimal) of a JSON value, whatever its formatting: the id of a record that has none."""
    try:
        text = canonical_json(value)
    except (OverflowError, RecursionError, UnicodeEncodeError):
        text = json_text(value) or repr(type(value))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class HermesStream:
    """What one conversation lands as; its messages are given in order."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.entries: list[Entry] = []
        self.calls: list[ToolCall] = []
        self.edits: list[FileEdit] = []
        self.events: list[SessionEvent] = []
        self._arguments: dict[tuple[int, int], ToolArguments] = {}
        self._open: deque[ToolCall] = deque()
        """Calls of the last answer that have no result yet, in order."""
        self._files = StreamFiles()

    def records(self) -> Iterator[Record]:
        """All of it, the session first."""
        yield self.session
        yield from self.entries
        yield from self.calls
        yield from self.edits
        yield from self.events

    def add_entry(
        self,
        entry_type: str,
        role: str | None,
        place: str,
        text: str | None = None,
        occurred_at: datetime | None = None,
        *,
        entry_id: str | None = None,
        on_active_path: bool | None = None,
    ) -> Entry:
        """One entry that is no LLM call."""
        entry = Entry(
            place=place,
            session_index=self.session.session_index,
            entry_index=len(self.entries),
            entry_id=entry_id,
            on_active_path=on_active_path,
            entry_type=entry_type,
            role=role,
            occurred_at=occurred_at,
            text=text,
            is_llm_call=False,
        )
        self.entries.append(entry)
        return entry

    def mark_prompt(self, entry: Entry) -> None:
        """Say of a message in the role of the user what it is: typed by a person, or of hermes-agent's own making."""
        entry.entry_type = _message_type(entry.text)
        if entry.entry_type == SUMMARY:
            self._note_compaction(entry)
        elif entry.entry_type == PROMPT and self.session.is_subagent:
            entry.entry_type = "agent_prompt"
        if entry.entry_type == PROMPT:
            entry.message_at = entry.occurred_at

    def mark_answer(self, entry: Entry, calls: list[tuple[str | None, Call]]) -> None:
        """Say of a message in the role of the assistant that it is an LLM call, and which calls (id, call) it makes."""
        if _message_type(entry.text) == SUMMARY:
            # Between two messages of the user's the summary takes the role of the assistant.
            entry.entry_type = SUMMARY
            self._note_compaction(entry)
            return
        if (entry.text or "").startswith(_STOPPED):
            # No model said this: the agent notes that it stopped waiting for one.
            entry.entry_type = "interrupt"
            self._event(entry, "interrupt", None)
            return
        entry.is_llm_call = True
        self._open.clear()
        for call_index, (call_id, made) in enumerate(calls):
            self._open.append(self._add_call(entry, call_index, call_id, made))

    def set_result(self, entry: Entry, content: Any, call_id: str | None = None, tool_name: str | None = None) -> None:
        """The result of the open call of that id, where ids are given, else of the first that is open.

        A result without a call makes a call of its own, without arguments, where its tool is named.
        """
        call = self._take_open(call_id)
        if call is None:
            if tool_name is None:
                return
            last = self.calls[-1] if self.calls else None
            call_index = last.call_index + 1 if last is not None and last.entry_index == entry.entry_index else 0
            call = self._add_call(entry, call_index, call_id, Call(tool_name, None))
            call.called_at = None
        told = outcome(content)
        call.tool_call_id = call.tool_call_id or call_id
        call.has_result = True
        call.result_at = entry.occurred_at
        call.result_text = told.text
        call.result_length = None if told.text is None else len(told.text)
        call.is_error = told.is_error
        call.is_rejected = told.is_rejected
        call.exit_code = told.exit_code
        if told.is_rejected:
            self._event(entry, "rejection", call.tool_name)
        if told.is_interrupted and not any(
            event.event_type == "interrupt" and event.entry_index == entry.entry_index for event in self.events[-1:]
        ):
            self._event(entry, "interrupt", None)
        if not told.is_error:
            arguments = self._arguments[call.entry_index, call.call_index]
            self.edits += self._files.take(call, arguments, told.text)

    def _take_open(self, call_id: str | None) -> ToolCall | None:
        if call_id is not None:
            for call in self._open:
                if call.tool_call_id == call_id:
                    self._open.remove(call)
                    return call
            if any(call.tool_call_id is not None for call in self._open):
                return None
        return self._open.popleft() if self._open else None

    def _add_call(self, entry: Entry, call_index: int, call_id: str | None, made: Call) -> ToolCall:
        given = made.arguments
        arguments = tool_arguments(made.name, given if isinstance(given, dict | str) else None)
        if not isinstance(given, dict | str) and given is not None:
            arguments = ToolArguments(json_text(given), {})
        call = ToolCall(
            place=entry.place,
            session_index=entry.session_index,
            entry_index=entry.entry_index,
            call_index=call_index,
            tool_call_id=call_id,
            tool_name=made.name,
            sub_command=arguments.sub_command,
            arguments=arguments.arguments,
            command=arguments.command,
            path_argument=arguments.path_argument,
            pattern_argument=arguments.pattern_argument,
            working_directory=arguments.working_directory,
            called_at=entry.occurred_at,
        )
        self.calls.append(call)
        self._arguments[entry.entry_index, call_index] = arguments
        return call

    def _note_compaction(self, entry: Entry) -> None:
        self._event(entry, "compaction", None)

    def _event(self, entry: Entry, event_type: str, detail: str | None) -> None:
        self.events.append(
            SessionEvent(
                place=entry.place,
                session_index=entry.session_index,
                entry_index=entry.entry_index,
                event_type=event_type,
                occurred_at=entry.occurred_at,
                detail=detail,
            )
        )


def _message_type(text: str | None) -> str:
    start = (text or "").lstrip()[:200]
    return next((kind for prefix, kind in _INJECTED if start.startswith(prefix)), PROMPT)
