"""The sub-agents whose results stand in the details of a tool's result, as streams of their own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from loaders.formats.pi.fields import FAILURES, Message, Usage, instant, lenient
from loaders.formats.pi.messages import AgentResults, MessageStream
from loaders.tables import Entry, Record, Session


class AgentResult(msgspec.Struct, gc=False, rename="camel"):
    """What one sub-agent did: its messages (pi's example extension), or its usage alone (oh-my-pi)."""

    messages: list[msgspec.Raw] | None = None
    usage: Usage | None = None
    model: str | None = None
    resolved_model: str | None = None


@dataclass
class _Agents:
    """The sub-agents of one stream, which are told in its tool results."""

    session: Session
    results: list[AgentResults]


_RESULTS = msgspec.json.Decoder(list[msgspec.Raw])
_RESULT = msgspec.json.Decoder(AgentResult)
_MESSAGE = msgspec.json.Decoder(Message)
_USAGE_FIELDS = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "usage_basis",
    "cost_usd",
)


def agent_records(session: Session, stream: MessageStream) -> Iterator[Record]:
    """A stream for each result of a sub-agent, those that sub-agents started included.

    `session` and `stream` are what the file itself lands as. A result that is no object is left out, and so is a
    message that is none: the line that holds them has landed.
    """
    next_index = session.session_index + 1
    waiting = deque([_Agents(session, stream.agents)])
    while waiting:
        parent = waiting.popleft()
        for told in parent.results:
            for number, raw in enumerate(_parts(told.results)):
                result = _decoded(raw)
                if result is None:
                    continue
                own, agent = _agent(parent.session, told, result, number, next_index)
                next_index += 1
                waiting.append(_Agents(own, agent.agents))
                yield own
                yield from agent.entries
                yield from agent.calls
                yield from agent.edits
                yield from agent.events


def _agent(
    parent: Session, told: AgentResults, result: AgentResult, number: int, index: int
) -> tuple[Session, MessageStream]:
    call = told.call
    stream = MessageStream(index)
    for raw in result.messages or ():
        message = _decoded_message(raw)
        if message is not None:
            # A message is dated when it began, which for all but an answer is when it was written.
            written_at = None if message.role == "assistant" else instant(message.timestamp)
            stream.add_message(message, told.place, written_at)
    if result.usage is not None and all(entry.usage_basis is None for entry in stream.entries):
        total = stream.add_entry("usage_total", told.place, call.result_at, usage=result.usage)
        total.model_id = result.model or result.resolved_model
    if told.is_usage_told:
        for entry in stream.entries:
            _clear_usage(entry)
    times = [moment for entry in stream.entries if (moment := entry.occurred_at or entry.message_at) is not None]
    call_name = call.tool_call_id or f"{call.entry_index}.{call.call_index}"
    session = Session(
        place=told.place,
        session_index=index,
        native_session_id=f"{parent.native_session_id}/agent-{call_name}-{number}",
        telemetry=parent.telemetry,
        format_version=parent.format_version,
        parent_session_index=parent.session_index,
        is_subagent=True,
        agent_type=parent.agent_type,
        model_id=next((entry.model_id for entry in stream.entries if entry.model_id), None)
        or result.model
        or result.resolved_model,
        working_directory=call.working_directory or parent.working_directory,
        started_at=min([*times, call.called_at] if call.called_at is not None else times, default=None),
        finished_at=call.result_at or max(times, default=None),
    )
    return session, stream


def _parts(raw: msgspec.Raw) -> list[msgspec.Raw]:
    try:
        return _RESULTS.decode(raw)
    except FAILURES:
        return []


def _decoded(raw: msgspec.Raw) -> AgentResult | None:
    try:
        return _RESULT.decode(raw)
    except FAILURES:
        return lenient(raw, AgentResult)


def _decoded_message(raw: msgspec.Raw) -> Message | None:
    try:
        return _MESSAGE.decode(raw)
    except FAILURES:
        return lenient(raw, Message)


def _clear_usage(entry: Entry) -> None:
    """The tool's result counts it already."""
    for name in _USAGE_FIELDS:
        setattr(entry, name, None)
