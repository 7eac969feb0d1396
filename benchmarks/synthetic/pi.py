"""A scripted run as pi writes it: a session file, or the JSON event stream on stdout."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from benchmarks.synthetic.script import (
    Call,
    Event,
    Item,
    Json,
    Step,
    Usage,
    UserMessage,
    epoch_ms,
    identifier,
    stamp,
    timeline,
)


def _pi_assistant(step: Step, session_id: str, index: int, model: str, ended: datetime) -> Json:
    content: list[Json] = []
    if step.thinking:
        content.append({"type": "thinking", "thinking": step.thinking, "thinkingSignature": "synthetic"})
    if step.text:
        content.append({"type": "text", "text": step.text})
    for number, call in enumerate(step.calls):
        call_id = f"call_{identifier(session_id, index, number, length=12)}"
        content.append({"type": "toolCall", "id": call_id, "name": call.tool, "arguments": call.arguments})
    usage = step.usage or Usage(0, 0)
    return {
        "role": "assistant",
        "content": content,
        "api": "synthetic-messages",
        "provider": "synthetic",
        "model": step.model or model,
        "usage": {
            "input": usage.uncached_input,
            "output": usage.output,
            "cacheRead": usage.cache_read,
            "cacheWrite": usage.cache_write,
            "totalTokens": usage.prompt + usage.output,
            "cost": usage.cost,
        },
        "stopReason": "toolUse" if step.calls else "stop",
        "timestamp": epoch_ms(ended - timedelta(seconds=step.duration_s)),
    }


def _pi_result(call: Call, call_id: str, moment: datetime) -> Json:
    text = f"{call.output}\n\nCommand exited with code {call.exit_code}" if call.exit_code else call.output
    message: Json = {
        "role": "toolResult",
        "toolCallId": call_id,
        "toolName": call.tool,
        "content": [{"type": "text", "text": text}],
        "isError": call.is_error,
        "timestamp": epoch_ms(moment),
    }
    return {**message, "details": call.details} if call.details else message


def pi_session(items: Sequence[Item], session_id: str, started: datetime, model: str, cwd: str) -> list[Json]:
    """The lines of a pi session file, version 3: header, initial model, then every item of the run in one chain."""
    lines: list[Json] = [{"type": "session", "version": 3, "id": session_id, "timestamp": stamp(started), "cwd": cwd}]
    parent: str | None = None

    def append(kind: str, moment: datetime, fields: Json) -> str:
        nonlocal parent
        entry_id = identifier(session_id, len(lines))
        lines.append({"type": kind, "id": entry_id, "parentId": parent, "timestamp": stamp(moment), **fields})
        parent = entry_id
        return entry_id

    append("model_change", started, {"provider": "synthetic", "modelId": model})
    append("thinking_level_change", started, {"thinkingLevel": "medium"})
    call_ids: list[str] = []
    for index, (item, moment) in enumerate(timeline(items, started)):
        match item:
            case UserMessage():
                text = [{"type": "text", "text": item.text}]
                append("message", moment, {"message": {"role": "user", "content": text, "timestamp": epoch_ms(moment)}})
            case Step():
                message = _pi_assistant(item, session_id, index, model, moment)
                call_ids = [block["id"] for block in message["content"] if block["type"] == "toolCall"]
                append("message", moment, {"message": message})
            case Call():
                append("message", moment, {"message": _pi_result(item, call_ids.pop(0), moment)})
            case Event():
                append(item.kind, moment, item.fields)
    return lines


def pi_events(items: Sequence[Item], session_id: str, started: datetime, model: str, cwd: str) -> list[Json]:
    """pi's JSON event stream of the same run, as its JSON mode prints it to stdout."""
    header, *entries = pi_session(items, session_id, started, model, cwd)
    events: list[Json] = [header, {"type": "agent_start"}]
    arguments: dict[str, Json] = {}
    for entry in entries:
        message = entry.get("message")
        if message is None:
            continue
        if message["role"] == "toolResult":
            name, call_id = message["toolName"], message["toolCallId"]
            call = {"toolCallId": call_id, "toolName": name}
            result = {"content": message["content"], "details": message.get("details", {})}
            events.append({"type": "tool_execution_start", **call, "args": arguments[call_id]})
            events.append({"type": "tool_execution_end", **call, "result": result, "isError": message["isError"]})
        elif message["role"] == "assistant":
            blocks = (block for block in message["content"] if block["type"] == "toolCall")
            arguments |= {block["id"]: block["arguments"] for block in blocks}
        events += [{"type": "message_start", "message": message}, {"type": "message_end", "message": message}]
    return events
