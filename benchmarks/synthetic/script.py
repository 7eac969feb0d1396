"""The script of a synthetic agent run, from which the writers beside this module make every format.

A run is a list of items: `Step` (one LLM call), `UserMessage`, `Event`. All of it is invented.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Json = dict[str, Any]

USD_PER_MILLION_TOKENS = {"input": 3.0, "output": 15.0, "cacheRead": 0.3, "cacheWrite": 3.75}
"""Invented prices of the synthetic models."""


@dataclass(frozen=True)
class Usage:
    """Tokens of one LLM call. `uncached_input` excludes what was read from or written to the cache."""

    uncached_input: int
    output: int
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0

    @property
    def prompt(self) -> int:
        """Tokens of the whole prompt, cached ones included."""
        return self.uncached_input + self.cache_read + self.cache_write

    @property
    def cost(self) -> Json:
        """US dollars by kind of token, and their total, in the words of pi."""
        counts = {
            "input": self.uncached_input,
            "output": self.output,
            "cacheRead": self.cache_read,
            "cacheWrite": self.cache_write,
        }
        parts = {kind: round(count * USD_PER_MILLION_TOKENS[kind] / 1e6, 8) for kind, count in counts.items()}
        return {**parts, "total": round(sum(parts.values()), 8)}


@dataclass(frozen=True)
class Call:
    """One tool call and its result."""

    tool: str
    arguments: Json
    output: str = ""
    exit_code: int = 0
    details: Json | None = None
    is_error: bool = False
    duration_s: float = 1.0


@dataclass(frozen=True)
class Step:
    """One LLM call with the tool calls that it asked for."""

    usage: Usage | None
    text: str = ""
    thinking: str = ""
    calls: tuple[Call, ...] = ()
    duration_s: float = 5.0
    model: str | None = None


@dataclass(frozen=True)
class UserMessage:
    """What a user says `pause_s` seconds after the previous entry."""

    text: str
    pause_s: float = 1.0


@dataclass(frozen=True)
class Event:
    """An entry of a pi session that is no message, as `compaction`, `model_change` or `custom`, with its fields."""

    kind: str
    fields: Json = field(default_factory=dict)


Item = Step | UserMessage | Event


def bash(command: str, output: str = "", exit_code: int = 0, duration_s: float = 1.0) -> Call:
    """A shell call. A non-zero exit is flagged as an error, as pi does it."""
    return Call("bash", {"command": command}, output, exit_code, is_error=exit_code != 0, duration_s=duration_s)


def read(path: str, content: str) -> Call:
    """A whole file read by pi's `read`."""
    return Call("read", {"path": path}, content)


def edit(path: str, before: str, old: str, new: str) -> Call:
    """A replacement by pi's `edit` in a file that holds `before`, with the unified diff that pi reports."""
    after = before.replace(old, new, 1)
    patch = unified_diff(path, before, after, git=False)
    first_line = before[: before.index(old)].count("\n") + 1
    details = {"diff": _numbered_diff(before, after), "patch": patch, "firstChangedLine": first_line}
    return Call(
        "edit",
        {"path": path, "edits": [{"oldText": old, "newText": new}]},
        f"Successfully replaced 1 block(s) in {path}.",
        details=details,
    )


def unified_diff(path: str, before: str, after: str, *, git: bool = True) -> str:
    """Unified diff of one file; `git` adds the `diff --git` line and the `a/` and `b/` prefixes."""
    old, new = (f"a/{path}", f"b/{path}") if git else (path, path)
    header = f"diff --git {old} {new}\n" if git else ""
    lines = difflib.unified_diff(before.splitlines(True), after.splitlines(True), old, new)
    return header + "".join(lines)


def _numbered_diff(before: str, after: str) -> str:
    old, new = before.splitlines(), after.splitlines()
    width = len(str(max(len(old), len(new))))
    lines: list[str] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += [f" {i + 1:>{width}} {old[i]}" for i in range(i1, i2)]
        else:
            lines += [f"-{i + 1:>{width}} {old[i]}" for i in range(i1, i2)]
            lines += [f"+{j + 1:>{width}} {new[j]}" for j in range(j1, j2)]
    return "\n".join(lines)


def stamp(moment: datetime) -> str:
    """ISO 8601 with milliseconds and `Z`, for a naive UTC moment."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970, for a naive UTC moment."""
    return round((moment - datetime(1970, 1, 1)) / timedelta(milliseconds=1))


def identifier(*parts: object, length: int = 8) -> str:
    """A hexadecimal id that depends on the parts alone."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:length]


def finished_at(items: Sequence[Item], started: datetime) -> datetime:
    """When the last entry of a run that began at `started` is written."""
    return max((moment for _, moment in timeline(items, started)), default=started)


def timeline(items: Sequence[Item], started: datetime) -> Iterator[tuple[Item | Call, datetime]]:
    """Every item and every tool call of a run that began at `started`, with the moment at which it ends."""
    now = started
    for item in items:
        if isinstance(item, UserMessage):
            now += timedelta(seconds=item.pause_s)
        elif isinstance(item, Step):
            now += timedelta(seconds=item.duration_s)
        yield item, now
        if isinstance(item, Step):
            for call in item.calls:
                now += timedelta(seconds=call.duration_s)
                yield call, now
