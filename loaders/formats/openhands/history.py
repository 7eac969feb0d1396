"""The events of a line: those of OpenHands 0.x, in pairs or in a row, and those of its SDK (1.x)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from loaders.formats.openhands.fields import (
    Answer,
    CallMetadata,
    Choice,
    Event,
    Output,
    Response,
    SdkCall,
    SdkEvent,
    SdkMessage,
)
from loaders.formats.openhands.stream import Stream
from loaders.formats.shared.telemetry import content_text
from loaders.salvage import read_element, read_whole
from loaders.tables import BadRecord, Record, Session

_MESSAGES = {"message", "system"}
_INTERNAL = {
    "recall",
    "change_agent_state",
    "null",
    "condensation_request",
    "loop_recovery",
    "start",
    "pause",
    "resume",
}
_SILENT = {"agent_state_changed", "null", "recall", "loop_detection"}
_ROLES = {"user": "user", "agent": "assistant"}


class _Probe(msgspec.Struct):
    kind: str | None = None


def history_records(output: Output, session: Session) -> Iterator[Record]:
    """The session with everything in it, then what could not be read."""
    usages = (output.metrics.token_usages if output.metrics else None) or []
    by_response = {usage.response_id: usage for usage in usages if usage.response_id}
    stream = Stream(session, by_response)
    bad: list[BadRecord] = []
    for place, raw in _flat(output.history or [], f"{session.place}/history"):
        probe = read_whole(raw, _Probe)
        if probe is not None and probe.kind is not None:
            sdk_event: SdkEvent | None = read_element(raw, SdkEvent, place, bad)
            if sdk_event is not None:
                _sdk(stream, sdk_event, place)
            continue
        event: Event | None = read_element(raw, Event, place, bad)
        if event is not None:
            _event(stream, event, place)
    yield from stream.records()
    for problem in bad:
        problem.line_number = int(session.place.removeprefix("line "))
    yield from bad


def _flat(history: list[msgspec.Raw], place: str) -> Iterator[tuple[str, msgspec.Raw]]:
    for number, raw in enumerate(history):
        pair = read_whole(raw, list[msgspec.Raw])
        if pair is None:
            yield f"{place}/{number}", raw
        else:
            yield from ((f"{place}/{number}/{index}", part) for index, part in enumerate(pair))


def _event(stream: Stream, event: Event, place: str) -> None:
    if event.action is not None:
        _action(stream, event, event.action, place)
    elif event.observation is not None:
        _observation(stream, event, event.observation, place)


def _action(stream: Stream, event: Event, action: str, place: str) -> None:
    args = event.args or {}
    if action == "condensation":
        stream.compaction(place, event.timestamp)
    elif event.source == "agent" and action not in _INTERNAL and action != "system":
        metadata = event.tool_call_metadata or CallMetadata()
        response = metadata.model_response or Response()
        choice = (response.choices or [Choice()])[0]
        answer = choice.message or Answer()
        text = content_text(answer.content) or _text(args, "thought", "content" if action == "message" else "")
        entry = stream.answer(
            place,
            response.id,
            text,
            answer.reasoning_content,
            event.timestamp,
            response.usage,
            stop_reason=choice.finish_reason,
        )
        if action in _MESSAGES:
            return
        asked = next((call for call in answer.tool_calls or () if call.id == metadata.tool_call_id and call.id), None)
        arguments = asked.function.arguments if asked is not None and asked.function is not None else None
        stream.call(
            place,
            entry,
            metadata.function_name or action,
            {name: value for name, value in args.items() if name != "thought"} if arguments is None else arguments,
            event.timestamp,
            _key(event.id),
            call_id=metadata.tool_call_id,
        )
    elif action in _MESSAGES:
        role = "system" if action == "system" else _ROLES.get(event.source or "")
        stream.message(place, role, _text(args, "content"), event.timestamp)


def _observation(stream: Stream, event: Event, observation: str, place: str) -> None:
    extras = event.extras or {}
    metadata = extras.get("metadata")
    exit_code = extras.get("exit_code", metadata.get("exit_code") if isinstance(metadata, dict) else None)
    is_error = True if observation == "error" else None
    text = content_text(event.content)
    call_id = event.tool_call_metadata.tool_call_id if event.tool_call_metadata else None
    joined = stream.result(
        text,
        event.timestamp,
        _key(event.cause),
        call_id,
        is_error=is_error,
        is_rejected=True if observation == "user_rejected" else None,
        exit_code=_whole(exit_code),
    )
    if not joined and observation not in _SILENT and text:
        stream.message(place, "tool", text, event.timestamp, entry_type="observation", is_error=is_error)


def _sdk(stream: Stream, event: SdkEvent, place: str) -> None:
    message = event.llm_message or SdkMessage()
    if event.kind == "ActionEvent":
        entry = stream.answer(
            place, event.llm_response_id, content_text(event.thought), event.reasoning_content, event.timestamp
        )
        arguments = (event.tool_call or SdkCall()).arguments
        action = {name: value for name, value in (event.action or {}).items() if name != "kind"}
        stream.call(
            place,
            entry,
            event.tool_name or "unknown",
            action if arguments is None else arguments,
            event.timestamp,
            event.id,
            call_id=event.tool_call_id,
        )
    elif event.kind == "MessageEvent" and event.source == "agent":
        stream.answer(
            place, event.llm_response_id, content_text(message.content), message.reasoning_content, event.timestamp
        )
    elif event.kind in ("MessageEvent", "SystemPromptEvent"):
        prompt = event.system_prompt
        given = content_text(prompt.content) if isinstance(prompt, SdkMessage) else prompt
        role = "system" if event.kind == "SystemPromptEvent" else _ROLES.get(event.source or "")
        stream.message(place, role, given or content_text(message.content), event.timestamp)
    elif event.kind in ("ObservationEvent", "AgentErrorEvent", "UserRejectObservation"):
        _sdk_result(stream, event)
    elif event.kind == "Condensation":
        stream.compaction(place, event.timestamp)


def _sdk_result(stream: Stream, event: SdkEvent) -> None:
    observation = event.observation or {}
    metadata = observation.get("metadata")
    exit_code = observation.get("exit_code")
    if exit_code is None and isinstance(metadata, dict):
        exit_code = metadata.get("exit_code")
    is_error = observation.get("is_error")
    stream.result(
        event.error or _sdk_text(observation),
        event.timestamp,
        event.action_id,
        event.tool_call_id,
        is_error=True if event.kind == "AgentErrorEvent" else is_error if isinstance(is_error, bool) else None,
        is_rejected=True if event.kind == "UserRejectObservation" else None,
        exit_code=_whole(exit_code),
    )


def _sdk_text(observation: dict[str, Any]) -> str | None:
    for name in ("content", "output", "error"):
        value = observation.get(name)
        if isinstance(value, str):
            return value
        if isinstance(value, list):
            texts = [part["text"] for part in value if isinstance(part, dict) and isinstance(part.get("text"), str)]
            return "\n".join(texts) if texts else None
    return None


def _text(values: dict[str, Any], *names: str) -> str | None:
    return next((value for name in names if isinstance(value := values.get(name), str) and value), None)


def _key(identity: int | str | None) -> str | None:
    return None if identity is None else f"event {identity}"


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31 else None
