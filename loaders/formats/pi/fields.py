"""The fields of pi's messages, as they stand in its session files and in its JSON event stream."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar, get_args, get_origin

import msgspec

from loaders.values import utc

S = TypeVar("S", bound=msgspec.Struct)

Timestamp = str | int | float | None
"""ISO 8601 text, or an epoch number in milliseconds."""
Count = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""A number that the landed tables can hold."""

FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding of a damaged artifact raises."""
EVICTED = "[Compacted history content evicted to durable cold storage]"
"""Stands where gajae-code has put a text elsewhere."""
NO_RAW = msgspec.Raw()

_EPOCH = datetime(1970, 1, 1)
_FAR_FUTURE_MS = 32_503_680_000_000


class Cost(msgspec.Struct, gc=False):
    total: float | None = None


class Usage(msgspec.Struct, gc=False, rename="camel"):
    """Token counts of one LLM call, or of several together; `input` leaves out the cache."""

    input: Count | None = None
    output: Count | None = None
    cache_read: Count | None = None
    cache_write: Count | None = None
    reasoning: Count | None = None
    cost: Cost | float | None = None
    """A plain number in the results of sub-agents."""

    @property
    def cost_usd(self) -> float | None:
        return self.cost.total if isinstance(self.cost, Cost) else self.cost


class Block(msgspec.Struct, gc=False, rename="camel"):
    """One block of content: text, thinking, toolCall or image (whose data stays unparsed)."""

    type: str | None = None
    text: str | None = None
    thinking: str | None = None
    id: str | None = None
    name: str | None = None
    arguments: msgspec.Raw = NO_RAW
    partial_json: str | None = None
    """The arguments as far as they were streamed; stays where the call was cut off."""


Content = str | list[Block] | None


class Message(msgspec.Struct, gc=False, rename="camel"):
    """A message of any role."""

    role: str | None = None
    content: Content = None
    timestamp: Timestamp = None
    provider: str | None = None
    model: str | None = None
    usage: Usage | None = None
    stop_reason: str | None = None
    response_id: str | None = None
    tool_call_id: str | None = None
    tool_name: str | None = None
    details: msgspec.Raw = NO_RAW
    is_error: bool | None = None
    command: str | None = None
    summary: str | None = None
    synthetic: bool | None = None
    attribution: str | None = None


class FileResult(msgspec.Struct, gc=False, rename="camel"):
    """What an edit of several files did to one of them (oh-my-pi)."""

    path: str | None = None
    diff: str | None = None
    op: str | None = None
    is_error: bool | None = None


class Details(msgspec.Struct, gc=False, rename="camel"):
    """What is read of a tool's details. Those of an extension may be of any shape."""

    diff: str | None = None
    patch: str | None = None
    op: str | None = None
    per_file_results: list[FileResult] | None = None
    truncation: msgspec.Raw = NO_RAW
    truncated: bool | None = None
    approved: bool | None = None
    results: msgspec.Raw = NO_RAW
    is_directory: bool | None = None


_DETAILS = msgspec.json.Decoder(Details)
_OBJECT = msgspec.json.Decoder(dict[str, Any])
_NO_DETAILS = Details()


def instant(value: Timestamp) -> datetime | None:
    """Naive UTC time of a timestamp of pi's; None where it is none."""
    if isinstance(value, int) and 0 <= value < _FAR_FUTURE_MS:
        return _EPOCH + timedelta(0, 0, 0, value)
    return utc(value, unit="ms")


def text_of(content: Content) -> str | None:
    """Text of a content: "" where it is empty; None where it holds images only or was evicted."""
    if isinstance(content, list):
        texts = [block.text for block in content if block.text is not None]
        if EVICTED in texts:
            return None
        content = "\n".join(texts) if texts or not content else None
    return None if content == EVICTED else content


def details_of(raw: msgspec.Raw) -> Details:
    """The known fields of a tool's details, those of a wrong type left out."""
    if not raw:
        return _NO_DETAILS
    try:
        return _DETAILS.decode(raw)
    except FAILURES:
        return lenient(raw, Details) or _NO_DETAILS


def lenient(raw: bytes | msgspec.Raw, kind: type[S]) -> S | None:
    """An object without those of its fields that are of a wrong type; None where it is no JSON object."""
    try:
        return _lenient(_OBJECT.decode(raw), kind)
    except FAILURES:
        return None


def _lenient(values: dict[str, Any], kind: type[S]) -> S:
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if field.encode_name not in values:
            continue
        value = values[field.encode_name]
        try:
            encoded = msgspec.json.encode(value)
            found[field.name] = msgspec.json.decode(encoded, type=field.type)
            continue
        except (*FAILURES, msgspec.EncodeError, OverflowError, UnicodeEncodeError):
            pass
        options = get_args(field.type)
        if isinstance(value, dict):
            structs = [option for option in options if isinstance(option, type) and issubclass(option, msgspec.Struct)]
            if structs:
                found[field.name] = _lenient(value, structs[0])
        elif isinstance(value, list):
            elements = [get_args(option)[0] for option in options if get_origin(option) is list]
            if elements:
                found[field.name] = [_lenient(part, elements[0]) for part in value if isinstance(part, dict)]
    return kind(**found)
