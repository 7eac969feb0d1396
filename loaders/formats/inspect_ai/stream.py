"""The stream of a sample: its final messages, each with the clock and the usage of the model call that made it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from loaders.formats.inspect_ai.fields import Call, Content, Event, Message, Output, Part, Sample, ToolError
from loaders.formats.inspect_ai.transcript import Transcript, read_transcript
from loaders.formats.inspect_ai.usage import tokens
from loaders.formats.shared.telemetry import file_edits, tool_arguments
from loaders.tables import BadRecord, Entry, Record, Session, SessionEvent, ToolCall
from loaders.values import utc

_ROLES = frozenset({"user", "assistant", "tool", "system"})
_ATTACHMENT = "attachment://"
_REFUSED = "approval"


class _Thinking(NamedTuple):
    text: str | None
    lengths: list[int]


def stream_records(sample: Sample, session: Session, session_indexes: Iterator[int]) -> Iterator[Record]:
    """The session with its entries, calls, edits and compactions; calls of models that no message shows follow apart.

    Those are the calls of sub-agents, and of the agent itself before its messages were compacted.
    """
    yield session
    attachments = sample.attachments or {}
    transcript = read_transcript(sample.events or [])
    messages = sample.messages or []
    shown = {message.id for message in messages if message.id is not None}
    yield from _messages(messages, transcript, session, attachments)
    for event in transcript.compactions:
        yield SessionEvent(
            place=session.place,
            session_index=session.session_index,
            entry_index=max(0, len(messages) - 1),
            event_type="compaction",
            occurred_at=utc(event.timestamp),
            tokens_before=event.tokens_before,
            tokens_after=event.tokens_after,
        )
    hidden = [made.message for made in transcript.answers if made.message.id not in shown]
    if hidden and shown:
        inner = Session(
            place=f"{session.place}/events",
            session_index=next(session_indexes),
            telemetry=session.telemetry,
            trial_directory=session.trial_directory,
            parent_session_index=session.session_index,
            parent_native_session_id=session.native_session_id,
            is_subagent=True,
            agent_type=session.agent_type,
            model_id=session.model_id,
            is_usage_reported=True,
            is_result_text_reported=True,
        )
        yield inner
        yield from _messages(hidden, transcript, inner, attachments)


def message_text(content: Content, attachments: dict[str, str]) -> str | None:
    """The text of a message, or the text of its parts joined by newlines; what stands apart is put back."""
    if content is None or isinstance(content, str):
        return _resolved(content, attachments)
    texts = [_resolved(part.text, attachments) for part in content if part.type in (None, "text")]
    known = [text for text in texts if text is not None]
    return "\n".join(known) if known else None


def _messages(
    messages: Sequence[Message], transcript: Transcript, session: Session, attachments: dict[str, str]
) -> Iterator[Record]:
    waiting: dict[str, ToolCall] = {}
    edits: list[Record] = []
    by_order = None if any(message.id for message in messages) else iter(transcript.answers)
    for entry_index, message in enumerate(messages):
        place = f"{session.place}/messages/{entry_index}"
        is_call = message.role == "assistant" and message.source != "input"
        made = transcript.by_message.get(message.id or "")
        if by_order is not None and is_call:
            made = next(by_order, None)
        entry = _entry(message, made.event if made else None, session, entry_index, place, attachments, is_call)
        if message.role == "tool" and isinstance(call_id := message.tool_call_id, str):
            asked = waiting.get(call_id)
            if asked is not None and not asked.has_result:
                _join(asked, entry, message.error, transcript.tools.get(call_id))
                entry.text = None
        yield entry
        for call_index, request in enumerate(message.tool_calls or () if message.role == "assistant" else ()):
            if request.function is None:
                yield BadRecord(place=f"{place}/tool_calls/{call_index}", reason="a tool call without a name")
                continue
            call = _call(request, request.function, entry, call_index, transcript, attachments)
            waiting[request.id or f"{entry_index}/{call_index}"] = call
    for call in waiting.values():
        yield call
        given = tool_arguments(call.tool_name, call.arguments)
        if call.is_error is not True and given.path_argument is not None:
            edits.extend(
                file_edits(
                    call.tool_name,
                    given,
                    session_index=call.session_index,
                    entry_index=call.entry_index,
                    call_index=call.call_index,
                    place=call.place,
                )
            )
    yield from edits


def _entry(
    message: Message,
    event: Event | None,
    session: Session,
    entry_index: int,
    place: str,
    attachments: dict[str, str],
    is_call: bool,
) -> Entry:
    output = event.output if event is not None and isinstance(event.output, Output) else Output()
    used = tokens(output.usage)
    thinking = _thinking(message.content if isinstance(message.content, list) else [], attachments)
    return Entry(
        place=place,
        session_index=session.session_index,
        entry_index=entry_index,
        entry_id=message.id,
        entry_type="observation" if message.role == "tool" else "message",
        role=message.role if message.role in _ROLES else None,
        occurred_at=utc((event.completed or event.timestamp) if event else None),
        message_at=utc(event.timestamp if event else None),
        message_id=message.id,
        model_id=(output.model or message.model or session.model_id) if is_call else None,
        text=message_text(message.content, attachments),
        thinking_text=thinking.text,
        thinking_block_lengths=thinking.lengths,
        is_llm_call=is_call,
        input_tokens=used.input_tokens,
        cache_read_tokens=used.cache_read_tokens,
        cache_write_tokens=used.cache_write_tokens,
        output_tokens=used.output_tokens,
        reasoning_tokens=used.reasoning_tokens,
        usage_basis=used.usage_basis,
        cost_usd=used.cost_usd,
        stop_reason=output.choices[0].stop_reason if output.choices else None,
    )


def _call(
    request: Call, name: str, entry: Entry, call_index: int, transcript: Transcript, attachments: dict[str, str]
) -> ToolCall:
    arguments = request.arguments
    if isinstance(arguments, dict):
        arguments = {
            key: _resolved(value, attachments) if isinstance(value, str) else value for key, value in arguments.items()
        }
    given = tool_arguments(name, arguments if isinstance(arguments, dict | str) else None)
    ran = transcript.tools.get(request.id or "")
    return ToolCall(
        place=f"{entry.place}/tool_calls/{call_index}",
        session_index=entry.session_index,
        entry_index=entry.entry_index,
        call_index=call_index,
        tool_call_id=request.id,
        tool_name=name,
        sub_command=given.sub_command,
        arguments=given.arguments,
        command=given.command,
        path_argument=given.path_argument,
        pattern_argument=given.pattern_argument,
        working_directory=given.working_directory,
        called_at=utc(ran.timestamp) if ran else entry.occurred_at,
    )


def _join(call: ToolCall, entry: Entry, error: ToolError | None, ran: Event | None) -> None:
    call.has_result = True
    call.result_text = entry.text
    call.result_length = None if entry.text is None else len(entry.text)
    call.is_error = error is not None
    call.is_rejected = True if error is not None and error.type == _REFUSED else None
    if ran is not None:
        call.result_at = entry.occurred_at = utc(ran.completed)
        call.is_result_truncated = True if ran.truncated else None
        if call.result_at is not None and call.called_at is not None:
            call.duration_s = max(0.0, (call.result_at - call.called_at).total_seconds())


def _thinking(parts: Sequence[Part], attachments: dict[str, str]) -> _Thinking:
    blocks = [part for part in parts if part.type == "reasoning"]
    texts = [_resolved(part.summary if part.redacted else part.reasoning, attachments) for part in blocks]
    lengths = [0 if part.redacted else len(_resolved(part.reasoning, attachments) or "") for part in blocks]
    known = [text for text in texts if text]
    return _Thinking("\n\n".join(known) if known else None, lengths)


def _resolved(text: str | None, attachments: dict[str, str]) -> str | None:
    if text is None or not text.startswith(_ATTACHMENT):
        return text
    return attachments.get(text.removeprefix(_ATTACHMENT), text)
