"""Small pure conversions that several formats share: timestamps, canonical JSON, patches."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

_ENCODER = msgspec.json.Encoder(order="deterministic")
_EPOCH = datetime(1970, 1, 1)
_DATE_LENGTH = len("2026-01-02")
_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def utc(value: str | float | int | None, *, unit: str = "s") -> datetime | None:
    """Naive UTC datetime of an ISO 8601 string or of an epoch number (`unit` s or ms); None where it is neither.

    A string without a zone is taken as UTC: callers whose clocks are local keep them apart (`*_local_at`).
    """
    try:
        if isinstance(value, str):
            # A clock that says UTC is read without the detour over a zone, which takes most of the time.
            clock = value[:-1] if value[-1:] == "Z" else value.removesuffix("+00:00")
            text = clock if len(clock) > _DATE_LENGTH else value
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                return moment
            has_two_zones = len(text) < len(value)
            return None if has_two_zones else moment.astimezone(UTC).replace(tzinfo=None)
        if value is None or isinstance(value, bool):
            return None
        return _EPOCH + timedelta(0, value / 1000 if unit == "ms" else value)
    except (ValueError, OverflowError, OSError):
        return None


def canonical_json(value: Any) -> str:
    """Compact JSON with sorted keys, so that equal arguments are equal strings."""
    return _ENCODER.encode(value).decode()


class PatchFile(NamedTuple):
    """One file of a unified diff."""

    path: str
    added_lines: int
    deleted_lines: int


def patch_files(patch: str | None) -> list[PatchFile] | None:
    """Files of a unified diff in patch order, each once, with their added and deleted line counts.

    The path is that of `+++ b/`, of `--- a/` for a deletion, of `rename to` or the `diff --git` line where there is no
    hunk. None for None; [] for a blank patch. Hunk lengths bound the counting, so `--- ` inside a hunk is a deletion.
    """
    if patch is None:
        return None
    counts: dict[str, list[int]] = {}
    path: str | None = None
    old_path: str | None = None
    old_left = new_left = 0
    for line in patch.replace("\r\n", "\n").split("\n"):  # splitlines() would also cut at form feeds within a line
        if old_left > 0 or new_left > 0:
            if line.startswith("+"):
                new_left -= 1
                if path is not None:
                    counts[path][0] += 1
            elif line.startswith("-"):
                old_left -= 1
                if path is not None:
                    counts[path][1] += 1
            elif not line.startswith("\\"):
                old_left -= 1
                new_left -= 1
            continue
        if line.startswith("diff --git "):
            half = line[len("diff --git ") :]
            middle = half.rfind(" b/")
            path = half[middle + 3 :] if middle >= 0 else None
            if path is not None:
                counts.setdefault(path, [0, 0])
        elif line.startswith("--- "):
            old_path = _diff_path(line[4:])
        elif line.startswith("+++ "):
            new_path = _diff_path(line[4:])
            path = new_path if new_path is not None else old_path
            if path is not None:
                counts.setdefault(path, [0, 0])
        elif line.startswith("rename to "):
            path = line[len("rename to ") :].strip()
            counts.setdefault(path, [0, 0])
        elif (hunk := _HUNK.match(line)) is not None:
            old_left = int(hunk[2]) if hunk[2] is not None else 1
            new_left = int(hunk[4]) if hunk[4] is not None else 1
    return [PatchFile(name, added, deleted) for name, (added, deleted) in counts.items()]


def _diff_path(text: str) -> str | None:
    name = text.split("\t", 1)[0].strip().strip('"')
    if name == "/dev/null":
        return None
    return name[2:] if name[:2] in ("a/", "b/") else name
