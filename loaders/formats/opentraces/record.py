"""OpenTraces records (schema 0.1 to 0.9): sessions of any agent, one TraceRecord a line or a document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import msgspec

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.opentraces.evidence import attributed_edits, compactions, judgements, vcs_evidence
from loaders.formats.opentraces.fields import Step, TraceRecord
from loaders.formats.opentraces.session import Stream, sessions
from loaders.formats.opentraces.steps import StepReader
from loaders.json_lines import decode_lines, describe
from loaders.salvage import read_element, read_whole, repaired
from loaders.tables import BadRecord, Record

NAME = "opentraces"
VERSION = "1"
IDENTITY = "content"

_SUFFIXES = frozenset({".json", ".jsonl"})
_VERSION_KEY = re.compile(rb'"schema_version"\s*:\s*"\d+\.\d+[^"]*"')
_IDENTITY_KEYS = (b'"trace_id"', b'"session_id"')
_OTHER_KEYS = (b'"content_hash"', b'"timestamp_start"', b'"task"', b'"agent"', b'"steps"')
_RAW = msgspec.json.Decoder(msgspec.Raw)
_FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def matches(artifact: Artifact) -> bool:
    """A .json or .jsonl whose head holds a numeric schema version, the ids of a trace and a part of its body."""
    head = artifact.head
    return (
        artifact.logical_path.suffix in _SUFFIXES
        and all(key in head for key in _IDENTITY_KEYS)
        and any(key in head for key in _OTHER_KEYS)
        and _VERSION_KEY.search(head) is not None
    )


def flatten(artifact: Artifact) -> Iterator[Record]:
    """Each record's session, with a session of its own for every sub-agent in it, and what they hold."""
    data = artifact.data
    if not data.strip():
        raise UnreadableArtifactError("the file is empty")
    session_count = 0
    for item in _records(data):
        if isinstance(item, BadRecord):
            yield item
            continue
        place, raw = item
        bad: list[BadRecord] = []
        record, steps = _read(raw, place, bad)
        yield from bad
        if record is None:
            continue
        if record.steps is None and record.trace_id is None and record.session_id is None:
            yield BadRecord(place=place, reason="not a trace record: it has neither steps nor an id")
            continue
        streams = sessions(record, steps, place, session_count, sha256(raw).hexdigest())
        session_count += len(streams)
        yield from _landed(record, streams, place)


def _landed(record: TraceRecord[Any], streams: list[Stream], place: str) -> Iterator[Record]:
    readers = [StepReader(stream, record.agent) for stream in streams]
    main = readers[0]
    for reader in readers:
        reader.drop_counted_twice(record.metrics)
    attributed = list(attributed_edits(record, readers, place))
    for reader in readers:
        yield reader.session
        yield from reader.entries
        yield from reader.calls
        yield from reader.edits
        yield from reader.events
    yield from attributed
    yield from compactions(record, main, place)
    yield from vcs_evidence(record, main.session, place)
    yield from judgements(record, main.session, place)


def _records(data: bytes) -> Iterator[tuple[str, msgspec.Raw] | BadRecord]:
    """(place, raw JSON) of each record: of a document that is one or a list of them, else of each line."""
    if b"\n" in data.strip():
        lead = data.split(b"\n", 1)[0].strip()
        try:
            yield from _elements(_RAW.decode(data), "")
            return
        except _FAILURES as error:
            if lead in (b"{", b"["):
                raise UnreadableArtifactError(describe(error)) from error
    lines: list[bytes] | None = None
    for item in decode_lines(data, _RAW):
        if isinstance(item, BadRecord):
            lines = data.split(b"\n") if lines is None else lines
            number = item.line_number or 1
            try:
                yield from _elements(_RAW.decode(repaired(lines[number - 1])), f"line {number}")
            except _FAILURES:
                yield item
        else:
            yield from _elements(item[1], f"line {item[0]}")


def _elements(raw: msgspec.Raw, place: str) -> Iterator[tuple[str, msgspec.Raw]]:
    elements = read_whole(raw, list[msgspec.Raw])
    if elements is None:
        yield place, raw
    else:
        yield from ((f"{place}/{number}", element) for number, element in enumerate(elements))


def _read(raw: msgspec.Raw, place: str, bad: list[BadRecord]) -> tuple[TraceRecord[Any] | None, list[tuple[str, Step]]]:
    """The record with its (place, step) pairs; element by element where it is not sound as a whole."""
    whole = read_whole(raw, TraceRecord[Step])
    if whole is None:
        raw = msgspec.Raw(repaired(bytes(raw)))
        whole = read_whole(raw, TraceRecord[Step])
    if whole is not None:
        return whole, [(f"{place}/steps/{number}", step) for number, step in enumerate(whole.steps or ())]
    record: TraceRecord[Any] | None = read_element(raw, TraceRecord[msgspec.Raw], place, bad)
    steps: list[tuple[str, Step]] = []
    for number, element in enumerate((record.steps if record is not None else None) or ()):
        step = read_element(element, Step, f"{place}/steps/{number}", bad)
        if step is not None:
            steps.append((f"{place}/steps/{number}", step))
    return record, steps
