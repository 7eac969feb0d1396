"""Traces of Swival (`--trace-dir`): lines in the shape of Claude Code's, without a clock of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.swival.messages import TraceStream, decoded_message
from loaders.json_lines import bad_line, decode_lines
from loaders.tables import BadRecord, Record

NAME = "swival_trace"
VERSION = "1"
IDENTITY = "content"

_HARNESS = "swival"
_SNIFFED_LINES = 20
_SNIFFED_BYTES = 2_048
_CUT_LINE = re.compile(rb'\A\s*\{.*"harness"\s*:\s*"swival"', re.DOTALL)
_MESSAGE_TYPES = frozenset({"system", "user", "assistant"})


class _Line(msgspec.Struct, gc=False, rename="camel"):
    """What is read of a line. Nothing is typed, so that an odd field does not cost the line."""

    type: Any = None
    session_id: Any = None
    harness: Any = None
    version: Any = None
    cwd: Any = None
    is_sidechain: Any = None
    is_meta: Any = None
    message: Any = None
    content: Any = None


_LINE = msgspec.json.Decoder(_Line)
_FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def matches(artifact: Artifact) -> bool:
    """A .jsonl one of whose first lines names Swival as its harness."""
    if artifact.logical_path.suffix != ".jsonl" or b'"swival"' not in artifact.head:
        return False
    for line in islice((line for line in artifact.head.split(b"\n") if line.strip()), _SNIFFED_LINES):
        try:
            if _LINE.decode(line).harness == _HARNESS:
                return True
        except _FAILURES:
            if _CUT_LINE.match(line[:_SNIFFED_BYTES]):
                return True
    return False


def flatten(artifact: Artifact) -> Iterator[Record]:
    """Session, entries, calls and edits of each session in the file; a bad line costs itself alone."""
    data = artifact.data
    if not data.strip():
        raise UnreadableArtifactError("the file is empty")
    streams: dict[str, TraceStream] = {}
    for item in decode_lines(data, _LINE):
        if isinstance(item, BadRecord):
            yield item
        elif (bad := _take(item[0], item[1], streams, artifact)) is not None:
            yield bad
    for stream in streams.values():
        yield from stream.records()


def _take(number: int, line: _Line, streams: dict[str, TraceStream], artifact: Artifact) -> BadRecord | None:
    if not isinstance(line.type, str):
        return bad_line(number, "not a line of a trace: it has no type")
    if line.type not in _MESSAGE_TYPES:
        # `last-prompt` closes a trace and repeats the task; what else later versions add is no message.
        return None
    session_id = line.session_id if isinstance(line.session_id, str) else artifact.name.removesuffix(".jsonl")
    stream = streams.get(session_id)
    if stream is None:
        stream = streams[session_id] = TraceStream(len(streams), session_id, f"line {number}")
    stream.note_header(line.version, line.cwd)
    place, is_sidechain = f"line {number}", line.is_sidechain if isinstance(line.is_sidechain, bool) else None
    if line.type == "system":
        stream.add_system(line.content, place, is_sidechain)
        return None
    message = decoded_message(line.message)
    if message is None:
        return bad_line(number, "a message that is not an object")
    if line.type == "assistant":
        stream.add_answer(message, place, is_sidechain)
    else:
        stream.add_user(message, place, is_sidechain, is_meta=line.is_meta is True)
    return None
