"""What a harness and its agent print: summaries of attempts, announced phases, pi's JSON event stream."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from loaders.artifact import Artifact
from loaders.formats.harness.attempts import AttemptReader
from loaders.formats.harness.summary import MARKER, read_summary_line
from loaders.formats.pi.events import EVENT_TYPES, Event
from loaders.json_lines import bad_line, decode_lines, describe
from loaders.tables import BadRecord, Record
from loaders.values import utc

NAME = "harness_stdout"
VERSION = "2"
IDENTITY = "place"

_PHASE_MARKER = b"plannotator-phase"
_PHASE_KEY = re.compile(r'"event"\s*:\s*"plannotator-phase"')
_EVENT_TYPE = re.compile(rb'\s*\{\s*"type"\s*:\s*"([a-z_]+)"')
_STREAM_TYPES = EVENT_TYPES | {
    b"agent_start",
    b"agent_end",
    b"turn_start",
    b"turn_end",
    b"message_start",
    b"message_update",
    b"tool_execution_update",
}
_EVENT = msgspec.json.Decoder(Event)
_BRACE = re.compile(r"\{")
_JSON = json.JSONDecoder()
_MAXIMUM_BRACES = 64
_MILLISECONDS_FROM = 1e11


def matches(artifact: Artifact) -> bool:
    """`stdout.txt`, or a .txt or .log directly below `agent/`; a verifier's output is not it.

    What lands may come late in a big file, so the name decides, and output that holds none of it lands no row.
    """
    path = artifact.logical_path
    name = path.name
    if name.endswith("-stdout.txt") or "verifier" in _folders(artifact):
        return False
    return name == "stdout.txt" or (path.suffix in (".txt", ".log") and path.parent.name == "agent")


def flatten(artifact: Artifact) -> Iterator[Record]:
    """Attempts with their files, phases, and the agent's telemetry; nothing where the output holds none of it."""
    data = artifact.data
    if MARKER not in data and _PHASE_MARKER not in data and b'"type"' not in data:
        return
    attempts = AttemptReader()
    for number, line in enumerate(data.split(b"\n"), start=1):
        event_type = _EVENT_TYPE.match(line)
        if event_type is not None and event_type[1] in _STREAM_TYPES:
            # What a message quotes is no line of the harness.
            if event_type[1] in EVENT_TYPES:
                yield from _take_events(attempts, number, line)
        elif MARKER in line:
            summary = read_summary_line(line)
            if summary is not None:
                if summary.problem is not None:
                    yield bad_line(number, summary.problem)
                attempts.take_summary(summary, f"line {number}")
        elif _PHASE_MARKER in line:
            yield from _take_phases(attempts, number, line)
    yield from attempts.finish()


def _folders(artifact: Artifact) -> tuple[str, ...]:
    try:
        return artifact.directory.relative_to(artifact.root).parts
    except ValueError:
        return artifact.directory.parts


def _take_events(attempts: AttemptReader, number: int, line: bytes) -> Iterator[BadRecord]:
    for item in decode_lines(line, _EVENT):
        if isinstance(item, BadRecord):
            yield bad_line(number, item.reason)
        elif (problem := attempts.take_event(item[1], f"line {number}")) is not None:
            yield bad_line(number, problem)


def _take_phases(attempts: AttemptReader, number: int, line: bytes) -> Iterator[BadRecord]:
    """Every phase event among the JSON objects that a line holds, whatever text stands around them."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        yield bad_line(number, describe(error))
        return
    position = 0
    for key in _PHASE_KEY.finditer(text):
        if key.start() < position:
            continue
        event, position = _object_around(text, position, key.start())
        if event is None:
            yield bad_line(number, "a phase event that is not a JSON object")
            return
        phase = event.get("phase")
        if not isinstance(phase, str):
            yield bad_line(number, "a phase event without a phase")
            continue
        occurred_at = _instant(event.get("ts")) or _instant(event.get("timestamp"))
        attempts.take_phase(f"line {number}", phase, occurred_at)


def _object_around(text: str, start: int, key_at: int) -> tuple[dict[str, Any] | None, int]:
    """The outermost JSON object from `start` on whose own key stands at `key_at`, and where it ends."""
    braces = [match.start() for match in _BRACE.finditer(text, start, key_at)]
    for brace in braces[-_MAXIMUM_BRACES:]:
        try:
            value, end = _JSON.raw_decode(text, brace)
        except (ValueError, RecursionError):
            continue
        if end > key_at and value.get("event") == "plannotator-phase":
            return value, end
    return None, start


def _instant(value: Any) -> datetime | None:
    """Time of an ISO 8601 text or an epoch number, in seconds or, from 1973 on, milliseconds."""
    if isinstance(value, int | float):
        return utc(value, unit="ms" if value >= _MILLISECONDS_FROM else "s")
    return utc(value) if isinstance(value, str) else None
