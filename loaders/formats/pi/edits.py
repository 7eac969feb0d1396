"""The changes that the result of an edit of pi tells: a unified patch, or pi's own display diff."""

from __future__ import annotations

import re

from loaders.formats.shared.line_changes import Change, common_ends

_HUNK = re.compile(r"@@ -\d{1,9}(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_DISPLAY_LINE = re.compile(r"([ +-]) *(\d{1,9})[ |](.*)", re.DOTALL)
_HASHLINE_FILE = re.compile(r"\A§(\S[^\n]*)")


def patch_changes(patch: str) -> list[Change]:
    """Changes of a unified diff of one file, context left out; the lengths of a hunk bound its reading.

    The lines of the new file are the lines of the file as the changes above left it, which is what a change counts in.
    """
    runs = _Runs()
    old_left = new_left = number = 0
    for line in patch.split("\n"):
        if old_left <= 0 and new_left <= 0:
            if hunk := _HUNK.match(line):
                runs.close()
                old_left, new_left = int(hunk[1] or 1), int(hunk[3] or 1)
                # A hunk that has no new line is placed by the line that it follows.
                number = int(hunk[2]) + (hunk[3] == "0")
            continue
        sign, text = line[:1] or " ", line[1:]
        if sign == "-":
            runs.take_old(number, text)
            old_left -= 1
        elif sign == "+":
            runs.take_new(number, text)
            new_left -= 1
            number += 1
        elif sign != "\\":
            runs.close()
            old_left -= 1
            new_left -= 1
            number += 1
    runs.close()
    return runs.changes


def display_changes(diff: str) -> list[Change]:
    """Changes of pi's display diff: context and deleted lines carry old line numbers, added lines new ones."""
    runs = _Runs()
    next_old = None
    for line in diff.split("\n"):
        found = _DISPLAY_LINE.fullmatch(line)
        if found is None or found[1] == " ":
            # A line without a number stands for lines left out.
            runs.close()
            continue
        sign, number, text = found[1], int(found[2]), found[3]
        if sign == "-":
            if number != next_old:
                runs.close()
            runs.take_old(number + runs.moved, text)
            next_old = number + 1
        else:
            if runs.next_new is not None and number != runs.next_new:
                runs.close()
            runs.take_new(number, text)
    runs.close()
    return runs.changes


def hashline_path(text: str) -> str | None:
    """The file that a hashline patch (`§path`, then its hunks) names, where it names exactly one."""
    found = _HASHLINE_FILE.match(text)
    return found[1].strip() if found is not None and "\n§" not in text else None


class _Runs:
    """Gathers changed lines into runs without an unchanged line between them."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.moved = 0
        """How far the closed runs have moved the lines below them."""
        self._start = 0
        self._old: list[str] = []
        self._new: list[str] = []

    @property
    def next_new(self) -> int | None:
        """Number of the next added line of an open run that has one."""
        return self._start + len(self._new) if self._new else None

    def take_old(self, number: int, text: str) -> None:
        self._open(number)
        self._old.append(text)

    def take_new(self, number: int, text: str) -> None:
        self._open(number)
        self._new.append(text)

    def close(self) -> None:
        old, new = self._old, self._new
        if not old and not new:
            return
        self.moved += len(new) - len(old)
        head, tail = common_ends(old, new)
        if head + tail == max(len(old), len(new)):
            head = tail = 0  # The runs differ in the newline at the end of the file alone.
        start = self._start + head
        self.changes.append(Change(start, old[head : len(old) - tail], new[head : len(new) - tail], "exact"))
        self._old, self._new = [], []

    def _open(self, number: int) -> None:
        if not self._old and not self._new:
            self._start = max(number, 1)
