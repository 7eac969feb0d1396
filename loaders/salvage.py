"""Typed decoding of a whole JSON document in which one bad element costs itself alone.

A sound document takes one typed pass. Only where that fails is the document opened level by level, so that each
element that has the wrong type is quarantined at its own JSON pointer and everything around it is kept.
"""

from __future__ import annotations

import json
from functools import cache
from types import UnionType
from typing import Annotated, Any, NamedTuple, TypeVar, Union, get_args, get_origin

import msgspec

from loaders.artifact import UnreadableArtifactError
from loaders.json_lines import describe, mend_surrogates
from loaders.tables import BadRecord

T = TypeVar("T")

Integer = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""An integer that a landed column can hold."""

_FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_MISSING: Any = object()


class Unreadable(NamedTuple):
    """Why a piece of JSON could not be decoded; stands apart from every decoded value."""

    reason: str


def read_document(data: bytes, kind: type[T]) -> tuple[T, list[BadRecord]]:
    """Decode `data` as `kind`, a struct of optional fields, none renamed; bad elements are left at their defaults.

    The tokens NaN and Infinity, which are not JSON, are quarantined where they stand; half of a surrogate pair is read
    as U+FFFD. Raises UnreadableArtifactError where there is no JSON object at all.
    """
    if not data.strip():
        raise UnreadableArtifactError("the file is empty")
    bad: list[BadRecord] = []
    document = _decode(data, kind)
    if isinstance(document, Unreadable):
        document = _read(repaired(data), kind, "", bad)
    if document is _MISSING:
        raise UnreadableArtifactError(bad[0].reason)
    return document, bad


def read_whole(data: bytes | msgspec.Raw, kind: type[T]) -> T | None:
    """Decode in one typed pass; None where anything in it is not as it should be, which its parts then tell."""
    document = _decode(data, kind)
    return None if isinstance(document, Unreadable) else document


def read_element(data: bytes | msgspec.Raw, kind: Any, place: str, bad: list[BadRecord]) -> Any:
    """Decode one element that was kept raw, likewise: a `kind`, or None where nothing can be read. Appends to `bad`."""
    element = _read(data, kind, place, bad)
    return None if element is _MISSING else element


def repaired(data: bytes) -> bytes:
    """The same document without what JSON writers are known to break: halved characters, and constants."""
    return quote_constants(mend_surrogates(data))


def quote_constants(data: bytes) -> bytes:
    """The same document with the tokens NaN and Infinity, where it has any, as strings, which no number field takes."""
    if (b"NaN" not in data and b"Infinity" not in data) or not isinstance(_decode(data, msgspec.Raw), Unreadable):
        return data
    try:
        return msgspec.json.encode(json.loads(data, parse_constant=str))
    except (ValueError, RecursionError):
        return data


def _read(data: bytes | msgspec.Raw, kind: Any, place: str, bad: list[BadRecord]) -> Any:
    value = _decode(data, kind)
    if not isinstance(value, Unreadable):
        return value
    container, fields = _container(kind)
    if container is list:
        elements = _decode(data, list[msgspec.Raw])
        if not isinstance(elements, Unreadable):
            found = (_read(raw, fields, f"{place}/{index}", bad) for index, raw in enumerate(elements))
            return [element for element in found if element is not _MISSING]
    elif container is not None:
        members = _decode(data, dict[str, msgspec.Raw])
        if not isinstance(members, Unreadable):
            kinds = fields if isinstance(fields, dict) else dict.fromkeys(members, fields)
            read = {
                name: _read(members[name], kinds[name], f"{place}/{_escape(name)}", bad)
                for name in kinds
                if name in members
            }
            return container(**{name: member for name, member in read.items() if member is not _MISSING})
    bad.append(BadRecord(place=place, reason=value.reason))
    return _MISSING


def _decode(data: bytes | msgspec.Raw, kind: Any) -> Any:
    try:
        return _decoder(kind).decode(data)
    except _FAILURES as error:
        return Unreadable(describe(error))


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


@cache
def _container(kind: Any) -> tuple[Any, Any]:
    """(struct class, kind by field name), (dict, kind of values), (list, kind of elements) or (None, None)."""
    for option in get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,):
        origin = get_origin(option)
        if origin is list:
            return list, get_args(option)[0]
        if origin is dict:
            return dict, get_args(option)[1]
        if isinstance(origin or option, type) and issubclass(origin or option, msgspec.Struct):
            return option, {field.name: field.type for field in msgspec.structs.fields(option)}
    return None, None


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
