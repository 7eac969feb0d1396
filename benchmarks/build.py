"""What `dbt build` takes as a history grows: `python -m benchmarks.build [--trials N]`.

Synthetic jobs of N trials and of ten times as many: the first build, one in which nothing has changed, one with ten
new trials; the last also after a session that grew 2,000 times, each time as a load of its own; and the first build of
the bundled examples. All without unit tests, as in daily use, and but for first builds as the median of a few.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

import click

from benchmarks.synthetic_jobs import write_jobs
from loaders.landing import land
from loaders.loads import load_directories, load_id_of
from loaders.manifest import read_manifest
from loaders.settings import ARTIFACTS, HOME

PROJECT = Path(__file__).resolve().parent.parent
NEW_TRIALS = 10
GROWTH = 10
TINY_LOADS = 2000
REPEATS = 3
MOST_GROWTH_RATIO = 1.3
MOST_EXAMPLE_S = 15.0
_SESSION = "2026-01-01T00-00-00-000Z_growing.jsonl"
_ENVIRONMENT = {
    "DBT_PROJECT_DIR": ".",
    "DBT_PROFILES_DIR": ".",
    "DBT_EXCLUDE_RESOURCE_TYPES": "unit_test",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DBT_USE_COLORS": "false",
}


class Build(NamedTuple):
    """Seconds of one build on the clock and of user CPU (landing workers apart), and the files that it parsed."""

    wall: float
    user: float
    parsed: int


class History(NamedTuple):
    """Artifacts and the warehouse that is built from them."""

    artifacts: Path
    home: Path


@click.command()
@click.option("--trials", default=100, show_default=True, help="Trials of the smaller history.")
@click.option("--tiny-loads", default=TINY_LOADS, show_default=True, help="Landings of the session that grows.")
@click.option("--repeats", default=REPEATS, show_default=True, help="Builds of each kind but the first one.")
def main(trials: int, tiny_loads: int, repeats: int) -> None:
    """Print seconds and ratios of builds."""
    report(trials, tiny_loads, repeats)


def report(trials: int = 100, tiny_loads: int = TINY_LOADS, repeats: int = REPEATS) -> None:
    """Measure and print. Raises ClickException where a build fails."""
    with tempfile.TemporaryDirectory() as name:
        small = _history(Path(name) / "small", trials)
        large = _history(Path(name) / "large", trials * GROWTH)
        _print_header()
        ten: dict[str, Build] = {}
        for history, count in ((small, trials), (large, trials * GROWTH)):
            _print_row(f"{count:,} trials: first build", _build(history))
            _print_row(f"{count:,} trials: nothing new", _median(repeats, partial(_rebuild, history)))
            ten[f"{count:,}"] = _median(repeats, _with_new_trials(history, count))
            _print_row(f"{count:,} trials: {NEW_TRIALS} new ones", ten[f"{count:,}"])
        started = time.perf_counter()
        left = _land_often(small, tiny_loads)
        seconds = time.perf_counter() - started
        click.echo(f"{tiny_loads:,} tiny loads in {seconds:.1f} s; {left} load directories remain")
        label = f"{trials:,} and {tiny_loads:,} tiny loads"
        ten[label] = _median(repeats, _with_new_trials(small, trials + repeats * NEW_TRIALS))
        _print_row(f"{label}: {NEW_TRIALS} new ones", ten[label])
        reference = ten[f"{trials:,}"]
        for key, build in ten.items():
            if build is not reference:
                wall, user = build.wall / reference.wall, build.user / reference.user
                click.echo(
                    f"{NEW_TRIALS} new trials at {key} against {trials:,}: "
                    f"wall x{wall:.2f}, user CPU x{user:.2f} (at most {MOST_GROWTH_RATIO})"
                )
        examples = _median(repeats, lambda index: _build(_examples(Path(name) / f"examples-{index}")))
        _print_row("examples: first build", examples)
        click.echo(f"examples: {examples.wall:.1f} s (at most {MOST_EXAMPLE_S:.0f} s)\n")


def _history(folder: Path, trials: int) -> History:
    write_jobs(folder / "artifacts", trials)
    return History(folder / "artifacts", folder / "home")


def _examples(home: Path) -> History:
    return History(PROJECT / "examples" / "artifacts", home)


def _rebuild(history: History, _: int) -> Build:
    return _build(history)


def _with_new_trials(history: History, first: int) -> Callable[[int], Build]:
    """A build with the next trials of a history, for each index the ten after the last."""

    def build(index: int) -> Build:
        write_jobs(history.artifacts, NEW_TRIALS, first=first + index * NEW_TRIALS)
        return _build(history)

    return build


def _land_often(history: History, loads: int) -> int:
    """Land a product session after each line that it gains; the count of load directories that remain."""
    sessions = history.artifacts / "sessions"
    sessions.mkdir()
    path = sessions / _SESSION
    header = {"type": "session", "version": 3, "id": "growing", "timestamp": "2026-01-01T00:00:00.000Z", "cwd": "/work"}
    with path.open("w") as stream:
        stream.write(json.dumps(header) + "\n")
        for number in range(loads):
            message = {"role": "user" if number % 2 else "assistant", "content": f"Line {number}."}
            line = {"type": "message", "id": f"m{number}", "parentId": f"m{number - 1}" if number else None}
            moment = f"2026-01-01T{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}.000Z"
            stream.write(json.dumps({**line, "timestamp": moment, "message": message}) + "\n")
            stream.flush()
            land([sessions], history.home, progress=False)
    return len(load_directories(history.home / "landing"))


def _median(repeats: int, build: Callable[[int], Build]) -> Build:
    builds = [build(index) for index in range(repeats)]
    return Build(
        median(each.wall for each in builds), median(each.user for each in builds), max(each.parsed for each in builds)
    )


def _build(history: History) -> Build:
    """Run `dbt build` in a process of its own. Raises ClickException with the end of its output where it fails."""
    landing = history.home / "landing"
    last = max(map(load_id_of, load_directories(landing)), default=0)
    command: list[str | Path] = [Path(sys.executable).with_name("dbt"), "build", "--target", "build"]
    command += ["--target-path", history.home / "target", "--log-path", history.home / "logs"]
    environment = os.environ | _ENVIRONMENT | {HOME: str(history.home), ARTIFACTS: str(history.artifacts)}
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            output.seek(0)
            raise click.ClickException(output.read().decode("utf-8", "replace")[-2000:])
    parsed = sum(load_id > last for load_id in read_manifest(landing)["load_id"].to_pylist())
    return Build(wall, usage.ru_utime, parsed)


def _print_header() -> None:
    click.echo(f"{'dbt build':<44}{'wall s':>9}{'user s':>9}{'parsed':>9}")


def _print_row(label: str, build: Build) -> None:
    click.echo(f"{label:<44}{build.wall:>9.1f}{build.user:>9.1f}{build.parsed:>9,}")


if __name__ == "__main__":
    sys.exit(main())
