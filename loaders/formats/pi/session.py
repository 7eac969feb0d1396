"""Session files of pi (JSON Lines, versions 1 to 3) and of the agents that keep its format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

import msgspec

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.pi.agents import agent_records
from loaders.formats.pi.entries import ENTRY_TYPES, Line, SessionReader, mark_active_path
from loaders.formats.pi.fields import FAILURES, NO_RAW, Timestamp, instant
from loaders.json_lines import decode_lines
from loaders.tables import BadRecord, Record, Session

NAME = "pi_session"
VERSION = "2"
IDENTITY = "content"

_MESSAGE_ROLES = frozenset(
    {"user", "assistant", "toolResult", "bashExecution", "custom", "hookMessage", "system", "developer"}
)
_SNIFFED_LINES = 20
_CUT_MESSAGE = re.compile(
    rb'\s*\{\s*"type"\s*:\s*"message"\s*,(\s*"(id|parentId|timestamp)"\s*:\s*("[^"]*"|null)\s*,)+'
    rb'\s*"message"\s*:\s*\{\s*"role"\s*:'
)
_NAMED_FILE = re.compile(r"\d{4}-\d\d-\d\dT[\d-]+Z?_(.+)")
_GENERIC_NAME = "session"


class _SniffedMessage(msgspec.Struct, gc=False):
    role: str | None = None


class _SniffedLine(msgspec.Struct, gc=False, rename="camel"):
    type: str
    id: str | None = None
    timestamp: Timestamp = None
    version: int | float | str | None = None
    cwd: str | None = None
    message: _SniffedMessage | None = None


class _SniffedKeys(msgspec.Struct, gc=False, rename="camel"):
    """Keys that no entry of pi has."""

    session_id: msgspec.Raw = NO_RAW
    uuid: msgspec.Raw = NO_RAW
    payload: msgspec.Raw = NO_RAW


_LINE = msgspec.json.Decoder(Line)
_SNIFFED_LINE = msgspec.json.Decoder(_SniffedLine)
_SNIFFED_KEYS = msgspec.json.Decoder(_SniffedKeys)


def matches(artifact: Artifact) -> bool:
    """A .jsonl whose first lines hold pi's header, or a message in pi's envelope."""
    if artifact.logical_path.suffix != ".jsonl":
        return False
    head = artifact.head
    is_header_seen = False
    for line in islice((line for line in head.split(b"\n") if line.strip()), _SNIFFED_LINES):
        try:
            keys = _SNIFFED_KEYS.decode(line)
            sniffed = _SNIFFED_LINE.decode(line)
        except FAILURES:
            if _CUT_MESSAGE.match(line):
                return True
            continue
        if keys.session_id or keys.uuid or keys.payload:
            return False
        if sniffed.type == "session" and sniffed.id and sniffed.timestamp and (sniffed.version or sniffed.cwd):
            is_header_seen = True
        elif sniffed.type == "message":
            return sniffed.message is not None and sniffed.message.role in _MESSAGE_ROLES
        elif is_header_seen:
            # The same header opens the event stream that pi prints, whose messages come in events.
            return sniffed.type in ENTRY_TYPES or sniffed.id is not None
    return is_header_seen


def flatten(artifact: Artifact) -> Iterator[Record]:
    """Session, entries, tool calls, edits, events and phases of one file; a bad line costs itself alone."""
    data = artifact.data
    if not data.strip():
        raise UnreadableArtifactError("the file is empty")
    reader = SessionReader(data)
    for item in decode_lines(data, _LINE):
        bad = reader.take_bad(item) if isinstance(item, BadRecord) else reader.take(*item)
        if bad is not None:
            yield bad
    stream = reader.stream
    if reader.header is None and not stream.entries:
        return
    mark_active_path(stream.entries, reader.links)
    session = _session(reader, artifact)
    yield session
    yield from stream.entries
    yield from stream.calls
    yield from stream.edits
    yield from stream.events
    yield from reader.phases
    yield from agent_records(session, stream)


def session_id_of(path: str) -> str:
    """Id in the name of a session file (`<time>_<id>.jsonl`), else the name; separators of any system."""
    stem = re.split(r"[/\\]", path)[-1].removesuffix(".jsonl")
    named = _NAMED_FILE.fullmatch(stem)
    return named[1] if named is not None else stem


def _session(reader: SessionReader, artifact: Artifact) -> Session:
    header = reader.header or Line()
    entries = reader.stream.entries
    times = [moment for entry in entries if (moment := entry.occurred_at or entry.message_at) is not None]
    parent = header.parent_session or header.branched_from
    native_id = header.id or session_id_of(artifact.name)
    if native_id == _GENERIC_NAME:
        native_id = artifact.directory.name
    version = header.version if reader.header is None or header.version is not None else 1
    return Session(
        place=reader.header_place or entries[0].place,
        native_session_id=native_id,
        telemetry="session_jsonl",
        format_version=None if version is None else str(version),
        parent_native_session_id=session_id_of(parent) if parent else None,
        parent_path=parent,
        agent_type=header.harness or "pi",
        model_id=next((entry.model_id for entry in entries if entry.model_id), None) or header.model_id,
        working_directory=header.cwd,
        started_at=instant(header.timestamp) or min(times, default=None),
        finished_at=max(times, default=None),
    )
