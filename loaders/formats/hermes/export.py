"""Session exports of hermes-agent (`hermes sessions export`): one session of its database a line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.harbor.fields import finite_number, whole_number
from loaders.formats.hermes.blocks import Call, decoded_json, split_answer
from loaders.formats.hermes.stream import AGENT_TYPE, HermesStream, content_id
from loaders.formats.rows.instance_rows import object_keys
from loaders.json_lines import decode_lines
from loaders.tables import BadRecord, Record, Session
from loaders.values import utc

NAME = "hermes_export"
VERSION = "1"
IDENTITY = "content"

_SNIFFED_LINES = 20
_KEYS = frozenset((b"source", b"started_at"))
_OTHER_KEYS = frozenset(
    (b"end_reason", b"message_count", b"model_config", b"parent_session_id", b"system_prompt", b"tool_call_count")
)
_DELEGATED = "subagent"
_UNKNOWN = "unknown"


class _Export(msgspec.Struct, gc=False):
    """What is read of a session. Nothing is typed, so that an odd field does not cost the session."""

    id: Any = None
    source: Any = None
    user_id: Any = None
    model: Any = None
    model_config: Any = None
    parent_session_id: Any = None
    started_at: Any = None
    ended_at: Any = None
    end_reason: Any = None
    input_tokens: Any = None
    output_tokens: Any = None
    cache_read_tokens: Any = None
    cache_write_tokens: Any = None
    reasoning_tokens: Any = None
    cwd: Any = None
    git_branch: Any = None
    estimated_cost_usd: Any = None
    actual_cost_usd: Any = None
    cost_status: Any = None
    api_call_count: Any = None
    messages: Any = None


_EXPORT = msgspec.json.Decoder(_Export)


def matches(artifact: Artifact) -> bool:
    """A .jsonl whose lines have the columns of hermes-agent's session table."""
    if artifact.logical_path.suffix != ".jsonl" or b'"started_at"' not in artifact.head:
        return False
    lines = islice((line for line in artifact.head.split(b"\n") if line.strip()), _SNIFFED_LINES)
    return any(keys >= _KEYS and len(keys & _OTHER_KEYS) > 1 for keys in map(object_keys, lines))


def flatten(artifact: Artifact) -> Iterator[Record]:
    """The session of each line with its entries, calls, edits and events; a bad line or message costs itself alone."""
    data = artifact.data
    if not data.strip():
        raise UnreadableArtifactError("the file is empty")
    session_index = 0
    for item in decode_lines(data, _EXPORT):
        if isinstance(item, BadRecord):
            yield item
            continue
        number, export = item
        place = f"line {number}"
        if export.id is None and not isinstance(export.messages, list):
            yield BadRecord(place=place, line_number=number, reason="not a session: it has neither id nor messages")
            continue
        stream = HermesStream(_session(export, place, session_index))
        session_index += 1
        for index, message in enumerate(export.messages if isinstance(export.messages, list) else ()):
            message_place = f"{place}/messages/{index}"
            role = message.get("role") if isinstance(message, dict) else None
            if isinstance(role, str):
                _take(stream, message, role, message_place)
            else:
                yield BadRecord(place=message_place, line_number=number, reason="a message without a role")
        _set_times(stream)
        yield from stream.records()


def _session(export: _Export, place: str, session_index: int) -> Session:
    delegated_from = _delegated_from(export.model_config)
    cost = finite_number(export.actual_cost_usd)
    if cost is None and export.cost_status != _UNKNOWN:
        cost = finite_number(export.estimated_cost_usd)
    return Session(
        place=place,
        session_index=session_index,
        native_session_id=_string(export.id) or content_id(export.messages),
        telemetry="session_export",
        parent_native_session_id=_string(export.parent_session_id) or delegated_from,
        is_subagent=delegated_from is not None or export.source == _DELEGATED,
        user_id=_string(export.user_id),
        origin=_string(export.source),
        git_branch=_string(export.git_branch),
        agent_type=AGENT_TYPE,
        model_id=_string(export.model),
        working_directory=_string(export.cwd),
        started_at=_instant(export.started_at),
        finished_at=_instant(export.ended_at),
        exit_status=_string(export.end_reason),
        total_cost_usd=cost,
        total_input_tokens=whole_number(export.input_tokens),
        total_cache_read_tokens=whole_number(export.cache_read_tokens),
        total_cache_write_tokens=whole_number(export.cache_write_tokens),
        total_output_tokens=whole_number(export.output_tokens),
        total_reasoning_tokens=whole_number(export.reasoning_tokens),
        llm_call_count=whole_number(export.api_call_count),
        is_usage_reported=False,
        is_result_text_reported=True,
    )


def _take(stream: HermesStream, message: dict[str, Any], role: str, place: str) -> None:
    number = whole_number(message.get("id"))
    content = message.get("content")
    text = _text(content)
    entry = stream.add_entry(
        "message",
        role if role in ("user", "assistant", "system", "tool") else None,
        place,
        text,
        _instant(message.get("timestamp")),
        entry_id=None if number is None else str(number),
        on_active_path=_is_active(message),
    )
    if role == "assistant":
        answer = split_answer(text or "", 0) if (text or "").lstrip().startswith("<think>") else None
        reasoning = _string(message.get("reasoning")) or _string(message.get("reasoning_content"))
        entry.text = answer.text if answer is not None else text or ""
        entry.thinking_text = reasoning or (answer.thinking_text if answer is not None else None)
        entry.thinking_block_lengths = [] if entry.thinking_text is None else [len(entry.thinking_text)]
        entry.model_id = stream.session.model_id
        entry.stop_reason = _string(message.get("finish_reason"))
        stream.mark_answer(entry, _calls(message.get("tool_calls")))
    elif role == "user":
        if _flag(message.get("observed")):
            # Said in a group that the agent listens to, but not to the agent.
            entry.entry_type = "meta"
        else:
            stream.mark_prompt(entry)
    elif role == "tool":
        entry.entry_type, entry.text = "tool_result", None
        call_id, tool_name = _string(message.get("tool_call_id")), _string(message.get("tool_name"))
        stream.set_result(entry, content, call_id, tool_name)
    elif entry.role is None:
        entry.entry_type = role


def _calls(value: Any) -> list[tuple[str | None, Call]]:
    """(id, call) of each call of an answer: a list of OpenAI's shape, or the JSON text of one."""
    if isinstance(value, str):
        value = decoded_json(value)
    calls = []
    for element in value if isinstance(value, list) else ():
        function = element.get("function") if isinstance(element, dict) else None
        name = function.get("name") if isinstance(function, dict) else None
        if isinstance(function, dict) and isinstance(name, str) and name:
            call_id = _string(element.get("call_id")) or _string(element.get("id"))
            calls.append((call_id, Call(name, function.get("arguments"))))
    return calls


def _set_times(stream: HermesStream) -> None:
    times = [entry.occurred_at for entry in stream.entries if entry.occurred_at is not None]
    session = stream.session
    session.started_at = session.started_at or min(times, default=None)
    session.finished_at = session.finished_at or max(times, default=None)


def _delegated_from(model_config: Any) -> str | None:
    """The session whose agent delegated this one, which hermes-agent notes among the settings of the model."""
    config = decoded_json(model_config) if isinstance(model_config, str) else model_config
    return _string(config.get("_delegate_from")) if isinstance(config, dict) else None


def _is_active(message: dict[str, Any]) -> bool | None:
    """False for what was undone; what a compaction took out of the context still is the conversation."""
    active = message.get("active")
    return None if active is None else _flag(active) or _flag(message.get("compacted"))


def _flag(value: Any) -> bool:
    return value is True or (isinstance(value, int) and value == 1)


def _instant(value: Any) -> datetime | None:
    return utc(value) if isinstance(value, int | float | str) else None


def _text(content: Any) -> str | None:
    if isinstance(content, list):
        texts = [part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str)]
        return "\n".join(texts) if texts else None
    return content if isinstance(content, str) else None


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
