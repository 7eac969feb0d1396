"""Parsing spread over processes, with the rows in the same order whatever their number."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, cast

from loaders.discover import Format
from loaders.loads import adopt, part_writer
from loaders.manifest import Work
from loaders.parse import SCHEMAS, Emit, Parsed, parse_files
from loaders.row_groups import row_groups

# Below this a pool takes longer to start than it saves; a file costs about as much as this many bytes besides its own.
_SMALLEST_POOLED_BYTES = 32 << 20
_FILE_BYTES = 16 << 10
# Imported once for all workers: the formats, and what Arrow imports at the first list that it sees.
_PRELOADED = ("loaders.formats", "pandas")
_SMALLEST_CHUNK_BYTES = 4 << 20
_LARGEST_CHUNK_BYTES = 256 << 20
_CHUNKS_PER_PROCESS = 4


class Target(NamedTuple):
    """Where rows go: to `emit` those that are parsed in this process, to `directory` the parts of other processes.

    A part is moved there from `parts` once it is whole.
    """

    load_id: int
    directory: Path
    parts: Path
    emit: Emit


def parse_all(
    work: Sequence[Work],
    formats: Sequence[Format],
    target: Target,
    *,
    processes: int,
    report: Callable[[int], object],
) -> list[Parsed]:
    """Parse the files in `processes` processes, or in this one where there is little to do or no child is allowed.

    Each worker writes the rows of a run of files as a part of the load; the parts stand in the order of `work`. What a
    killed worker (out of memory, say) leaves undone is parsed here, file by file. The rest is as in `parse_files`.
    """
    names = [each.__name__ for each in formats if isinstance(each, ModuleType)]
    is_small = len(work) < 2 or sum(map(_weight, work)) < _SMALLEST_POOLED_BYTES
    if is_small or processes < 2 or len(names) < len(formats):
        return parse_files(work, formats, target.load_id, target.emit, report)
    chunks = _chunks(work, processes)
    parsed: list[Parsed] = []
    with _pool(processes) as pool:
        futures = _submit(pool, chunks, names, target)
        for part, chunk in enumerate(chunks):
            try:
                done = futures[part].result() if part in futures else None
            except (BrokenExecutor, ImportError, OSError):
                done = None
            if done is None:
                parsed += parse_files(chunk, formats, target.load_id, target.emit, report)
                continue
            adopt(target.parts, part, target.directory)
            parsed += done
            report(sum(item.found.size_bytes or 0 for item in chunk))
    return parsed


def available_processes() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _pool(processes: int) -> Iterator[ProcessPoolExecutor | None]:
    """Worker processes, or None where the system has not even the means to talk to them."""
    try:
        pool = ProcessPoolExecutor(processes, mp_context=_context())
    except (OSError, ImportError, NotImplementedError, ValueError):
        yield None
        return
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _submit(
    pool: ProcessPoolExecutor | None, chunks: Sequence[Sequence[Work]], names: Sequence[str], target: Target
) -> dict[int, Future[list[Parsed]]]:
    """Largest chunks first; fewer than all where processes cannot be started."""
    futures: dict[int, Future[list[Parsed]]] = {}
    if pool is None:
        return futures
    with suppress(BrokenExecutor, OSError, EOFError), _without_main():
        for part in sorted(range(len(chunks)), key=lambda each: -sum(map(_weight, chunks[each]))):
            futures[part] = pool.submit(_write_part, chunks[part], names, target.load_id, target.parts, part)
    return futures


def _write_part(chunk: Sequence[Work], names: Sequence[str], load_id: int, directory: Path, part: int) -> list[Parsed]:
    formats = cast(Sequence[Format], [import_module(name) for name in names])
    with part_writer(directory, SCHEMAS, part) as writer, row_groups(writer) as emit:
        return parse_files(chunk, formats, load_id, emit)


def _chunks(work: Sequence[Work], processes: int) -> list[Sequence[Work]]:
    """Consecutive runs of about equal weight."""
    share = sum(map(_weight, work)) // (processes * _CHUNKS_PER_PROCESS)
    limit = min(max(share, _SMALLEST_CHUNK_BYTES), _LARGEST_CHUNK_BYTES)
    chunks: list[Sequence[Work]] = []
    start = weight = 0
    for position, item in enumerate(work):
        if position > start and weight + _weight(item) > limit:
            chunks.append(work[start:position])
            start, weight = position, 0
        weight += _weight(item)
    return [*chunks, work[start:]]


def _weight(item: Work) -> int:
    return (item.found.size_bytes or 0) + _FILE_BYTES


def _context() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__, *_PRELOADED])
    return context


@contextmanager
def _without_main() -> Iterator[None]:
    """Children import the program's main module again, a whole dbt at times, unless it has no file."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
