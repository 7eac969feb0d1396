"""The entries of a pi session file: from decoded lines to landed records, with the tree that they form."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cached_property

import msgspec

from loaders.formats.pi.fields import (
    FAILURES,
    NO_RAW,
    Content,
    Count,
    Message,
    Timestamp,
    Usage,
    instant,
    lenient,
    text_of,
)
from loaders.formats.pi.messages import MessageStream
from loaders.formats.shared.telemetry import first_known
from loaders.json_lines import mend_surrogates
from loaders.tables import BadRecord, Entry, PhaseEvent

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

_TORN_LINK = re.compile(rb'"id"\s*:\s*"([^"\\]+)"\s*,\s*"parentId"\s*:\s*(?:"([^"\\]+)"|null)')


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
    tokens_before: Count | None = None
    first_kept_entry_id: str | None = None
    first_kept_entry_index: Count | None = None
    from_hook: bool | None = None
    from_extension: bool | None = None
    usage: Usage | None = None
    from_id: str | None = None
    custom_type: str | None = None
    content: Content = None
    data: msgspec.Raw = NO_RAW
    target_id: str | None = None
    label: str | None = None
    name: str | None = None


class _Stub(msgspec.Struct, gc=False, rename="camel"):
    """What an entry of any type has in common with the others."""

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
        self.phases: list[PhaseEvent] = []
        self.header: Line | None = None
        self.header_place = ""
        self.links: dict[str, str | None] = {}
        """Parent by entry id, entries on lost lines included."""
        self.model: str | None = None
        """The model in force (`provider/model`): announced, or that of the last answer."""
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
            if self.header is None:
                self.header, self.header_place = line, place
            return None
        occurred_at = instant(line.timestamp)
        if kind == "message" and line.message is not None:
            entry = self.stream.add_message(
                line.message, place, occurred_at, entry_id=line.id, parent_entry_id=line.parent_id
            )
            self._note_first(entry)
            if line.message.role == "assistant" and line.message.provider and line.message.model:
                self.model = _model_name(line.message.provider, line.message.model)
        else:
            text = text_of(line.content) if line.content is not None else first_known(line.summary, line.name)
            entry = self.stream.add_entry(
                kind, place, occurred_at, text, usage=line.usage, entry_id=line.id, parent_entry_id=line.parent_id
            )
            self._note_first(entry)
            self._note_entry(line, entry)
        self._link(entry, line)
        return None

    def take_bad(self, bad: BadRecord) -> BadRecord | None:
        """A line that does not decode: an entry of another type, one with a wrong field, or a lost one with its link.

        A wrong field is reported and left out; its line lands without it.
        """
        raw = self.lines[(bad.line_number or 1) - 1]
        line = lenient(mend_surrogates(raw), Line)
        if line is not None and line.type in ENTRY_TYPES:
            self.take(bad.line_number or 1, line)
            return bad
        try:
            stub = _STUB.decode(mend_surrogates(raw))
        except FAILURES:
            self._note_lost(raw)
            return bad
        entry = self.stream.add_entry(
            stub.type, bad.place, instant(stub.timestamp), entry_id=stub.id, parent_entry_id=stub.parent_id
        )
        self._note_first(entry)
        self._link(entry, None)
        return None

    def _note_lost(self, raw: bytes) -> None:
        torn = _TORN_LINK.search(raw)
        if torn is None:
            last = next((entry.entry_id for entry in reversed(self.stream.entries) if entry.entry_id), None)
            self._after_lost_line = last
            return
        # No branch: where a write was cut off, pi goes on from the entry before it.
        parent = torn[2].decode("utf-8", "replace") if torn[2] is not None else None
        self.links.setdefault(torn[1].decode("utf-8", "replace"), parent)

    def _link(self, entry: Entry, line: Line | None) -> None:
        """Keep the entry's parent; a parent that has a child already is a branch point."""
        entry_id, parent = entry.entry_id, entry.parent_entry_id
        is_second = False
        if entry_id is not None and entry_id not in self.links:
            if self._after_lost_line is not None:
                if parent is not None and parent not in self.links:
                    self.links[parent] = self._after_lost_line
                self._after_lost_line = None
            is_second = parent in self._branched
            self._branched.add(parent)
            self.links[entry_id] = parent
        if line is not None and line.type == "branch_summary":
            point = parent or (line.from_id if line.from_id != "root" else None)
            self.stream.add_event(entry, "branch", from_value=point, detail="branch_summary")
        elif is_second:
            self.stream.add_event(entry, "branch", from_value=parent, detail="root" if parent is None else None)

    def _note_first(self, entry: Entry) -> None:
        """The settings in the header (version 1) are those of the first entry.

        A header that is younger than its entries is that of a fork: its settings are not what the session began with.
        """
        header = self.header
        if entry.entry_index != 0 or header is None:
            return
        started_at = instant(header.timestamp)
        if not _is_not_after(started_at, entry.occurred_at or entry.message_at):
            return
        self._set_model(entry, _model_name(header.provider, header.model_id), started_at)
        self._set_thinking_level(entry, header.thinking_level, started_at)

    def _set_model(self, entry: Entry, model: str | None, occurred_at: datetime | None) -> None:
        if model is not None and model != self.model:
            self.stream.add_event(entry, "model_change", occurred_at=occurred_at, from_value=self.model, to_value=model)
            self.model = model

    def _set_thinking_level(self, entry: Entry, level: str | None, occurred_at: datetime | None) -> None:
        before = self.thinking_level
        if level is not None and level != before:
            self.stream.add_event(
                entry, "thinking_level_change", occurred_at=occurred_at, from_value=before, to_value=level
            )
            self.thinking_level = level

    def _note_entry(self, line: Line, entry: Entry) -> None:
        match line.type:
            case "model_change":
                self._set_model(entry, line.model or _model_name(line.provider, line.model_id), entry.occurred_at)
            case "thinking_level_change":
                self._set_thinking_level(entry, line.thinking_level, entry.occurred_at)
            case "compaction":
                kept = line.first_kept_entry_id
                if kept is None and line.first_kept_entry_index is not None:
                    kept = str(line.first_kept_entry_index)
                trigger = "hook" if line.from_hook else "extension" if line.from_extension else None
                event = self.stream.add_event(entry, "compaction", from_value=kept, detail=trigger)
                event.tokens_before = line.tokens_before
            case "label":
                self.stream.add_event(entry, "label", from_value=line.target_id, to_value=line.label)
            case "custom" if (line.custom_type or "").startswith("plannotator"):
                self._note_phase(line.data, entry)

    def _note_phase(self, data: msgspec.Raw, entry: Entry) -> None:
        """Plannotator repeats its phase after every turn: one that is in force already is no event."""
        try:
            phase = _PHASE.decode(data).phase if data else None
        except FAILURES:
            return
        if phase is None or (self.phases and self.phases[-1].phase == phase):
            return
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


def _is_not_after(moment: datetime | None, other: datetime | None) -> bool:
    return moment is None or other is None or moment <= other


def _model_name(provider: str | None, model_id: str | None) -> str | None:
    return f"{provider}/{model_id}" if provider and model_id else model_id
