"""What the formats of per-instance rows share: telling them apart, reading rows one by one, the files of a patch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.json_lines import decode_document, decode_lines, describe
from loaders.tables import Attempt, AttemptFile, BadRecord
from loaders.values import patch_files, utc

T = TypeVar("T")

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""An integer that a landed column can hold."""
Flag = bool | int | None
"""A truth value as harnesses write it: true, false, 1, 0 or null."""

_TOKEN = re.compile(rb'"((?:[^"\\]++|\\[\s\S])*+)("?)(\s*+:)?|[{}\[\]]')
_ID_KEYS = frozenset((b"instance_id", b"instanceId"))
_MARKS = (b'"instance_id"', b'"instanceId"', b'"model_patch"')
_CONTAINER = re.compile(rb'\s*(?:\[\s*\{|\{\s*"[^"]*"\s*:\s*\{)')
_MILLISECONDS_FROM = 1e11
_MAPPING = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])


class Row(NamedTuple):
    """One decoded row; `key` is its key where the document maps ids to rows."""

    place: str
    key: str | None
    value: Any


def pointer(*parts: str | int) -> str:
    """JSON pointer of the given path (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def object_keys(head: bytes, depth: int = 1) -> frozenset[bytes]:
    """Keys of the first object that opens `depth` levels deep (1: the document itself), as far as `head` reaches.

    Only the first top-level value is looked at, so that the head of a JSON Lines file speaks of its first line.
    """
    level = 0
    inside = False
    keys = set()
    for token in _TOKEN.finditer(head):
        mark = token[0]
        if mark in (b"{", b"["):
            level += 1
            inside = inside or (level == depth and mark == b"{")
        elif mark in (b"}", b"]"):
            level -= 1
            if level == 0 or (inside and level < depth):
                break
        elif not token[2]:
            break
        elif inside and level == depth and token[3] is not None:
            keys.add(token[1])
    return frozenset(keys)


def row_keys(artifact: Artifact) -> frozenset[bytes]:
    """Keys of the first row of a JSON or JSON Lines file: a line, the document, or the first element or member of it.

    Empty where the head holds none of the keys that tell such rows.
    """
    head = artifact.head
    if not any(mark in head for mark in _MARKS):
        return frozenset()
    keys = object_keys(head)
    if keys & _ID_KEYS or artifact.logical_path.suffix == ".jsonl":
        return keys
    return object_keys(head, 2) if _CONTAINER.match(head) else frozenset()


def rows(artifact: Artifact, row_type: type[Any]) -> Iterator[Row | BadRecord]:
    """Decode every row: lines of a `.jsonl` file, else elements of a list, members of a mapping, or the one object."""
    data = artifact.data
    if artifact.logical_path.suffix == ".jsonl":
        yield from _line_rows(data, row_type)
    elif data.lstrip()[:1] == b"[":
        yield from elements(data, row_type)
    else:
        try:
            document = decode_document(data, _MAPPING)
        except UnreadableArtifactError:
            first_line = data.split(b"\n", 1)[0]
            try:
                _MAPPING.decode(first_line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                pass
            else:
                yield from _line_rows(data, row_type)
                return
            raise
        if document.keys() & {"instance_id", "instanceId"}:
            yield from _one(data, row_type, "", None)
        else:
            yield from members(data, row_type)


def elements(data: bytes | msgspec.Raw, row_type: type[Any], under: str = "") -> Iterator[Row | BadRecord]:
    """Decode a JSON list; a bad element costs itself alone. Raises UnreadableArtifactError where it is no list."""
    try:
        values = msgspec.json.decode(data, type=list[row_type])  # type: ignore[valid-type]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        for index, raw in enumerate(decode_document(bytes(data), _ELEMENTS)):
            yield from _one(raw, row_type, f"{under}/{index}", None)
        return
    for index, value in enumerate(values):
        yield Row(f"{under}/{index}", None, value)


def members(data: bytes | msgspec.Raw, row_type: type[Any], under: str = "") -> Iterator[Row | BadRecord]:
    """Decode a JSON object; a bad member costs itself alone. Raises UnreadableArtifactError where it is no object."""
    try:
        values = msgspec.json.decode(data, type=dict[str, row_type])  # type: ignore[valid-type]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        for key, raw in decode_document(bytes(data), _MAPPING).items():
            yield from _one(raw, row_type, under + pointer(key), key)
        return
    for key, value in values.items():
        yield Row(under + pointer(key), key, value)


def id_list(raw: msgspec.Raw, under: str) -> Iterator[tuple[str, str] | BadRecord]:
    """(place, id) of each string of a JSON list; what is no string, or no list at all, is a BadRecord."""
    try:
        for entry in elements(raw, str, under):
            yield entry if isinstance(entry, BadRecord) else (entry.place, entry.value)
    except UnreadableArtifactError as error:
        yield BadRecord(place=under, reason=error.reason)


def _line_rows(data: bytes, row_type: type[Any]) -> Iterator[Row | BadRecord]:
    for line in decode_lines(data, msgspec.json.Decoder(row_type)):
        yield line if isinstance(line, BadRecord) else Row(f"line {line[0]}", None, line[1])


def _one(data: bytes | msgspec.Raw, row_type: type[Any], place: str, key: str | None) -> Iterator[Row | BadRecord]:
    try:
        value = msgspec.json.decode(data, type=row_type)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        yield BadRecord(place=place, reason=describe(error))
    else:
        yield Row(place, key, value)


def line_number(place: str) -> int | None:
    """The number of a place such as `line 12`."""
    return int(place[5:]) if place.startswith("line ") else None


def flag(value: Flag) -> bool | None:
    """True or False of a truth value; None for null."""
    return None if value is None else bool(value)


def moment(value: str | float | None) -> datetime | None:
    """Naive UTC datetime of ISO text or of an epoch number, in milliseconds from 1e11 on (the year 5138)."""
    is_milliseconds = isinstance(value, int | float) and abs(value) >= _MILLISECONDS_FROM
    return utc(value, unit="ms" if is_milliseconds else "s")


def is_blank(text: str | None) -> bool:
    """Whether a patch that an artifact holds is null or white space."""
    return text is None or not text.strip()


def with_files(attempt: Attempt) -> Iterator[Attempt | AttemptFile]:
    """The attempt, then a record for each file of its patch."""
    yield attempt
    for index, file in enumerate(patch_files(attempt.patch) or ()):
        yield AttemptFile(
            place=attempt.place,
            evidence=attempt.evidence,
            run_directory=attempt.run_directory,
            run_name=attempt.run_name,
            task_id=attempt.task_id,
            attempt_index=attempt.attempt_index,
            attempt_place=attempt.place,
            file_index=index,
            path=file.path,
            added_lines=file.added_lines,
            deleted_lines=file.deleted_lines,
        )
