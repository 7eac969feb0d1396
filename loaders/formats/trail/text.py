"""Values in TRAIL's files: attributes as text, clocks, token counts, and no answer key in anything that lands."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any

import msgspec

from loaders.formats.harbor.fields import finite_number, whole_number
from loaders.salvage import repaired
from loaders.values import utc

_ANY = msgspec.json.Decoder()
_FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_ANSWER_KEY = re.compile(r"true[_ ]?answer|annotator[_ ]?metadata", re.IGNORECASE)
_DURATION = re.compile(
    r"(-)?P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,9})M)?(?:(\d{1,12}(?:[.,]\d{1,12})?)S)?)?",
    re.ASCII,
)
_OPENING = ("{", "[", '"')
_OPENING_BYTES = (b"{", b"[", b'"')
_UNIT_SECONDS = (604_800, 86_400, 3_600, 60, 1)
# A string that is not closed is taken to the end, or each quote in it would be tried anew.
_STRAY_COMMA = re.compile(rb'("(?:[^"\\]|\\.)*+\\?(?:"|\Z))|,(?=\s*[}\]])', re.DOTALL)


def decoded(data: bytes | str | None) -> Any:
    """A JSON object, list or string, with NaN as text and without the commas that a hand left before a bracket.

    None where it is none of them.
    """
    if not data or data.lstrip()[:1] not in (_OPENING if isinstance(data, str) else _OPENING_BYTES):
        return None
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
    try:
        return _ANY.decode(raw)
    except _FAILURES:
        pass
    try:
        return _ANY.decode(repaired(_STRAY_COMMA.sub(lambda found: found[1] or b"", raw)))
    except _FAILURES:
        return None


def safe_text(text: str | None) -> str | None:
    """The text, unless it holds the benchmark's answer key: then the JSON that it is without that, or None."""
    if text is None or _ANSWER_KEY.search(text) is None:
        return text
    value = decoded(text)
    cleaned = json_text(without_answers(value)) if isinstance(value, dict | list) else None
    return None if cleaned is None or _ANSWER_KEY.search(cleaned) else cleaned


def without_answers(value: Any) -> Any:
    """The same value without members named like the answer key, and without texts that hold it.

    None where it is nested too deeply to be looked through.
    """
    try:
        return _without_answers(value)
    except RecursionError:
        return None


def _without_answers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_answers(member) for key, member in value.items() if not _ANSWER_KEY.search(str(key))}
    if isinstance(value, list):
        return [_without_answers(element) for element in value]
    return safe_text(value) if isinstance(value, str) else value


def json_text(value: Any) -> str | None:
    """A value as JSON text; None where it cannot be written."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, TypeError, RecursionError):
        return None


def plain_text(value: Any) -> str | None:
    """An attribute as text: itself, or the JSON of what is no text. The answer key is left out."""
    return None if value is None else safe_text(value if isinstance(value, str) else json_text(value))


def seconds(value: Any) -> float | None:
    """Seconds of an ISO 8601 duration without years and months (`PT1M2.5S`), or of a number of seconds."""
    if isinstance(value, str) and (found := _DURATION.fullmatch(value.strip())) is not None and any(found.groups()[1:]):
        parts = (float(part.replace(",", ".")) if part else 0.0 for part in found.groups()[1:])
        total = sum(part * unit for part, unit in zip(parts, _UNIT_SECONDS, strict=True))
        return -total if found[1] else total
    return finite_number(value)


def instant(value: Any) -> datetime | None:
    """Naive UTC of a span's clock."""
    return utc(value) if isinstance(value, str) else None


def later(start: datetime | None, duration_s: float | None) -> datetime | None:
    """The end of a span."""
    if start is None or duration_s is None:
        return None
    try:
        return start + timedelta(seconds=duration_s)
    except OverflowError:
        return None


def token_count(value: Any) -> int | None:
    """Tokens, which the spans mostly hold as text (`"1234"`, `"1234.0"`)."""
    count = whole_number(value)
    if count is None and isinstance(value, str):
        count = whole_number(finite_number(value))
    return count if count is not None and count >= 0 else None


def string(value: Any) -> str | None:
    """The value where it is a text that is not empty."""
    return value if isinstance(value, str) and value else None
