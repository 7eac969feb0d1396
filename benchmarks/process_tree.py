"""Run a command and tell what it took: seconds, and the memory of all its processes together."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import click

_EVERY_S = 0.05
_PROC = Path("/proc")
_KILOBYTES_PER_UNIT = 1 if os.uname().sysname == "Linux" else 1 / 1024


class Run(NamedTuple):
    """What a command took."""

    wall_s: float
    cpu_s: float
    """User and system, of the command and of the processes that it waited for."""
    largest_mb: float
    """Peak resident memory of the largest of its processes, as `wait4` tells it."""
    tree_mb: float | None
    """Peak of all of them together, sampled 20 times a second, shared pages once a process; None without /proc."""


def run(command: Sequence[str | Path], cwd: Path, environment: Mapping[str, str]) -> Run:
    """Run to the end. Raises ClickException with the end of the output where the command fails."""
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=output, stderr=subprocess.STDOUT)
        sampler = _Sampler(process.pid)
        sampler.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        sampler.is_done.set()
        sampler.join()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            output.seek(0)
            raise click.ClickException(output.read().decode("utf-8", "replace")[-2000:])
    largest = usage.ru_maxrss * _KILOBYTES_PER_UNIT / 1024
    tree = max(sampler.peak / 2**20, largest) if sampler.peak else None
    return Run(wall, usage.ru_utime + usage.ru_stime, largest, tree)


class _Sampler(threading.Thread):
    """Adds up resident memory of a process and its descendants until it is done."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.is_done = threading.Event()
        self.peak = 0
        self._pid = pid

    def run(self) -> None:
        while not self.is_done.wait(_EVERY_S):
            self.peak = max(self.peak, _resident_bytes(self._pid))


def _resident_bytes(pid: int) -> int:
    """Resident bytes of a process and its descendants; 0 for one that has ended."""
    try:
        pages = int((_PROC / str(pid) / "statm").read_text().split()[1])
        children = [
            int(child)
            for task in (_PROC / str(pid) / "task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(map(_resident_bytes, children))
