"""Regions of code that edits changed, followed through later edits (signals.md 7, region_re_edit_count)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from typing import NamedTuple

LARGEST_LINE = 1_000_000_000
"""A larger number is no line of a file: such an edit has no known lines."""
_BLOCK_SIZE = 256
_EMPTY_HASH = sha256(b"").hexdigest()


class Edit(NamedTuple):
    """One contiguous change of one file, in the order in which a session made them."""

    edit_number: int
    path: str
    operation: str
    start_line: int | None
    """1-based, in the file as all earlier edits left it."""
    old_length: int | None
    new_length: int | None
    size: int | None
    """Added and deleted lines."""
    old_hash: str | None
    new_hash: str | None
    basis: str
    """exact, inferred, whole_file or unknown."""


class Region(NamedTuple):
    """Lines of a file that one edit, or several that overlap, changed."""

    path: str
    region_number: int
    """Number of its first edit."""
    start_line: int | None
    """Where it stands when the session closes; None for what was done to a file as a whole or at unknown lines."""
    end_line: int | None
    edit_numbers: list[int]
    sizes: list[int | None]
    """Added and deleted lines of each edit; None where unknown."""
    content_hashes: list[str]
    """Hash of what stood there first, then of what each edit put there, as far as known."""
    basis: str
    """exact, inferred, approximate (a later edit of the file moved it by an unknown number of lines) or whole_file."""
    convergence: str | None
    """None below two edits."""


@dataclass(slots=True)
class _Live:
    """A region while its file is being edited."""

    start: int
    """In the coordinates of its block."""
    length: int
    edits: list[Edit]
    is_exact: bool
    is_approximate: bool = False


@dataclass(slots=True)
class _Block:
    """Neighbouring regions of a file, in file order; all of them move by `shift`."""

    regions: list[_Live]
    shift: int = 0


@dataclass(slots=True)
class _File:
    blocks: list[_Block] = field(default_factory=list)
    whole: list[Edit] = field(default_factory=list)
    closed: list[Region] = field(default_factory=list)


def track_regions(edits: Iterable[Edit]) -> list[Region]:
    """The regions of one session, in order of their first edits.

    Regions are disjoint and kept in the current coordinates of their file. An edit merges with the regions that it
    overlaps (an insertion with the one that it falls strictly inside), moves those below by the lines that it adds, and
    leaves those above alone; one that merely touches is apart. A pure deletion keeps an anchor of one line. Edits
    without lines, and writes over an unknown content, are one region of the whole file: what they do to the lines of
    the other regions is unknown, so after a write or removal those close where they were. Time is near-linear in
    edits, whatever the number of regions in a file.
    """
    files: dict[str, _File] = {}
    for edit in edits:
        file = files.setdefault(edit.path, _File())
        if has_lines(edit):
            _change_lines(file, edit)
        else:
            _change_whole(file, edit)
    regions = [region for path, file in files.items() for region in _finished(path, file)]
    return sorted(regions, key=lambda region: region.region_number)


def has_lines(edit: Edit) -> bool:
    """Whether an edit says which lines it changes."""
    return (
        edit.basis in ("exact", "inferred")
        and edit.operation not in ("delete", "undo")
        and edit.start_line is not None
        and edit.old_length is not None
        and edit.new_length is not None
        and 1 <= edit.start_line <= LARGEST_LINE
        and 0 <= edit.old_length <= LARGEST_LINE
        and 0 <= edit.new_length <= LARGEST_LINE
    )


def convergence(sizes: Sequence[int | None], content_hashes: Sequence[str] = ()) -> str | None:
    """Where the edits of a region lead (signals.md 7, region_edit_convergence).

    sizes: added and deleted lines of each edit, in time order; content_hashes: the contents that the region had, in
    time order. `oscillating` where a content returns after another or the sizes tell no direction, `converging` where
    they never grow and end smaller, `expanding` where they never shrink and end larger. None below two edits, and where
    a size is unknown and no content returns.
    """
    if len(sizes) < 2:
        return None
    if _returns(content_hashes):
        return "oscillating"
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes):
        return None
    steps = [later - earlier for earlier, later in pairwise(known)]
    if all(step <= 0 for step in steps) and known[-1] < known[0]:
        return "converging"
    if all(step >= 0 for step in steps) and known[-1] > known[0]:
        return "expanding"
    return "oscillating"


def _returns(content_hashes: Sequence[str]) -> bool:
    """Whether a content comes back after another; nothing at all, left by a deletion, is no content."""
    seen: set[str] = set()
    previous = None
    for content_hash in content_hashes:
        if content_hash not in (previous, _EMPTY_HASH):
            if content_hash in seen:
                return True
            seen.add(content_hash)
        previous = content_hash
    return False


def _change_lines(file: _File, edit: Edit) -> None:
    start, old_length, new_length = edit.start_line or 1, edit.old_length or 0, edit.new_length or 0
    below = start + old_length
    moved = new_length - old_length
    first, hit = _take_overlapping(file, start, below)
    region = _Live(start, max(new_length, 1), [edit], edit.basis == "exact")
    if hit:
        top = min(start, hit[0].start)
        bottom = max(below, hit[-1].start + hit[-1].length) + moved
        members = [region, *hit]
        largest = max(members, key=lambda member: len(member.edits))
        for member in members:
            if member is not largest:
                largest.edits.extend(member.edits)
        region = _Live(
            top,
            max(bottom - top, 1),
            largest.edits,
            all(member.is_exact for member in members),
            any(member.is_approximate for member in members),
        )
    _insert(file, first, region, moved)


def _take_overlapping(file: _File, start: int, below: int) -> tuple[tuple[int, int], list[_Live]]:
    """Take out the regions that an edit of lines start to below - 1 overlaps, with starts in the file's coordinates.

    Also the place, block and index, of the first region below them.
    """
    hit: list[_Live] = []
    number = max(bisect_left(file.blocks, start, key=_block_start) - 1, 0)
    while number < len(file.blocks):
        block = file.blocks[number]
        regions, shift = block.regions, block.shift
        first = bisect_right(regions, start - shift, key=_end)
        # Of no lines, an insertion falls into the region that starts above it and ends below.
        last = bisect_left(regions, below - shift, lo=first, key=_start)
        for region in regions[first:last]:
            region.start += shift
            hit.append(region)
        del regions[first:last]
        if first < len(regions) or number + 1 == len(file.blocks) or _block_start(file.blocks[number + 1]) >= below:
            return (number, first), hit
        if regions:
            number += 1
        else:
            del file.blocks[number]
    return (0, 0), hit


def _insert(file: _File, place: tuple[int, int], region: _Live, moved: int) -> None:
    """Put a region before the place, and move all from the place on."""
    number, at = place
    if not file.blocks:
        file.blocks.append(_Block([]))
    block = file.blocks[number]
    if moved:
        for below in block.regions[at:]:
            below.start += moved
        for later in file.blocks[number + 1 :]:
            later.shift += moved
    region.start -= block.shift
    block.regions.insert(at, region)
    if len(block.regions) > _BLOCK_SIZE:
        half = len(block.regions) // 2
        file.blocks.insert(number + 1, _Block(block.regions[half:], block.shift))
        del block.regions[half:]


def _change_whole(file: _File, edit: Edit) -> None:
    file.whole.append(edit)
    if edit.basis != "unknown" or edit.operation in ("write", "create", "delete"):
        _close(file, edit.path, is_approximate=True)
        file.blocks = []
    elif edit.old_length is None or edit.old_length != edit.new_length:
        for block in file.blocks:
            for region in block.regions:
                region.is_approximate = True


def _close(file: _File, path: str, is_approximate: bool) -> None:
    for block in file.blocks:
        for region in block.regions:
            start = region.start + block.shift
            basis = "exact" if region.is_exact else "inferred"
            if is_approximate or region.is_approximate:
                basis = "approximate"
            file.closed.append(_region(path, region.edits, start, start + region.length - 1, basis))


def _finished(path: str, file: _File) -> list[Region]:
    _close(file, path, is_approximate=False)
    if file.whole:
        file.closed.append(_region(path, file.whole, None, None, "whole_file"))
    return file.closed


def _region(path: str, edits: list[Edit], start: int | None, end: int | None, basis: str) -> Region:
    edits = sorted(edits, key=lambda edit: edit.edit_number)
    sizes = [edit.size for edit in edits]
    hashes = [edits[0].old_hash, *(edit.new_hash for edit in edits)]
    content_hashes = [content_hash for content_hash in hashes if content_hash is not None]
    return Region(
        path,
        edits[0].edit_number,
        start,
        end,
        [edit.edit_number for edit in edits],
        sizes,
        content_hashes,
        basis,
        convergence(sizes, content_hashes),
    )


def _start(region: _Live) -> int:
    return region.start


def _end(region: _Live) -> int:
    return region.start + region.length


def _block_start(block: _Block) -> int:
    return block.regions[0].start + block.shift if block.regions else 0
