"""A small synthetic format for landing tests: `*.notes`, a JSON object a line, and lines that misbehave on purpose."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator

import msgspec

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.json_lines import decode_lines
from loaders.tables import BadRecord, Entry, EvalRun, Record

NAME = "notes"
VERSION = 1
IDENTITY = "content"


class _Note(msgspec.Struct):
    text: str | None = None
    run: str | None = None
    tokens: int | None = None
    act: str | None = None


_DECODER = msgspec.json.Decoder(_Note)


def matches(artifact: Artifact) -> bool:
    """Every file with the suffix."""
    return artifact.name.endswith(".notes")


def flatten(artifact: Artifact) -> Iterator[Record]:
    """An Entry a line; `run` adds an EvalRun; `act` raises, kills a worker or tells which process this is."""
    if not artifact.data.strip():
        raise UnreadableArtifactError("the file is empty")
    for index, item in enumerate(decode_lines(artifact.data, _DECODER)):
        if isinstance(item, BadRecord):
            yield item
            continue
        number, note = item
        if note.act == "raise":
            raise KeyError(note.text)
        is_child = multiprocessing.parent_process() is not None
        if note.act == "die" and is_child:
            os._exit(9)
        place = f"line {number}"
        tokens = 2**70 if note.act == "overflow" else note.tokens
        text = ("child" if is_child else "parent") if note.act == "where" else note.text
        yield Entry(place=place, entry_index=index, entry_type="note", text=text, output_tokens=tokens)
        if note.run is not None:
            directory = str(artifact.directory)
            yield EvalRun(place=place, evidence="eval_history", run_name=note.run, run_directory=directory)
