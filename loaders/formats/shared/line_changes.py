"""Runs of lines in which two texts differ."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

MAX_CHANGES = 2_000
"""A call with more is one change, from its first line to its last."""
_MAX_DIFFED_LINES = 600
_MAX_COMPARED = 400_000
"""Pairs of lines that one comparison of two texts looks at in full."""


class Change(NamedTuple):
    """A run of changed lines, without the unchanged ones around it."""

    start_line: int | None
    """1-based, in the file as the earlier changes of the same call left it; where nothing is deleted, the line before
    which the new ones go. None where unknown."""
    old: list[str] | None
    """Lines that go, without their newlines; None where unknown."""
    new: list[str] | None
    """Lines that come."""
    basis: str
    """exact, inferred, whole_file or unknown."""


def line_changes(old: list[str], new: list[str]) -> list[tuple[int, list[str], list[str]]]:
    """Runs of lines that differ: index of the first one in `old`, lines that go, lines that come.

    Lines that occur once in both texts hold them together; what lies between is compared in full where it is short,
    else it is one run. So the time is near-linear in the lines.
    """
    runs: list[tuple[int, list[str], list[str]]] = []
    old_at = new_at = compared = 0
    for old_next, new_next in [*_anchors(old, new), (len(old), len(new))]:
        gone, come = old[old_at:old_next], new[new_at:new_next]
        head, tail = common_ends(gone, come)
        gone, come = gone[head : len(gone) - tail], come[head : len(come) - tail]
        compared += len(gone) * len(come)
        if gone and come and len(gone) + len(come) <= _MAX_DIFFED_LINES and compared <= _MAX_COMPARED:
            for tag, a, b, c, d in SequenceMatcher(None, gone, come, autojunk=False).get_opcodes():
                if tag != "equal":
                    runs.append((old_at + head + a, gone[a:b], come[c:d]))
        elif gone or come:
            runs.append((old_at + head, gone, come))
        old_at, new_at = old_next, new_next
    runs = _adjacent_joined(runs)
    if len(runs) > MAX_CHANGES:
        head, tail = common_ends(old, new)
        return [(head, old[head : len(old) - tail], new[head : len(new) - tail])]
    return runs


def _adjacent_joined(runs: list[tuple[int, list[str], list[str]]]) -> list[tuple[int, list[str], list[str]]]:
    """Runs without an unchanged line between them are one."""
    whole: list[tuple[int, list[str], list[str]]] = []
    for at, gone, come in runs:
        if whole and whole[-1][0] + len(whole[-1][1]) == at:
            whole[-1][1].extend(gone)
            whole[-1][2].extend(come)
        else:
            whole.append((at, gone, come))
    return whole


def _anchors(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    """Indices of the lines that occur once in each text, the longest chain of them that rises in both."""
    old_counts, new_counts = Counter(old), Counter(new)
    new_index = {line: at for at, line in enumerate(new) if new_counts[line] == 1}
    pairs = [(at, new_index[line]) for at, line in enumerate(old) if old_counts[line] == 1 and line in new_index]
    tops: list[int] = []
    top_pairs: list[int] = []
    previous: list[int] = []
    for number, (_, at) in enumerate(pairs):
        pile = bisect_left(tops, at)
        previous.append(top_pairs[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [at]
        top_pairs[pile : pile + 1] = [number]
    chain: list[tuple[int, int]] = []
    number = top_pairs[-1] if top_pairs else -1
    while number >= 0:
        chain.append(pairs[number])
        number = previous[number]
    return chain[::-1]


def common_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many lines both begin with, and how many both end with."""
    shortest = min(len(old), len(new))
    head = 0
    while head < shortest and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < shortest - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return head, tail


def sequential(runs: Iterable[tuple[int, list[str], list[str]]], basis: str) -> list[Change]:
    """Runs of `line_changes` as changes made one after the other, from the top."""
    changes: list[Change] = []
    moved = 0
    for at, gone, come in runs:
        changes.append(Change(at + 1 + moved, gone, come, basis))
        moved += len(come) - len(gone)
    return changes


def unified(text: str) -> str:
    """A text with one kind of newline."""
    return text.replace("\r\n", "\n") if "\r" in text else text


def ended(text: str) -> str:
    """A text whose last line ends with a newline; the empty text has no line."""
    text = unified(text)
    return text if not text or text.endswith("\n") else text + "\n"


def joined(lines: list[str]) -> str:
    """Lines as a text that ends with a newline."""
    return "".join(line + "\n" for line in lines)


def split_lines(text: str) -> list[str]:
    """The lines of a text that `ended` or `joined` made."""
    return text.split("\n")[:-1]
