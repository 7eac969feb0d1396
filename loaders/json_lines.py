"""JSON and JSON Lines with every bad part accounted for: one torn line costs itself alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from loaders.artifact import UnreadableArtifactError
from loaders.tables import BadRecord

_GLUED = json.JSONDecoder()
_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]|(u[dD][89a-fA-F]..)|.)", re.DOTALL)


def decode_document(data: bytes, decoder: msgspec.json.Decoder[Any]) -> Any:
    """Decode a whole JSON document or raise UnreadableArtifactError with the decoder's reason."""
    if not data.strip():
        raise UnreadableArtifactError("the file is empty")
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableArtifactError(describe(error)) from error


def decode_lines(data: bytes, decoder: msgspec.json.Decoder[Any]) -> Iterator[tuple[int, Any] | BadRecord]:
    """Yield (1-based line number, decoded object) a line, and a BadRecord for each line that is not one.

    Objects glued together on one line are all kept. Blank lines are skipped.
    """
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            yield number, decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            mended = mend_surrogates(line)
            try:
                yield number, decoder.decode(mended)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                yield from _decode_glued(number, mended, decoder, describe(error))


def mend_surrogates(data: bytes) -> bytes:
    """The same JSON with every escaped half of a surrogate pair that stands alone as U+FFFD.

    A program that cuts a text between the halves of an emoji writes one; JSON allows it, strict decoders refuse the
    whole document for it.
    """
    if b"\\ud" not in data and b"\\uD" not in data:
        return data
    return _ESCAPE.sub(lambda escape: escape[0] if escape[1] is None else b"\\ufffd", data)


def _decode_glued(
    number: int, line: bytes, decoder: msgspec.json.Decoder[Any], reason: str
) -> Iterator[tuple[int, Any] | BadRecord]:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        yield bad_line(number, describe(error))
        return
    position, found = 0, []
    while position < len(text):
        while position < len(text) and text[position].isspace():
            position += 1
        if position == len(text):
            break
        try:
            _, end = _GLUED.raw_decode(text, position)
        except (ValueError, RecursionError):
            break
        found.append(text[position:end])
        position = end
    whole = position >= len(text)
    for part in found if len(found) > 1 or not whole else []:
        try:
            yield number, decoder.decode(part)
        except (msgspec.DecodeError, RecursionError) as error:
            yield bad_line(number, describe(error))
    if not whole or len(found) == 1:
        yield bad_line(number, reason)


def bad_line(number: int, reason: str) -> BadRecord:
    """A quarantined line."""
    return BadRecord(place=f"line {number}", line_number=number, reason=reason)


def describe(error: Exception) -> str:
    """The decoder's reason without any of the content."""
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 at byte {error.start}"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error)
