"""Texts of traces as a terminal can show them: harmless, in lines, cut to a width in cells."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import TypeGuard

_SEQUENCES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?", re.DOTALL)
_TAB = "    "
_WIDE = frozenset("WF")
_HARMFUL = frozenset(("Cc", "Cs")) | {"Co", "Cn"}
_REORDERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def safe_text(text: str) -> str:
    """The text without what moves a cursor, colours, or hides other text: only line ends are left of controls."""
    plain = _SEQUENCES.sub("", text).replace("\r\n", "\n").replace("\r", "\n").expandtabs(len(_TAB))
    return "".join(
        sign
        for sign in plain
        if sign == "\n" or (sign not in _REORDERING and unicodedata.category(sign) not in _HARMFUL)
    )


def one_line(text: str) -> str:
    """The text as `safe_text` has it, its lines one after the other."""
    return safe_text(text).replace("\n", " ")


def cell_count(text: str) -> int:
    """Cells that a line takes: East Asian signs two, combining ones none."""
    return sum(_cells(sign) for sign in text)


def cut(text: str, width: int) -> str:
    """The line, ending in an ellipsis where it is wider than `width`."""
    if cell_count(text) <= width:
        return text
    return f"{next(_pieces(text, max(width - 1, 1)), '')}…"


def wrapped(text: str, width: int) -> list[str]:
    """The lines of a text, each in as many pieces of `width` cells as it takes; nothing is lost."""
    return [piece for line in text.split("\n") for piece in (list(_pieces(line, width)) or [""])]


def readable_arguments(text: str) -> str:
    """The arguments of a call: members of a JSON object one below the other, with line ends as line ends."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return "\n".join(_members(value)) if isinstance(value, dict) and value else text


def _members(value: dict[str, object] | list[object]) -> Iterator[str]:
    for name, member in value.items() if isinstance(value, dict) else enumerate(value):
        inner = list(_members(member)) if _is_nested(member) else _lines(member)
        if len(inner) == 1 and not _is_nested(member):
            yield f"{name}: {inner[0]}"
        else:
            yield f"{name}:"
            yield from (f"  {line}" for line in inner)


def _is_nested(value: object) -> TypeGuard[dict[str, object] | list[object]]:
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(isinstance(member, dict | list) or (isinstance(member, str) and "\n" in member) for member in members)


def _lines(value: object) -> list[str]:
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shown.rstrip("\n").split("\n")


def _pieces(line: str, width: int) -> Iterator[str]:
    start = taken = 0
    for position, sign in enumerate(line):
        cells = _cells(sign)
        if taken + cells > width and position > start:
            yield line[start:position]
            start, taken = position, 0
        taken += cells
    if start < len(line):
        yield line[start:]


def _cells(sign: str) -> int:
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in _WIDE else 1
