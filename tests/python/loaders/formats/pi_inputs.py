"""Synthetic session files of pi, and what their tests have in common."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from loaders.artifact import Artifact
from loaders.formats.pi import session as pi_session
from loaders.tables import Record

R = TypeVar("R", bound=Record)
Json = dict[str, Any]

STAMP = "2026-01-02T03:04:05.000Z"
HEADER: Json = {"type": "session", "version": 3, "id": "synthetic-session", "timestamp": STAMP, "cwd": "/work"}
USAGE: Json = {"input": 3, "output": 5, "cacheRead": 100, "cacheWrite": 7, "reasoning": 2, "cost": {"total": 0.25}}


def entry(kind: str, entry_id: str | None, parent: str | None, **fields: Any) -> Json:
    return {"type": kind, "id": entry_id, "parentId": parent, "timestamp": STAMP, **fields}


def user(entry_id: str | None, parent: str | None, text: str = "please") -> Json:
    return entry("message", entry_id, parent, message={"role": "user", "content": text, "timestamp": 1767323040000})


def answer(entry_id: str | None, parent: str | None, *blocks: Json, **fields: Any) -> Json:
    message = {"role": "assistant", "content": list(blocks), "model": "synthetic-1", "usage": USAGE} | fields
    return entry("message", entry_id, parent, message=message)


def call(call_id: str, name: str, **arguments: Any) -> Json:
    return {"type": "toolCall", "id": call_id, "name": name, "arguments": arguments}


def result(entry_id: str | None, parent: str | None, call_id: str, name: str, text: str, **fields: Any) -> Json:
    content = [{"type": "text", "text": text}]
    message = {"role": "toolResult", "toolCallId": call_id, "toolName": name, "content": content, "isError": False}
    return entry("message", entry_id, parent, message=message | fields)


def session_file(folder: Path, *lines: Json | str, name: str = "session.jsonl") -> Artifact:
    """A synthetic session file; lines of text are written as they are."""
    path = folder / name
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return Artifact(path, folder)


def landed(artifact: Artifact) -> list[Record]:
    return list(pi_session.flatten(artifact))


def of(records: list[Record], kind: type[R]) -> list[R]:
    return [record for record in records if isinstance(record, kind)]


def plain_objects(path: Path) -> tuple[list[Json], int]:
    """(objects in file order, lines that are not JSON), by json alone."""
    decoder, found, bad = json.JSONDecoder(), [], 0
    for line in path.read_text().split("\n"):
        rest = line.strip()
        while rest:
            try:
                value, end = decoder.raw_decode(rest)
            except ValueError:
                bad += 1
                break
            found.append(value)
            rest = rest[end:].lstrip()
    return found, bad
