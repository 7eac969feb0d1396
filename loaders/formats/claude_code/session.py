"""Session files of Claude Code (JSON Lines), with the streams of sub-agents that lie in them or beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import cast

import msgspec

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.claude_code.kinds import user_entry
from loaders.formats.claude_code.lines import FAILURES, NO_RAW, Line, LineDecoder
from loaders.formats.claude_code.stream import Context, Stream
from loaders.json_lines import bad_line, decode_lines
from loaders.tables import BadRecord, Record, Session
from loaders.values import utc

NAME = "claude_code"
VERSION = "1"
IDENTITY = "content"

_SNIFFED_LINES = 20
_CUT_LINE = re.compile(
    rb'\s*\{\s*"parentUuid"\s*:\s*(?:null|"[^"]*")\s*,\s*(?:"logicalParentUuid"\s*:\s*"[^"]*"\s*,\s*)?"isSidechain"\s*:'
)
_CONVERSATION = frozenset({"user", "assistant", "system", "attachment", "progress"})
_CLEAR = "<command-name>/clear</command-name>"


class _SniffedLine(msgspec.Struct, gc=False, rename="camel"):
    type: str
    session_id: str | None = None
    uuid: str | None = None
    leaf_uuid: str | None = None
    message_id: str | None = None
    operation: str | None = None
    harness: msgspec.Raw = NO_RAW
    payload: msgspec.Raw = NO_RAW


class _SniffedParts(msgspec.Struct, gc=False):
    parts: msgspec.Raw = NO_RAW


class _SniffedMessage(msgspec.Struct, gc=False):
    message: _SniffedParts | None = None


_SNIFFED_LINE = msgspec.json.Decoder(_SniffedLine)
_SNIFFED_MESSAGE = msgspec.json.Decoder(_SniffedMessage)
_LINE = cast("msgspec.json.Decoder[Line]", LineDecoder())


def matches(artifact: Artifact) -> bool:
    """A .jsonl among whose first lines stands one of the conversation, with its `uuid` and `sessionId`.

    A file that holds nothing but notes of Claude Code's (`summary`, `queue-operation`, ...) is its too. Lines with a
    `harness` are another agent's, and so are messages in `parts`.
    """
    if artifact.logical_path.suffix != ".jsonl":
        return False
    is_note_seen = False
    for line in islice((line for line in artifact.head.split(b"\n") if line.strip()), _SNIFFED_LINES):
        try:
            sniffed = _SNIFFED_LINE.decode(line)
        except FAILURES:
            if _CUT_LINE.match(line):
                return True
            continue
        if sniffed.harness or sniffed.payload or _has_parts(line):
            return False
        if sniffed.type in _CONVERSATION and sniffed.uuid and sniffed.session_id:
            return True
        is_note_seen = is_note_seen or _is_note(sniffed)
    return is_note_seen


def flatten(artifact: Artifact) -> Iterator[Record]:
    """A session for the conversation and one for each sub-agent in the file, with all that they hold."""
    data = artifact.data
    if not data.strip():
        raise UnreadableArtifactError("the file is empty")
    file = _File(artifact)
    for item in decode_lines(data, _LINE):
        if isinstance(item, BadRecord):
            yield item
        elif item[1].type is None:
            yield bad_line(item[0], "not a session line: it has no type")
        else:
            file.take(*item)
    yield from file.records()


class _File:
    """The streams of one file: the conversation, cut where the user cleared it, then the sub-agents."""

    def __init__(self, artifact: Artifact) -> None:
        self.stem = artifact.name.removesuffix(".jsonl")
        folders = artifact.directory.parts
        self.parent_folder = folders[folders.index("subagents") - 1] if "subagents" in folders[1:] else None
        self.conversation: list[Stream] = []
        self.agents: dict[str, Stream] = {}
        """Sub-agents by the agent's id, or the uuid of their first line where they have none."""
        self.begun_in: dict[str, int] = {}
        """Of each sub-agent the part of the conversation in which its first line stands."""
        self._agent_of: dict[str, str] = {}
        self._last_agent: str | None = None
        self._seen: set[tuple[str, object]] = set()

    def take(self, number: int, line: Line) -> None:
        """One decoded line. What is no part of the conversation (a title, a snapshot) has no uuid and lands nothing."""
        if line.uuid is None and not (line.type in ("user", "assistant") and line.message is not None):
            return
        written_at = utc(line.timestamp, unit="ms")
        if line.uuid is not None and written_at is not None:
            if (line.uuid, written_at) in self._seen:
                return
            self._seen.add((line.uuid, written_at))
        is_agent = line.is_sidechain or (line.agent_id is not None and self.stem == f"agent-{line.agent_id}")
        stream = self._agent(line) if is_agent else self._part(line)
        stream.take(line, f"line {number}")

    def records(self) -> Iterator[Record]:
        """Sessions, then the rows of each stream."""
        own_id = self._own_id()
        agents = list(self.agents.items())
        streams = [*self.conversation, *(stream for _, stream in agents)]
        first_id = own_id or self.stem
        ids = [first_id, *(f"{first_id}/clear-{part.entries[0].entry_id}" for part in self.conversation[1:])]
        sessions = []
        for index, part in enumerate(self.conversation):
            session = _session(part, index, ids[index], own_id)
            if index:
                session.parent_session_index, session.parent_native_session_id = index - 1, ids[index - 1]
            else:
                session.parent_native_session_id = _copied_from(part, own_id)
            sessions.append(session)
        for key, stream in agents:
            parent = self.begun_in[key] if self.conversation else None
            parent_id = self._parent_of_agent(stream) if parent is None else ids[parent]
            native_id = f"{parent_id}/agent-{key}" if parent_id else f"agent-{key}"
            session = _session(stream, len(sessions), native_id, own_id if self.conversation else None)
            session.is_subagent = True
            session.parent_session_index, session.parent_native_session_id = parent, parent_id
            sessions.append(session)
        for session, stream in zip(sessions, streams, strict=True):
            stream.finish(session.session_index)
            for link in stream.git_links:
                link.native_session_id = session.native_session_id
        yield from sessions
        for stream in streams:
            yield from stream.records()

    def _part(self, line: Line) -> Stream:
        if not self.conversation:
            self.conversation.append(Stream(is_subagent=False))
        elif _is_clear(line) and any(entry.role == "assistant" for entry in self.conversation[-1].entries):
            # What was said before is out of the context: this is a conversation of its own.
            self.conversation.append(Stream(is_subagent=False))
        return self.conversation[-1]

    def _agent(self, line: Line) -> Stream:
        """The sub-agent that a line belongs to: by its id, else by the line that it follows."""
        key, parent = line.agent_id, line.parent_uuid
        if key is None and parent is msgspec.UNSET:
            key = self._last_agent
        elif key is None and isinstance(parent, str):
            key = self._agent_of.get(parent) or (self._last_agent if self._is_lost(parent) else None)
        if key is None:
            key = line.uuid or "unknown"
        if key not in self.agents:
            self.agents[key] = Stream(is_subagent=True)
            self.begun_in[key] = max(len(self.conversation) - 1, 0)
        if line.uuid is not None:
            self._agent_of.setdefault(line.uuid, key)
        self._last_agent = key
        return self.agents[key]

    def _is_lost(self, uuid: str) -> bool:
        return not any(uuid in stream.tree for stream in self.conversation)

    def _own_id(self) -> str | None:
        """The session that the file is of: the one that names it, else that of its last line."""
        parts = self.conversation or self.agents.values()
        named = [context.session_id for part in parts for context in part.contexts if context.session_id]
        return self.stem if self.stem in named else next(reversed(named), None)

    def _parent_of_agent(self, stream: Stream) -> str | None:
        """In a file of its own a sub-agent carries the session of its parent, which the folder names as well."""
        own = {self.stem, *(f"agent-{context.agent_id}" for context in stream.contexts)}
        named = (context.session_id for context in reversed(stream.contexts) if context.session_id)
        return next((session_id for session_id in named if session_id not in own), self.parent_folder)


def _session(stream: Stream, index: int, native_id: str | None, own_id: str | None) -> Session:
    """The session of a stream; marks its entries that were copied from another one."""
    for entry, context in zip(stream.entries, stream.contexts, strict=True):
        if own_id is not None:
            entry.is_copied_context = _is_copied(context, own_id)
    own = [entry for entry in stream.entries if not entry.is_copied_context] or stream.entries
    contexts = [stream.contexts[entry.entry_index] for entry in own]
    times = [entry.occurred_at for entry in own if entry.occurred_at is not None]
    return Session(
        place=stream.entries[0].place,
        session_index=index,
        native_session_id=native_id,
        telemetry="session_jsonl",
        origin=next((context.origin for context in contexts if context.origin), None),
        git_branch=next((context.git_branch for context in contexts if context.git_branch), None),
        agent_type="claude-code",
        agent_version=next((context.agent_version for context in contexts if context.agent_version), None),
        model_id=next((entry.model_id for entry in own if entry.model_id), None),
        working_directory=next((context.working_directory for context in contexts if context.working_directory), None),
        started_at=min(times, default=None),
        finished_at=max(times, default=None),
    )


def _is_copied(context: Context, own_id: str) -> bool:
    is_other = context.session_id is not None and context.session_id != own_id
    return is_other or (context.forked_from is not None and context.forked_from != own_id)


def _copied_from(stream: Stream, own_id: str | None) -> str | None:
    """The session that the file goes on from: the one copied last."""
    for context in reversed(stream.contexts):
        if own_id is not None and _is_copied(context, own_id):
            return context.forked_from or context.session_id
    return None


def _is_clear(line: Line) -> bool:
    if line.type != "user":
        return False
    entry_type, text = user_entry(line)
    return entry_type == "command" and text is not None and _CLEAR in text


def _is_note(line: _SniffedLine) -> bool:
    match line.type:
        case "summary":
            return bool(line.leaf_uuid)
        case "file-history-snapshot":
            return bool(line.message_id)
        case "queue-operation":
            return bool(line.session_id and line.operation)
        case _:
            return False


def _has_parts(line: bytes) -> bool:
    try:
        message = _SNIFFED_MESSAGE.decode(line).message
    except FAILURES:
        return False
    return message is not None and bool(message.parts)
