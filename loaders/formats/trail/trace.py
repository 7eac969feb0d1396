"""Traces of TRAIL: nested OpenTelemetry spans of one task run, and the dataset's rows of trace and labels."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.rows.instance_rows import line_number, object_keys
from loaders.formats.trail.labels import judgements
from loaders.formats.trail.stream import Span, SpanStream
from loaders.formats.trail.text import decoded, string
from loaders.json_lines import decode_lines
from loaders.tables import BadRecord, Record, Session

NAME = "trail"
VERSION = "1"
IDENTITY = "content"

_SPAN_MARKS = (b'span_attributes"', b'child_spans"', b'parent_span_id"', b'span_attributes\\"', b'child_spans\\"')
_HIDDEN = "get_examples_to_answer"
"""The span that loads the benchmark: it holds the answers to all tasks."""
_BATCH_ROWS = 4
_ANY = msgspec.json.Decoder()


def matches(artifact: Artifact) -> bool:
    """A trace (`spans`), lines of them, or rows with the columns `trace` and `labels`."""
    suffix = artifact.logical_path.suffix
    if suffix == ".parquet":
        return artifact.head.startswith(b"PAR1") and _parquet_columns(artifact) >= {"trace", "labels"}
    head = artifact.head
    if suffix not in (".json", ".jsonl") or not any(mark in head for mark in _SPAN_MARKS):
        return False
    keys = object_keys(head)
    if suffix == ".json" and head.lstrip()[:1] == b"[":
        keys = object_keys(head, 2)
    return b"spans" in keys or b"trace" in keys


def flatten(artifact: Artifact) -> Iterator[Record]:
    """Session of each trace, a session for each agent below its first, their entries and calls, and its labels."""
    data = artifact.data
    if not data.strip():
        raise UnreadableArtifactError("the file is empty")
    session_index = 0
    for item in _records(artifact, data):
        if isinstance(item, BadRecord):
            yield item
            continue
        place, record = item
        given = record.get("trace")
        trace = decoded(given) if isinstance(given, str) else given
        if trace is None:
            trace = record
        if not isinstance(trace, dict) or not isinstance(trace.get("spans"), list):
            yield BadRecord(place=place, line_number=line_number(place), reason="a trace without spans")
            continue
        trace_place = f"{place}/trace" if given is not None else place
        reader = _Reader(trace, trace_place, session_index)
        yield from reader.read()
        session_index += len(reader.streams)
        given = record.get("labels", trace.get("labels"))
        labels = decoded(given) if isinstance(given, str) else given
        if isinstance(labels, dict):
            yield from judgements(labels, reader.trace_id, f"{place}/labels")


class _Reader:
    """Walks the spans of one trace, outermost first, each agent's in a stream of its own."""

    def __init__(self, trace: dict[str, Any], place: str, first_index: int) -> None:
        self._trace = trace
        self._place = place
        self._first_index = first_index
        self.trace_id = string(trace.get("trace_id")) or _first_trace_id(trace["spans"]) or _content_id(trace)
        self.streams: list[SpanStream] = []

    def read(self) -> Iterator[Record]:
        """Every record of the trace."""
        main = self._add_stream(None, self._place, None)
        spans = list(self._walk())
        has_agent = any(not isinstance(item, BadRecord) and item[0].kind == "agent" for item in spans)
        streams: dict[int, SpanStream] = {}
        is_tasked = False
        for item in spans:
            if isinstance(item, BadRecord):
                yield item
                continue
            span, number, parent = item
            stream = streams.get(parent, main)
            is_first_chain = span.kind == "chain" and not has_agent and not is_tasked
            if span.kind == "agent" and self._is_below_agent(parent):
                stream = self._add_stream(span, span.place, stream.session)
                stream.take_agent(span)
            elif span.kind == "agent" and not is_tasked:
                stream.take_agent(span)
                is_tasked = True
            elif is_first_chain:
                stream.note_times(span)
                stream.add_task(span)
                is_tasked = True
            else:
                stream.take(span)
            streams[number] = stream
        for stream in self.streams:
            stream.session.agent_type = stream.session.agent_type or main.session.agent_type
            yield from stream.records()

    def _walk(self) -> Iterator[tuple[Span, int, int] | BadRecord]:
        """(span, its number, number of its parent, -1 at the top), each before its children; answers left out."""
        pending = [(span, f"{self._place}/spans/{at}", -1) for at, span in enumerate(self._trace["spans"])][::-1]
        number = 0
        self._kinds: list[tuple[str, int]] = []
        while pending:
            values, place, parent = pending.pop()
            if not isinstance(values, dict):
                yield BadRecord(place=place, reason="a span that is not an object")
                continue
            name = string(values.get("span_name")) or ""
            if _HIDDEN in name.casefold():
                continue
            attributes = values.get("span_attributes")
            if isinstance(attributes, str):
                attributes = decoded(attributes)
            if not isinstance(attributes, dict):
                attributes = {}
            kind = (string(attributes.get("openinference.span.kind")) or "").casefold()
            self._kinds.append((kind, parent))
            yield Span(place, string(values.get("span_id")), name, kind, attributes, values), number, parent
            children = values.get("child_spans")
            if isinstance(children, list):
                listed = [(child, f"{place}/child_spans/{at}", number) for at, child in enumerate(children)]
                pending += reversed(listed)
            number += 1

    def _is_below_agent(self, parent: int) -> bool:
        while parent >= 0:
            kind, above = self._kinds[parent]
            if kind == "agent":
                return True
            parent = above
        return False

    def _add_stream(self, span: Span | None, place: str, parent: Session | None) -> SpanStream:
        session_index = self._first_index + len(self.streams)
        native_id = self.trace_id
        if span is not None:
            native_id = f"{self.trace_id}/agent-{span.span_id or len(self.streams)}"
        stream = SpanStream(
            Session(
                place=place,
                session_index=session_index,
                native_session_id=native_id,
                telemetry="session_export",
                parent_session_index=None if parent is None else parent.session_index,
                parent_native_session_id=None if parent is None else parent.native_session_id,
                is_subagent=parent is not None,
                is_usage_reported=True,
                is_result_text_reported=True,
            )
        )
        self.streams.append(stream)
        return stream


def _records(artifact: Artifact, data: bytes) -> Iterator[tuple[str, dict[str, Any]] | BadRecord]:
    """(place, decoded object) of each trace or row: of a Parquet file, a document or a list of them, else of lines."""
    suffix = artifact.logical_path.suffix
    if suffix == ".parquet":
        yield from _parquet_rows(data)
        return
    if suffix == ".json":
        document = decoded(data)
        if document is None:
            if not _has_lines(data):
                raise UnreadableArtifactError("not a JSON document")
        elif isinstance(document, list):
            for at, element in enumerate(document):
                yield _record(f"/{at}", element)
            return
        else:
            yield _record("", document)
            return
    for item in decode_lines(data, _ANY):
        if isinstance(item, BadRecord):
            lines = data.split(b"\n")
            mended = decoded(lines[(item.line_number or 1) - 1])
            yield item if mended is None else _record(item.place, mended)
        else:
            yield _record(f"line {item[0]}", item[1])


def _record(place: str, value: Any) -> tuple[str, dict[str, Any]] | BadRecord:
    if isinstance(value, dict):
        return place, value
    return BadRecord(place=place, line_number=line_number(place), reason="not an object")


def _has_lines(data: bytes) -> bool:
    return isinstance(decoded(data.lstrip().split(b"\n", 1)[0]), dict)


def _first_trace_id(spans: list[Any]) -> str | None:
    ids = (string(span.get("trace_id")) for span in spans if isinstance(span, dict))
    return next((trace_id for trace_id in ids if trace_id is not None), None)


def _content_id(trace: dict[str, Any]) -> str:
    try:
        return sha256(msgspec.json.encode(trace, order="deterministic")).hexdigest()
    except (ValueError, OverflowError, RecursionError, UnicodeEncodeError):
        return sha256(repr(len(trace)).encode()).hexdigest()


def _parquet_columns(artifact: Artifact) -> set[str]:
    source = pa.BufferReader(artifact.data) if artifact.compression else artifact.path
    try:
        return set(pq.read_schema(source).names)
    except (pa.ArrowException, OSError):
        return set()


def _parquet_rows(data: bytes) -> Iterator[tuple[str, dict[str, Any]] | BadRecord]:
    """Rows of a Parquet file, placed by their 0-based position (`/12`)."""
    position = 0
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=["trace", "labels"]):
            for values in batch.to_pylist():
                yield f"/{position}", values
                position += 1
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        if position == 0:
            raise UnreadableArtifactError("not a readable Parquet file") from error
        yield BadRecord(place=f"/{position}", reason="the Parquet file cannot be read from this row on")
