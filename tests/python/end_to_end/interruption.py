"""Builds that are killed, and a reader that looks at the published file all the while."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from tests.python.end_to_end.warehouse import DBT, PROJECT, Warehouse

_POLL_S = 0.02


@dataclass
class Reader:
    """What a reader of the published file has seen: builds in order of first sight, reads, and what failed."""

    reads: int = 0
    builds: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def start_build(warehouse: Warehouse, roots: Sequence[Path], output: Path) -> subprocess.Popen[bytes]:
    """Start `dbt build` in a process group of its own; what it says goes to `output`."""
    with output.open("wb") as stream:
        return subprocess.Popen(
            [str(DBT), "build"],
            cwd=PROJECT,
            env=warehouse.environment(roots),
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def kill_build_after(warehouse: Warehouse, roots: Sequence[Path], delay_s: float, output: Path) -> str | None:
    """`kill -9` a build and all of its processes; the last thing it said, None where it was done.

    `delay_s` counts from the start of its first part, before which it has touched nothing.
    """
    build = start_build(warehouse, roots, output)
    wait_until_said(output, "Concurrency: ")
    try:
        build.wait(delay_s)
    except subprocess.TimeoutExpired:
        os.killpg(build.pid, signal.SIGKILL)
        build.wait()
        lines = output.read_text(errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "")
    return None


def wait_until_said(output: Path, words: str, timeout_s: float = 300) -> None:
    """Wait until a build has said something. Raises TimeoutError."""
    end = time.monotonic() + timeout_s
    while words not in output.read_text(errors="replace"):
        if time.monotonic() > end:
            raise TimeoutError(f"not said within {timeout_s} s: {words}")
        time.sleep(_POLL_S)


def running_s(said: str) -> float:
    """How long the parts of a build took, in seconds, as dbt tells at its end."""
    told = re.search(r"^.*Finished running .* \((\d+\.\d+)s\)", said, re.MULTILINE)
    assert told is not None, said[-2000:]
    return float(told[1])


@contextmanager
def reading(warehouse: Warehouse) -> Iterator[Reader]:
    """Open the published file again and again, as a dashboard does, and read every table of it whole."""
    reader, is_over = Reader(), threading.Event()
    thread = threading.Thread(target=_read, args=(warehouse.published, reader, is_over))
    thread.start()
    try:
        yield reader
    finally:
        is_over.set()
        thread.join()


def _read(published: Path, reader: Reader, is_over: threading.Event) -> None:
    while not is_over.wait(_POLL_S):
        try:
            # the file that the link names now; a driver that opens the link itself does the same in one step
            build_id, problem = _look(published)
        except (duckdb.Error, OSError) as error:
            reader.failures.append(str(error))
            continue
        reader.reads += 1
        if problem:
            reader.failures.append(problem)
        if build_id not in reader.builds:
            reader.builds.append(build_id)


def _look(published: Path) -> tuple[str, str | None]:
    """The build that a reader finds, and what is wrong with it: attempts without the rows that belong to them."""
    with duckdb.connect(str(published), read_only=True) as connection:
        row = connection.execute(
            """
            select
                (select build_id from meta.build),
                (select count(*) from marts.attempt_span),
                (select count(*) from marts.patch_outcome_label),
                (select count(*) from marts.localization),
                (select sum(attempt_count) from marts.trial)
            """
        ).fetchone()
    assert row is not None
    build_id, *counts = row
    is_whole = bool(counts[0]) and len(set(counts)) == 1
    return build_id, None if is_whole else f"build {build_id} is not whole: {counts}"
