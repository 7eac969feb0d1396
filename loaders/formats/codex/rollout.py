"""Rollout files of Codex (JSON Lines), those without envelopes of its first versions too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.codex.calls import Calls
from loaders.formats.codex.lines import Line, Payload, Step, moment, step_of, table, text_of
from loaders.formats.codex.outline import Outline
from loaders.formats.codex.stream import Stream
from loaders.json_lines import bad_line, decode_lines
from loaders.tables import BadRecord, Record, Session

NAME = "codex"
VERSION = "2"
IDENTITY = "content"

_GROUPS = frozenset({"session_meta", "response_item", "event_msg", "turn_context", "compacted", "world_state"})
_SNIFFED_LINES = 20
_CUT_LINE = re.compile(
    rb'\s*\{\s*"timestamp"\s*:\s*"[^"]*"\s*,\s*(?:"ordinal"\s*:\s*\d+\s*,\s*)?'
    rb'"type"\s*:\s*"(?:session_meta|response_item|event_msg|turn_context|compacted|world_state)"\s*,'
    rb'\s*"payload"\s*:\s*\{'
)
_CUT_HEADER = re.compile(
    rb'\s*\{\s*"id"\s*:\s*"[^"]*"\s*,\s*"timestamp"\s*:\s*"[^"]*"\s*,\s*"instructions"\s*:\s*(?:"|null)'
)
_FILE_UUID = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\Z")
_NO_RAW = msgspec.Raw()
_FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _SniffedPart(msgspec.Struct, gc=False):
    type: str | None = None


class _SniffedLine(msgspec.Struct, gc=False):
    type: str | None = None
    payload: msgspec.Raw = _NO_RAW
    record_type: str | None = None
    instructions: msgspec.Raw = _NO_RAW
    id: str | None = None
    timestamp: str | None = None
    role: str | None = None
    content: msgspec.Raw = _NO_RAW


_LINE = msgspec.json.Decoder(Line)
_SNIFFED_LINE = msgspec.json.Decoder(_SniffedLine)
_SNIFFED_PARTS = msgspec.json.Decoder(list[_SniffedPart])


def matches(artifact: Artifact) -> bool:
    """A .jsonl among whose first lines stands an envelope of Codex, or a header or message of the time before it."""
    if artifact.logical_path.suffix != ".jsonl":
        return False
    for line in islice((line for line in artifact.head.split(b"\n") if line.strip()), _SNIFFED_LINES):
        try:
            sniffed = _SNIFFED_LINE.decode(line)
        except _FAILURES:
            if _CUT_LINE.match(line) or _CUT_HEADER.match(line):
                return True
            continue
        if _is_rollout_line(sniffed):
            return True
    return False


def flatten(artifact: Artifact) -> Iterator[Record]:
    """The session of the file with all that it holds; a bad line costs itself alone."""
    data = artifact.data
    if not data.strip():
        raise UnreadableArtifactError("the file is empty")
    steps: list[Step] = []
    outline, calls = Outline(), Calls()
    for item in decode_lines(data, _LINE):
        if isinstance(item, BadRecord):
            yield item
        elif (step := step_of(*item)) is None:
            yield bad_line(item[0], "not a line of a rollout: it has no type")
        else:
            steps.append(step)
            outline.note(step)
            if step.group == "event_msg":
                calls.foresee(step)
    headers = [step for step in steps if step.group == "session_meta"]
    header = _own_header(headers, artifact)
    meta = header.payload if header is not None else Payload()
    own_id = text_of(meta.id) or text_of(meta.session_id)
    is_subagent = _is_subagent(meta)
    parent = _parent(meta, is_subagent=is_subagent)
    is_copy = parent is not None or len({text_of(each.payload.id) for each in headers}) > 1
    stream = Stream(outline, calls, is_subagent=is_subagent, is_copy=is_copy, own_id=own_id)
    stream.directory = stream.first_directory = text_of(meta.cwd)
    for step in steps:
        stream.take(step)
    stream.finish()
    if header is None and not stream.entries:
        return
    session = _session(meta, stream, artifact)
    session.place = header.place if header is not None else stream.entries[0].place
    session.parent_native_session_id, session.is_subagent = parent, is_subagent
    session.started_at = session.started_at or (header.at if header is not None else None)
    yield session
    yield from stream.entries
    yield from calls.calls
    yield from calls.edits
    yield from stream.events


def _session(meta: Payload, stream: Stream, artifact: Artifact) -> Session:
    entries = stream.entries
    own = [entry for entry in entries if not entry.is_copied_context] or entries
    times = [entry.occurred_at for entry in own if entry.occurred_at is not None]
    named = _FILE_UUID.search(artifact.name.removesuffix(".jsonl"))
    native_id = text_of(meta.id) or text_of(meta.session_id) or (named[1] if named is not None else None)
    models = (event.to_value for event in stream.events if event.event_type == "model_change")
    git = table(meta.git)
    return Session(
        native_session_id=native_id or artifact.name.removesuffix(".jsonl"),
        telemetry="session_jsonl",
        origin=_origin(meta),
        repository_url=text_of(git.get("repository_url")),
        git_branch=text_of(git.get("branch")),
        git_commit=text_of(git.get("commit_hash")),
        agent_type="codex",
        agent_version=text_of(meta.cli_version),
        model_id=next((entry.model_id for entry in own if entry.model_id), None) or next(models, None),
        working_directory=stream.first_directory,
        started_at=moment(meta.timestamp) or min(times, default=None),
        finished_at=max(times, default=None),
    )


def _own_header(headers: list[Step], artifact: Artifact) -> Step | None:
    """The header of the file's own thread: the one that the file name tells, else the first."""
    named = _FILE_UUID.search(artifact.name.removesuffix(".jsonl").lower())
    if named is not None:
        for header in headers:
            if (text_of(header.payload.id) or "").lower() == named[1]:
                return header
    return headers[0] if headers else None


def _is_subagent(meta: Payload) -> bool:
    return "subagent" in table(meta.source) or meta.thread_source == "subagent"


def _parent(meta: Payload, *, is_subagent: bool) -> str | None:
    """The thread that this one was forked from or works for."""
    spawned = table(table(table(meta.source).get("subagent")).get("thread_spawn"))
    asked = text_of(spawned.get("parent_thread_id")) or text_of(meta.parent_thread_id)
    forked = text_of(meta.forked_from_id)
    parents = (asked, forked) if is_subagent else (forked, asked)
    own_id = text_of(meta.id)
    return next((parent for parent in parents if parent and parent != own_id), None)


def _origin(meta: Payload) -> str | None:
    """`<originator>/<source>`, or the one of them that is there."""
    source: Any = meta.source
    if isinstance(source, dict):
        source = next(iter(source), None)
    told = [text for text in (text_of(meta.originator), text_of(source)) if text]
    return "/".join(told) or None


def _is_rollout_line(line: _SniffedLine) -> bool:
    if line.type is None:
        return line.record_type == "state" or bool(line.id and line.timestamp and line.instructions)
    if line.type == "message":
        return line.role is not None and _is_item_content(line.content)
    return line.type in _GROUPS and bytes(line.payload).startswith(b"{")


def _is_item_content(raw: msgspec.Raw) -> bool:
    try:
        parts = _SNIFFED_PARTS.decode(raw)
    except _FAILURES:
        return False
    return any(part.type in ("input_text", "output_text") for part in parts)
