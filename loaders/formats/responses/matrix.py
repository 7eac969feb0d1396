"""Response matrices as CSV: an agent a row, an item a column, 0 to 1 in the cells, empty where nothing was run."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import NamedTuple

from loaders.artifact import HEAD_BYTES, Artifact
from loaders.csv_rows import csv_header, csv_rows
from loaders.formats.responses.outcome import NoOutcomeError, outcome
from loaders.tables import BadRecord, Record, Response

NAME = "response_matrix"
VERSION = 1
IDENTITY = "place"

_AGENTS = frozenset(("", "unnamed: 0", "agent", "agent_name", "agents", "model", "submission", "system"))
_SUFFIX = re.compile(r"[_-]?(?:response[_-]?)?(?:matrix|resmat)$", re.IGNORECASE)


class _Place(NamedTuple):
    """What the folders around a matrix say of it."""

    dataset: str | None
    directory: str | None = None
    revision: str | None = None
    ensemble_member: str | None = None
    measure: str | None = None


def matches(artifact: Artifact) -> bool:
    """CSV whose first column is the agents' and whose first row holds outcomes and nothing else."""
    if not artifact.name.endswith(".csv"):
        return False
    header = csv_header(artifact.head)
    if len(header) < 2 or header[0].strip().lower() not in _AGENTS:
        return False
    is_known = _place(artifact.logical_path).revision is not None
    if len(artifact.head) >= HEAD_BYTES and artifact.head.count(b"\n") < 2:
        return is_known
    first = next(csv_rows(artifact.head), None)
    return is_known or (isinstance(first, tuple) and bool(first[2][0].strip()) and _are_outcomes(first[2][1:]))


def flatten(artifact: Artifact) -> Iterator[Record]:
    """A `Response` for each cell that holds an outcome; a column named twice counts once."""
    place = _place(artifact.logical_path)
    items: list[str | None] | None = None
    for row in csv_rows(artifact.data):
        if isinstance(row, BadRecord):
            yield row
            continue
        number, header, cells = row
        if items is None:
            items = yield from _items(header, place)
        agent_name = _without_prefix(cells[0].strip(), place.dataset)
        if not agent_name:
            yield BadRecord(place=f"line {number}", line_number=number, reason="a row without an agent")
            continue
        for column, (item, cell) in enumerate(zip(items, cells, strict=True), start=1):
            if item is None:
                continue
            where = f"line {number}, column {column}"
            try:
                value = outcome(cell)
            except NoOutcomeError as error:
                yield BadRecord(place=where, line_number=number, reason=str(error))
                continue
            if value is not None:
                yield Response(
                    place=where,
                    run_directory=place.directory,
                    agent_name=agent_name,
                    dataset=place.dataset,
                    revision=place.revision,
                    ensemble_member=place.ensemble_member,
                    measure=place.measure,
                    task_id=item,
                    value=value,
                )


def _place(path: Path) -> _Place:
    """Of agent-eval: `pre-revision/<benchmark>/<measure>.csv`, `post-revision/<benchmark>/resmat/resmat*.csv`."""
    parent, grandparent = path.parent, path.parent.parent
    if grandparent.name == "pre-revision":
        return _Place(parent.name, str(parent), grandparent.name, measure=path.stem)
    if parent.name == "resmat" and grandparent.parent.name == "post-revision":
        return _Place(grandparent.name, str(parent), grandparent.parent.name, ensemble_member=path.stem)
    return _Place(_SUFFIX.sub("", path.stem) or None)


def _items(header: list[str], place: _Place) -> Generator[BadRecord, None, list[str | None]]:
    """Returns the item of each column, None for a column that is none."""
    items: list[str | None] = [None]
    named: set[str] = set()
    is_prefixed = place.directory is not None and any(_prefix(name, place.dataset) for name in header[1:])
    for column, name in enumerate(header[1:], start=2):
        item = _without_prefix(name.strip(), place.dataset)
        if not item or item in named:
            reason = "a column that is named twice" if item else "a column without a name"
            yield BadRecord(place=f"line 1, column {column}", line_number=1, reason=reason)
            items.append(None)
        elif is_prefixed and not _prefix(name, place.dataset):
            # the matrices of a revision hold columns of other benchmarks too, which have matrices of their own
            items.append(None)
        else:
            items.append(item)
        named.add(item)
    return items


def _prefix(name: str, benchmark: str | None) -> str | None:
    """`colbench.` of an item of colbench_backend_programming: the benchmark or how its name begins."""
    prefix, dot, _ = name.strip().partition(".")
    if not (dot and prefix and benchmark):
        return None
    return prefix + dot if benchmark == prefix or benchmark.startswith(prefix + "_") else None


def _without_prefix(name: str, benchmark: str | None) -> str:
    return name.removeprefix(_prefix(name, benchmark) or "")


def _are_outcomes(cells: list[str]) -> bool:
    try:
        values = [outcome(cell) for cell in cells]
    except NoOutcomeError:
        return False
    return any(value is not None for value in values)
