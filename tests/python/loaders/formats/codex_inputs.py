"""Synthetic lines of a Codex rollout, and what they land as. All texts, names and ids are made up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from loaders.artifact import Artifact
from loaders.formats.codex import rollout as codex
from loaders.tables import Record

R = TypeVar("R", bound=Record)
Json = dict[str, Any]

THREAD = "019a0000-0000-7000-8000-000000000001"
PARENT = "01990000-0000-7000-8000-000000000002"


def line(kind: str, payload: Any, second: int = 0) -> Json:
    return {"timestamp": f"2026-01-02T03:{second // 60:02d}:{second % 60:02d}.000Z", "type": kind, "payload": payload}


def meta(thread: str = THREAD, **fields: Any) -> Json:
    common = {"id": thread, "timestamp": "2026-01-02T02:59:59.500Z", "cwd": "/synthetic", "cli_version": "0.100.0"}
    return line("session_meta", common | {"originator": "codex_cli_rs", "source": "cli"} | fields)


def context(model: str, second: int = 0, **fields: Any) -> Json:
    return line("turn_context", {"cwd": "/synthetic", "model": model} | fields, second)


def event(event_type: str, second: int = 0, /, **fields: Any) -> Json:
    return line("event_msg", {"type": event_type} | fields, second)


def item(kind: str, second: int = 0, **fields: Any) -> Json:
    return line("response_item", {"type": kind} | fields, second)


def typed(text: str, second: int = 0) -> list[Json]:
    """A turn of the user, as it stands in a rollout: twice."""
    return [said("user", text, second), event("user_message", second, message=text, images=[])]


def said(role: str, text: str, second: int = 0) -> Json:
    kind = "output_text" if role == "assistant" else "input_text"
    return item("message", second, role=role, content=[{"type": kind, "text": text}])


def thought(*summary: str, second: int = 0) -> Json:
    parts = [{"type": "summary_text", "text": text} for text in summary]
    return item("reasoning", second, summary=parts, encrypted_content="synthetic")


def call(call_id: str, name: str = "exec_command", second: int = 0, **arguments: Any) -> Json:
    return item("function_call", second, name=name, call_id=call_id, arguments=json.dumps(arguments))


def patch(call_id: str, text: str, second: int = 0) -> Json:
    return item("custom_tool_call", second, name="apply_patch", call_id=call_id, input=text)


def output(call_id: str, value: Any, second: int = 0) -> Json:
    return item("function_call_output", second, call_id=call_id, output=value)


def wrapped(text: str, exit_code: int = 0) -> str:
    return json.dumps({"output": text, "metadata": {"exit_code": exit_code, "duration_seconds": 0.5}})


def counted(total: tuple[int, int, int, int], last: tuple[int, int, int, int] | None = None, second: int = 0) -> Json:
    """(input, cached of it, output, reasoning of it), in all and in the last call."""
    info = {"total_token_usage": usage(*total)}
    if last is not None:
        info["last_token_usage"] = usage(*last)
    return event("token_count", second, info=info)


def usage(input_tokens: int, cached: int, output_tokens: int, reasoning: int) -> Json:
    return {
        "input_tokens": input_tokens,
        "cached_input_tokens": cached,
        "output_tokens": output_tokens,
        "reasoning_output_tokens": reasoning,
        "total_tokens": input_tokens + output_tokens,
    }


def rollout(folder: Path, *lines: Json | str, name: str = f"rollout-2026-01-02T03-00-00-{THREAD}.jsonl") -> Artifact:
    texts = [text if isinstance(text, str) else json.dumps(text) for text in lines]
    path = folder / name
    path.write_text("".join(text + "\n" for text in texts))
    return Artifact(path, folder)


def landed(artifact: Artifact) -> list[Record]:
    return list(codex.flatten(artifact))


def of(records: list[Record], kind: type[R]) -> list[R]:
    return [record for record in records if isinstance(record, kind)]
