"""Synthetic records in the shape that hermes-agent saves its trajectories in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from loaders.artifact import Artifact
from loaders.formats.hermes import sharegpt as hermes_sharegpt
from loaders.tables import Record

R = TypeVar("R", bound=Record)
Json = dict[str, Any]

SYSTEM = (
    "You are a function calling AI model. Here are the tools:\n<tools>\n[]\n</tools>\nExample:\n"
    '<tool_call>\n{"name": "example_tool", "arguments": {}}\n</tool_call>'
)


def turn(role: str, value: Any) -> Json:
    return {"from": role, "value": value}


def call(name: str, **arguments: Any) -> str:
    return f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments}, ensure_ascii=False)}\n</tool_call>"


def gpt(text: str, *calls: str, thinking: str = "") -> Json:
    return turn("gpt", "\n".join(["<think>", *([thinking] if thinking else []), "</think>", text, *calls]))


def tool(*contents: Any, name: str = "terminal") -> Json:
    responses = [
        {"tool_call_id": f"call-{at}", "name": name, "content": content} for at, content in enumerate(contents)
    ]
    return turn("tool", "\n".join(f"<tool_response>\n{json.dumps(one)}\n</tool_response>" for one in responses))


def record(*turns: Json, **fields: Any) -> Json:
    """A synthetic record of the kind that hermes-agent appends to trajectory_samples.jsonl."""
    envelope = {"timestamp": "2026-01-02T03:04:05.000006", "model": "m", "completed": True}
    return {"conversations": [turn("system", SYSTEM), *turns], **envelope, **fields}


def saved(folder: Path, *records: Any, name: str = "samples.jsonl") -> Artifact:
    path = folder / name
    path.write_text("".join((item if isinstance(item, str) else json.dumps(item)) + "\n" for item in records))
    return Artifact(path, folder)


def landed(folder: Path, *records: Any) -> list[Record]:
    return list(hermes_sharegpt.flatten(saved(folder, *records)))


def of(records: list[Record], kind: type[R]) -> list[R]:
    return [item for item in records if isinstance(item, kind)]
