"""Summary lines of a harness, `[subq-eval] <key>: <value>`, in a grammar of this project's own."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

MARKER = b"[subq-eval]"

_LINE = re.compile(rb"\[subq-eval\]\s*([A-Za-z][\w \t-]*?)\s*:(.*)", re.DOTALL)
_ESCAPE = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
_WORD_BREAK = re.compile(r"[\s_-]+")
_WHOLE = re.compile(r"\d{1,9}")
_ORDINAL = re.compile(r"(\d{1,9})(?:\s*(?:/|of)\s*\d+)?")
_FILE = re.compile(r"(\S.*?)\s*\(\s*(\d{1,9})\s+diff\s+lines?\s*\)\s*(?:,\s*|\Z)", re.IGNORECASE | re.DOTALL)

COUNT_KEYS = {"turns": "turn_count", "toolcalls": "tool_call_count", "editcalls": "edit_calls"}
_CAP_KEYS = {"attempt1toolcap": "attempt1_tool_cap", "retrytoolcap": "retry_tool_cap"}
_MODE_KEYS = {
    "attempt1mode": "attempt1_mode",
    "trialrecoverymode": "trial_recovery_mode",
    "finalfailuremode": "final_failure_mode",
}
ATTEMPT_KEY = "attempt"
FILES_KEY = "touchedfiles"
TRIAL_KEYS = _CAP_KEYS | _MODE_KEYS
"""Keys that speak of the trial and may stand anywhere; the others make up a block. Values are landed fields."""

_KEYS = frozenset({ATTEMPT_KEY, FILES_KEY, *COUNT_KEYS, *TRIAL_KEYS})
_PROBLEMS = {
    ATTEMPT_KEY: "not an attempt number from 1 on",
    FILES_KEY: "not a list of `path (N diff lines)`",
    **dict.fromkeys(_MODE_KEYS, "no value"),
}


class TouchedFile(NamedTuple):
    """A file that the harness lists, and how many lines its diff has as the harness counts them."""

    path: str
    diff_lines: int


class SummaryLine(NamedTuple):
    """One line: its key without case, blanks, `_` and `-`; its value, or why it has none."""

    key: str
    value: Any
    """int (counts, caps, 1-based attempt), str (modes) or list[TouchedFile]; None where malformed."""
    problem: str | None


def read_summary_line(line: bytes) -> SummaryLine | None:
    """The summary line within a line of output, or None where its key is none of the grammar's."""
    found = _LINE.search(_ESCAPE.sub(b"", line))
    if found is None:
        return None
    key = _WORD_BREAK.sub("", found[1].decode("ascii", "replace")).lower()
    if key not in _KEYS:
        return None
    try:
        text = found[2].decode("utf-8").strip()
    except UnicodeDecodeError:
        return SummaryLine(key, None, "not UTF-8")
    value = _value(key, text)
    return SummaryLine(key, value, None if value is not None else _PROBLEMS.get(key, "not a whole number"))


def _value(key: str, text: str) -> Any:
    if key == FILES_KEY:
        return touched_files(text)
    if key in _MODE_KEYS:
        return text or None
    if key == ATTEMPT_KEY:
        ordinal = _ORDINAL.fullmatch(text)
        return int(ordinal[1]) or None if ordinal is not None else None
    return int(text) if _WHOLE.fullmatch(text) else None


def touched_files(text: str) -> list[TouchedFile] | None:
    """The files of a `Touched files` value: [] for `none`; None where any part is not `path (N diff lines)`.

    A path ends only at the count in parentheses, so it may itself hold commas, spaces and parentheses.
    """
    if text.lower() == "none":
        return []
    files: list[TouchedFile] = []
    position = 0
    while position < len(text):
        found = _FILE.match(text, position)
        if found is None:
            return None
        files.append(TouchedFile(found[1], int(found[2])))
        position = found.end()
    return files or None
