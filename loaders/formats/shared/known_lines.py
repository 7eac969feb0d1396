"""The known lines of a file: runs of them with unknown lines between, and what stands where in them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from loaders.formats.shared.line_changes import MAX_CHANGES, Change, common_ends, ended, joined, split_lines


@dataclass(slots=True)
class Part:
    """Known lines that follow each other."""

    first_line: int
    text: str
    """A newline ends every line, the last one too."""
    line_count: int


@dataclass(slots=True)
class KnownFile:
    parts: list[Part] = field(default_factory=list)
    """In file order, with lines that are not known between them."""
    is_whole: bool = False

    def size(self) -> int:
        return sum(len(part.text) for part in self.parts)


def agrees(file: KnownFile, first_line: int, text: str, count: int) -> bool:
    """Whether lines that an artifact shows are those that were known, as far as they were."""
    if file.is_whole and first_line + count - 1 > sum(part.line_count for part in file.parts):
        return False
    for part in file.parts:
        first = max(first_line, part.first_line)
        last = min(first_line + count, part.first_line + part.line_count)
        if first < last:
            end = None if last == first_line + count else line_start(text, last - first_line)
            shown = text[line_start(text, first - first_line) : end]
            if not part.text.startswith(shown, line_start(part.text, first - part.first_line)):
                return False
    return True


def put(file: KnownFile, first_line: int, old_count: int, text: str, new_count: int) -> None:
    """Replace old_count lines by those of a text; what stands below moves."""
    below = first_line + old_count
    at = bisect_right(file.parts, first_line, key=lambda part: part.first_line + part.line_count)
    if at and file.parts[at - 1].first_line + file.parts[at - 1].line_count == first_line:
        at -= 1
    start, until, count = first_line, at, text.count("\n")
    while until < len(file.parts) and (part := file.parts[until]).first_line <= below:
        if part.first_line < first_line:
            start = part.first_line
            text = part.text[: line_start(part.text, first_line - start)] + text
            count += first_line - start
        if part.first_line + part.line_count > below:
            gone = max(0, below - part.first_line)
            text += part.text[line_start(part.text, gone) :]
            count += part.line_count - gone
        until += 1
    for part in file.parts[until:]:
        part.first_line += new_count - old_count
    file.parts[at:until] = [Part(start, text, count)] if text else []


def part_changes(part: Part, found: Iterable[int], old: str, new: str) -> list[Change]:
    """Replacements at the given offsets of a part, as whole lines; those that share a line are one."""
    text = part.text
    spans: list[tuple[int, int, str]] = []
    for at in found:
        if spans and at < spans[-1][1]:
            start, end, come = spans.pop()
            # The text between the two occurrences stands at the end of what the first one became.
            come = come[: len(come) - (end - at)] + new
        else:
            start = text.rfind("\n", 0, at) + 1
            come = text[start:at] + new
        end = at + len(old)
        is_at_line_end = end == start or text[end - 1] == "\n"
        if not is_at_line_end or (come and not come.endswith("\n")):
            line_end = text.find("\n", end) + 1 or len(text)
            come, end = come + text[end:line_end], line_end
        spans.append((start, end, come))
    if len(spans) > MAX_CHANGES:
        pieces = [spans[0][2]]
        for before, after in pairwise(spans):
            pieces += text[before[1] : after[0]], after[2]
        spans = [(spans[0][0], spans[-1][1], "".join(pieces))]
    changes: list[Change] = []
    number, counted_to = part.first_line, 0
    for start, end, come in spans:
        number += text.count("\n", counted_to, start)
        counted_to = start
        gone_lines, come_lines = split_lines(text[start:end]), split_lines(ended(come))
        head, tail = common_ends(gone_lines, come_lines)
        gone_lines, come_lines = gone_lines[head : len(gone_lines) - tail], come_lines[head : len(come_lines) - tail]
        if gone_lines or come_lines:
            changes.append(Change(number + head, gone_lines, come_lines, "inferred"))
            number += len(come_lines) - len(gone_lines)
    return changes


def occurrences(text: str, old: str) -> Iterator[int]:
    at = text.find(old)
    while at >= 0:
        yield at
        at = text.find(old, at + len(old))


def hunk_line(file: KnownFile, old: list[str], anchor: str | None, below: int) -> int | None:
    """Line of the file at which the old lines of a hunk stand."""
    if not old:
        return sum(part.line_count for part in file.parts) + 1 if file.is_whole else None
    wanted = joined(old)
    found: list[int] = []
    for part in file.parts:
        start = line_start(part.text, max(0, below - part.first_line))
        if anchor and (anchored := _line_offset(part.text, anchor + "\n", start)) >= 0:
            start = anchored + len(anchor) + 1
        at = _line_offset(part.text, wanted, start)
        if at >= 0:
            found.append(part.first_line + part.text.count("\n", 0, at))
            if not file.is_whole and _line_offset(part.text, wanted, at + 1) >= 0:
                return None
    return found[0] if len(found) == 1 else None


def _line_offset(text: str, wanted: str, start: int) -> int:
    """Offset from `start` on at which whole lines stand, or -1."""
    if start == 0 and text.startswith(wanted):
        return 0
    at = text.find("\n" + wanted, max(0, start - 1))
    return at if at < 0 else at + 1


def line_start(text: str, lines: int) -> int:
    """Offset after so many lines; the end of the text where it has no more."""
    if lines <= 0:
        return 0
    start, end = 0, len(text)
    while end - start > 2_000:
        middle = (start + end) // 2
        count = text.count("\n", start, middle)
        if count >= lines:
            end = middle
        else:
            lines -= count
            start = middle
    for _ in range(lines):
        at = text.find("\n", start)
        if at < 0:
            return len(text)
        start = at + 1
    return start
