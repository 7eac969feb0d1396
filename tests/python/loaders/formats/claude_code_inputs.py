"""Synthetic lines of Claude Code, and what they land as. All texts, names and ids are made up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from loaders.artifact import Artifact
from loaders.formats.claude_code import session as claude_code
from loaders.tables import Record

R = TypeVar("R", bound=Record)
Json = dict[str, Any]

SESSION = "11111111-2222-4333-8444-555555555555"
USAGE: Json = {
    "input_tokens": 3,
    "output_tokens": 5,
    "cache_creation_input_tokens": 7,
    "cache_read_input_tokens": 100,
}


def line(kind: str, uuid: str | None, parent: str | None, second: int = 0, **fields: Any) -> Json:
    common: Json = {
        "parentUuid": parent,
        "isSidechain": False,
        "userType": "external",
        "cwd": "/synthetic",
        "sessionId": SESSION,
        "version": "2.1.0",
        "gitBranch": "trunk",
        "type": kind,
        "uuid": uuid,
        "timestamp": f"2026-01-02T03:{second // 60:02d}:{second % 60:02d}.000Z",
    }
    return common | fields


def user(uuid: str | None, parent: str | None, content: Any = "please", second: int = 0, **fields: Any) -> Json:
    return line("user", uuid, parent, second, message={"role": "user", "content": content}, **fields)


def answer(uuid: str, parent: str | None, *blocks: Json, message_id: str = "", second: int = 0, **fields: Any) -> Json:
    message = {
        "id": message_id or f"msg-{uuid}",
        "role": "assistant",
        "model": fields.pop("model", "synthetic-1"),
        "content": list(blocks),
        "stop_reason": fields.pop("stop_reason", None),
        "usage": fields.pop("usage", USAGE),
    }
    return line("assistant", uuid, parent, second, message=message, requestId="req-" + message["id"], **fields)


def say(text: str) -> Json:
    return {"type": "text", "text": text}


def call(call_id: str | None, name: str, **arguments: Any) -> Json:
    block = {"type": "tool_use", "id": call_id, "name": name, "input": arguments}
    return {key: value for key, value in block.items() if value is not None}


def result(
    uuid: str, parent: str | None, call_id: str | None, text: Any = "done", second: int = 0, **fields: Any
) -> Json:
    block: Json = {"type": "tool_result", "content": text}
    if call_id is not None:
        block["tool_use_id"] = call_id
    if "is_error" in fields:
        block["is_error"] = fields.pop("is_error")
    return user(uuid, parent, [block], second, **fields)


def session_file(folder: Path, *lines: Json | str, name: str = f"{SESSION}.jsonl") -> Artifact:
    """A synthetic session file; lines of text are written as they are."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join((item if isinstance(item, str) else json.dumps(item)) + "\n" for item in lines))
    return Artifact(path, folder)


def landed(artifact: Artifact) -> list[Record]:
    return list(claude_code.flatten(artifact))


def of(records: list[Record], kind: type[R]) -> list[R]:
    return [record for record in records if isinstance(record, kind)]
