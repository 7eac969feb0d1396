"""Regions of synthetic edits, against the test vectors of signals.md and against a file that is really edited."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algorithms.regions import Edit, Region, convergence, track_regions


def edit(
    number: int,
    start: int | None,
    old: int | None,
    new: int | None,
    *,
    basis: str = "exact",
    operation: str = "edit",
    path: str = "a.py",
    hashes: tuple[str | None, str | None] = (None, None),
) -> Edit:
    size = None if old is None or new is None else old + new
    return Edit(number, path, operation, start, old, new, size, *hashes, basis)


def placed(regions: list[Region]) -> list[tuple[int | None, int | None, list[int]]]:
    return [(region.start_line, region.end_line, region.edit_numbers) for region in regions]


def test_tv_26_regions_move_with_the_lines_above_them() -> None:
    a, b, c, d = edit(0, 50, 5, 8), edit(1, 10, 0, 20), edit(2, 72, 2, 2), edit(3, 52, 3, 3)

    regions = track_regions([a, b, c, d])

    assert placed(regions) == [(70, 77, [0, 2]), (10, 29, [1]), (52, 54, [3])]
    assert placed(track_regions([a, b, c])) == [(70, 77, [0, 2]), (10, 29, [1])]


@pytest.mark.parametrize(
    ("sizes", "hashes", "expected"),
    [
        ([12, 6, 2], [], "converging"),
        ([8, 8, 3], [], "converging"),
        ([3, 9, 20], [], "expanding"),
        ([4, 4, 9], [], "expanding"),
        ([5, 12, 4, 15], [], "oscillating"),
        ([5, 5], [], "oscillating"),
        ([12, 6, 2], ["h1", "h2", "h1"], "oscillating"),
        ([7], [], None),
        ([12, 6], ["h1", "h1"], "converging"),
        ([12, None, 2], [], None),
        ([12, None], ["h1", "h2", "h1"], "oscillating"),
    ],
)
def test_tv_27_where_the_edits_of_a_region_lead(
    sizes: list[int | None], hashes: list[str], expected: str | None
) -> None:
    assert convergence(sizes, hashes) == expected


def test_touching_is_apart_and_inside_is_together() -> None:
    assert len(track_regions([edit(0, 10, 1, 5), edit(1, 15, 2, 2)])) == 2
    assert len(track_regions([edit(0, 10, 1, 5), edit(1, 8, 2, 2)])) == 2
    assert placed(track_regions([edit(0, 10, 1, 5), edit(1, 10, 0, 3)])) == [(13, 17, [0]), (10, 12, [1])]
    assert placed(track_regions([edit(0, 10, 1, 5), edit(1, 15, 0, 3)])) == [(10, 14, [0]), (15, 17, [1])]
    assert placed(track_regions([edit(0, 10, 1, 5), edit(1, 11, 0, 3)])) == [(10, 17, [0, 1])]


def test_one_edit_joins_all_that_it_overlaps() -> None:
    edits = [edit(0, 10, 2, 2), edit(1, 20, 2, 2), edit(2, 30, 2, 2), edit(3, 11, 10, 1)]
    assert placed(track_regions(edits)) == [(10, 12, [0, 1, 3]), (21, 22, [2])]


def test_a_deletion_leaves_an_anchor_of_one_line() -> None:
    assert placed(track_regions([edit(0, 10, 4, 0)])) == [(10, 10, [0])]
    assert placed(track_regions([edit(0, 10, 4, 0), edit(1, 10, 1, 2)])) == [(10, 11, [0, 1])]
    assert placed(track_regions([edit(0, 20, 1, 1), edit(1, 10, 10, 0), edit(2, 1, 0, 5)])) == [
        (15, 15, [0]),
        (15, 15, [1]),
        (1, 5, [2]),
    ]


def test_writes_and_edits_without_lines_are_one_region_that_takes_in_no_lines() -> None:
    edits = [
        edit(0, 1, None, 90, basis="whole_file", operation="write"),
        edit(1, 5, 1, 1),
        edit(2, None, 3, 4, basis="unknown"),
        edit(3, 50, 1, 1),
        edit(4, None, None, 80, basis="whole_file", operation="write"),
        edit(5, 5, 1, 1, basis="inferred"),
    ]

    regions = track_regions(edits)

    assert placed(regions) == [(None, None, [0, 2, 4]), (5, 5, [1]), (50, 50, [3]), (5, 5, [5])]
    assert [region.basis for region in regions] == ["whole_file", "approximate", "approximate", "inferred"]


def test_an_unplaced_edit_that_keeps_the_length_moves_nothing() -> None:
    [region, _] = track_regions([edit(0, 5, 1, 1), edit(1, None, 2, 2, basis="unknown")])
    assert (region.start_line, region.basis) == (5, "exact")


def test_files_are_apart() -> None:
    assert len(track_regions([edit(0, 5, 1, 1), edit(1, 5, 1, 1, path="b.py")])) == 2


def test_a_content_that_returns_oscillates() -> None:
    edits = [
        edit(0, 5, 9, 8, hashes=("a", "b")),
        edit(1, 5, 1, 1, hashes=("b", "c")),
        edit(2, 5, 1, 1, hashes=("c", "a")),
    ]
    [region] = track_regions(edits)
    assert region.content_hashes == ["a", "b", "c", "a"]
    assert (region.sizes, region.convergence) == ([17, 2, 2], "oscillating")


@given(st.data())
def test_regions_hold_the_lines_that_edits_put_there(data: st.DataObject) -> None:
    lines: list[tuple[int, ...]] = [()] * 60
    edits = []
    for number in range(data.draw(st.integers(1, 25))):
        start = data.draw(st.integers(1, len(lines) + 1))
        old = data.draw(st.integers(0, min(6, len(lines) + 1 - start)))
        new = data.draw(st.integers(1, 4))
        edits.append(edit(number, start, old, new))
        lines[start - 1 : start - 1 + old] = [(number,)] * new

    regions = track_regions(edits)

    assert sorted(number for region in regions for number in region.edit_numbers) == list(range(len(edits)))
    region_of = {number: region for region in regions for number in region.edit_numbers}
    for line_number, marks in enumerate(lines, start=1):
        for mark in marks:
            region = region_of[mark]
            assert region.start_line is not None and region.end_line is not None
            assert region.start_line <= line_number <= region.end_line
    spans = sorted((region.start_line or 0, region.end_line or 0) for region in regions)
    assert all(before[1] < behind[0] for before, behind in pairwise(spans))


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.integers(-5, 2**70)),
            st.one_of(st.none(), st.integers(-5, 30)),
            st.one_of(st.none(), st.integers(-5, 30)),
            st.sampled_from(["exact", "inferred", "whole_file", "unknown"]),
            st.sampled_from(["edit", "write", "delete", "undo"]),
        ),
        max_size=30,
    )
)
def test_every_edit_has_one_region(rows: list[tuple[int | None, int | None, int | None, str, str]]) -> None:
    edits = [edit(n, a, b, c, basis=basis, operation=operation) for n, (a, b, c, basis, operation) in enumerate(rows)]
    regions = track_regions(edits)
    assert sorted(number for region in regions for number in region.edit_numbers) == list(range(len(edits)))


def test_many_regions_in_one_file_take_little_time() -> None:
    edits = [edit(number, 1 + (number * 7919) % 400_000, 1, 2) for number in range(40_000)]
    start = time.perf_counter()
    regions = track_regions(edits)
    assert time.perf_counter() - start < 10
    assert len(regions) > 20_000
