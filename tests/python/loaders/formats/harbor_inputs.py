"""Where the tests of Harbor's files get their inputs: synthetic files written here."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pyarrow as pa

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats import FORMATS
from loaders.tables import BadRecord, Record, arrow_schema


def write(root: Path, name: str, content: object) -> Artifact:
    """A synthetic file below `root`: bytes and text as they are, anything else as JSON."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return Artifact(path, root)


def owner(artifact: Artifact) -> str | None:
    """Name of the format that claims a file."""
    return next((module.NAME for module in FORMATS if module.matches(artifact)), None)


def flattened(module: ModuleType, artifact: Artifact) -> tuple[list[Any], dict[str, str]]:
    """(rows, reason by place of what was quarantined)."""
    records: list[Record] = list(module.flatten(artifact))
    rows = [record for record in records if not isinstance(record, BadRecord)]
    return rows, {record.place: record.reason for record in records if isinstance(record, BadRecord)}


def damaged(sound: bytes, count: int, seed: int) -> Iterator[bytes]:
    """`sound` cut short, with flipped bits, and with values replaced by ones of other types."""
    source = random.Random(seed)
    replacements = [
        b"null",
        b"true",
        b"-1",
        b"1e309",
        b'"x"',
        b"[]",
        b"{}",
        b"[[1]]",
        b'{"a":{"b":[]}}',
        b"NaN",
        b"\xff",
    ]
    for _ in range(count):
        kind = source.randrange(3)
        position = source.randrange(len(sound))
        if kind == 0:
            yield sound[:position]
        elif kind == 1:
            flipped = bytearray(sound)
            for _ in range(source.randint(1, 4)):
                flipped[source.randrange(len(sound))] ^= 1 << source.randrange(8)
            yield bytes(flipped)
        else:
            start = sound.find(b":", position)
            end = sound.find(b",", start + 1)
            yield sound[: start + 1] + source.choice(replacements) + sound[end:] if 0 <= start < end else sound[:start]


def survives(module: ModuleType, rewrite: Callable[[bytes], Artifact], sound: bytes, count: int = 400) -> int:
    """Flatten damaged copies: every one yields records or UnreadableArtifactError. Returns how many were unreadable."""
    unreadable = 0
    for data in damaged(sound, count, seed=len(sound)):
        artifact = rewrite(data)
        module.matches(artifact)
        try:
            records = list(module.flatten(artifact))
        except UnreadableArtifactError as error:
            assert error.reason
            unreadable += 1
        else:
            for record in records:
                _landed(record)
    return unreadable


def _landed(record: Record) -> pa.Table:
    """The record as landing would write it: every value must fit its column."""
    values = {
        name: list(value.items()) if isinstance(value, dict) else value
        for name, value in msgspec.structs.asdict(record).items()
    }
    return pa.Table.from_pylist([values], schema=arrow_schema(type(record)))
