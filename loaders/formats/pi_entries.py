"""The entries of a pi session file: from decoded lines to landed records, with the tree that they form."""

from __future__ import annotations

import re
from functools import cached_property

import msgspec

from loaders.formats.pi_messages import Content, Message, MessageStream, Timestamp, Usage, instant, text_of
from loaders.tables import BadRecord, Entry, PhaseEvent, SessionEvent

ENTRY_TYPES = frozenset(
    {
        "model_change",
        "thinking_level_change",
        "compaction",
        "branch_summary",
        "custom",
        "custom_message",
        "label",
        "session_info",
        "message",
        "session",
    }
)
"""The types of lines that pi itself writes."""

_NO_RAW = msgspec.Raw()
_TORN_LINK = re.compile(rb'"id"\s*:\s*"([^"\\]+)"\s*,\s*"parentId"\s*:\s*(?:"([^"\\]+)"|null)')
_FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Line(msgspec.Struct, gc=False, rename="camel"):
    """A line of any type: the fields of all of them."""

    type: str | None = None
    id: str | None = None
    parent_id: str | None = None
    timestamp: Timestamp = None
    message: Message | None = None
    provider: str | None = None
    model_id: str | None = None
    model: str | None = None
    thinking_level: str | None = None
    version: int | float | str | None = None
    cwd: str | None = None
    harness: str | None = None
    parent_session: str | None = None
    branched_from: str | None = None
    summary: str | None = None
    tokens_before: int | None = None
    first_kept_entry_id: str | None = None
    first_kept_entry_index: int | None = None
    usage: Usage | None = None
    from_id: str | None = None
    custom_type: str | None = None
    content: Content = None
    data: msgspec.Raw = _NO_RAW
    target_id: str | None = None
    label: str | None = None
    name: str | None = None


class _Stub(msgspec.Struct, gc=False, rename="camel"):
    """What an entry of a type that is not known here has in common with the others."""

    type: str
    id: str | None = None
    parent_id: str | None = None
    timestamp: Timestamp = None


class _Phase(msgspec.Struct, gc=False):
    phase: str | None = None


_STUB = msgspec.json.Decoder(_Stub)
_PHASE = msgspec.json.Decoder(_Phase)


class SessionReader:
    """What the lines read so far amount to."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.stream = MessageStream()
        self.events: list[SessionEvent] = []
        self.phases: list[PhaseEvent] = []
        self.header: Line | None = None
        self.header_place = ""
        self.links: dict[str, str | None] = {}
        """Parent by entry id, entries on lost lines included."""
        self.model: str | None = None
        self.thinking_level: str | None = None
        self._branched: set[str | None] = set()
        self._after_lost_line: str | None = None

    @cached_property
    def lines(self) -> list[bytes]:
        """The raw lines, for the few that do not decode."""
        return self.data.split(b"\n")

    def take(self, number: int, line: Line) -> BadRecord | None:
        """One decoded line; returns what is wrong with it."""
        place = f"line {number}"
        kind = line.type
        if kind is None:
            return BadRecord(place=place, line_number=number, reason="not a session entry: it has no type")
        if kind == "session":
            self._take_header(line, place)
            return None
        occurred_at = instant(line.timestamp)
        if kind == "message" and line.message is not None:
            entry = self.stream.add_message(
                line.message, place, occurred_at, entry_id=line.id, parent_entry_id=line.parent_id
            )
            self._note_message(line.message, entry)
        else:
            text = line.summary if line.content is None else text_of(line.content)
            entry = self.stream.add_entry(
                kind, place, occurred_at, text, usage=line.usage, entry_id=line.id, parent_entry_id=line.parent_id
            )
            self._note_entry(line, entry)
        self._link(entry)
        return None

    def take_bad(self, bad: BadRecord) -> BadRecord | None:
        """A line that is not an entry of a known type: an entry of another, or a lost one that leaves its link."""
        raw = self.lines[(bad.line_number or 1) - 1]
        try:
            stub = _STUB.decode(raw)
        except _FAILURES:
            torn = _TORN_LINK.search(raw)
            if torn is None:
                last = next((entry.entry_id for entry in reversed(self.stream.entries) if entry.entry_id), None)
                self._after_lost_line = last
            else:
                parent = torn[2].decode("utf-8", "replace") if torn[2] is not None else None
                self.links.setdefault(torn[1].decode("utf-8", "replace"), parent)
            return bad
        if stub.type in ENTRY_TYPES:
            if stub.id is not None:
                self.links.setdefault(stub.id, stub.parent_id)
            return bad
        self._link(
            self.stream.add_entry(
                stub.type, bad.place, instant(stub.timestamp), entry_id=stub.id, parent_entry_id=stub.parent_id
            )
        )
        return None

    def _take_header(self, line: Line, place: str) -> None:
        if self.header is None:
            self.header, self.header_place = line, place
            self.model = _model_name(line.provider, line.model_id)
            self.thinking_level = line.thinking_level

    def _link(self, entry: Entry) -> None:
        """Keep the entry's parent; a parent that has a child already is a branch point."""
        entry_id, parent = entry.entry_id, entry.parent_entry_id
        if entry_id is None or entry_id in self.links:
            return
        if self._after_lost_line is not None:
            if parent is not None and parent not in self.links:
                self.links[parent] = self._after_lost_line
            self._after_lost_line = None
        if parent in self._branched:
            self._event(entry, "branch", from_value=parent)
        self._branched.add(parent)
        self.links[entry_id] = parent

    def _event(
        self,
        entry: Entry,
        event_type: str,
        *,
        from_value: str | None = None,
        to_value: str | None = None,
        tokens_before: int | None = None,
        detail: str | None = None,
    ) -> None:
        self.events.append(
            SessionEvent(
                place=entry.place,
                entry_index=entry.entry_index,
                event_type=event_type,
                occurred_at=entry.occurred_at,
                from_value=from_value,
                to_value=to_value,
                tokens_before=tokens_before,
                detail=detail,
            )
        )

    def _note_message(self, message: Message, entry: Entry) -> None:
        if message.role == "bashExecution":
            exit_code = None if message.exit_code is None else str(message.exit_code)
            self._event(entry, "bashExecution", to_value=exit_code)
        elif message.custom_type is not None:
            self._event(entry, entry.entry_type, to_value=message.custom_type)

    def _note_entry(self, line: Line, entry: Entry) -> None:
        match line.type:
            case "model_change":
                model = line.model or _model_name(line.provider, line.model_id)
                self._event(entry, "model_change", from_value=self.model, to_value=model)
                self.model = model
            case "thinking_level_change":
                level = line.thinking_level
                self._event(entry, "thinking_level_change", from_value=self.thinking_level, to_value=level)
                self.thinking_level = level
            case "compaction":
                kept = line.first_kept_entry_id
                if kept is None and line.first_kept_entry_index is not None:
                    kept = str(line.first_kept_entry_index)
                self._event(entry, "compaction", tokens_before=line.tokens_before, detail=kept)
            case "branch_summary":
                self._event(entry, "branch_summary", from_value=line.from_id)
            case "label":
                self._event(entry, "label", from_value=line.target_id, to_value=line.label)
            case "session_info":
                self._event(entry, "session_info", to_value=line.name)
            case "custom" | "custom_message":
                self._event(entry, line.type, to_value=line.custom_type)
                if line.type == "custom" and (line.custom_type or "").startswith("plannotator"):
                    self._note_phase(line.data, entry)

    def _note_phase(self, data: msgspec.Raw, entry: Entry) -> None:
        try:
            phase = _PHASE.decode(data).phase if data else None
        except _FAILURES:
            return
        if phase is not None:
            self.phases.append(
                PhaseEvent(
                    place=entry.place,
                    session_index=0,
                    phase_index=len(self.phases),
                    phase=phase,
                    occurred_at=entry.occurred_at,
                    emitter="session_entry",
                )
            )


def mark_active_path(entries: list[Entry], links: dict[str, str | None]) -> None:
    """Set `on_active_path`: the chain of parents from the last entry; every entry where none has an id (version 1)."""
    leaf = next((entry.entry_id for entry in reversed(entries) if entry.entry_id is not None), None)
    if leaf is None:
        for entry in entries:
            entry.on_active_path = True
        return
    active: set[str] = set()
    while leaf is not None and leaf not in active:
        active.add(leaf)
        leaf = links.get(leaf)
    for entry in entries:
        if entry.entry_id is not None:
            entry.on_active_path = entry.entry_id in active


def _model_name(provider: str | None, model_id: str | None) -> str | None:
    return f"{provider}/{model_id}" if provider and model_id else model_id
