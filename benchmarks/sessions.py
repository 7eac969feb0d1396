"""What product sessions take from raw files to tested, published marts: `python -m benchmarks.sessions`.

Synthetic histories of N sessions and of ten times as many: the first build, one in which nothing has changed, and one
with ten new sessions; with `--huge` fifty times as many as well. Each build is `dbt build` in a process of its own,
without unit tests, as in daily use, and without embedding, whose speed `benchmarks.embedding` tells. Where
`AGENT_SIGNALS_AGENTSVIEW` names an agentsview executable (see `benchmarks.agentsview`), that runs on the N sessions
too, and what both compute is compared. CPU seconds leave out the workers that land.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import NamedTuple

import click

from benchmarks import agentsview
from benchmarks.process_tree import Run, run
from benchmarks.synthetic_sessions import write_sessions
from loaders.settings import ARTIFACTS, HOME

PROJECT = Path(__file__).resolve().parent.parent
NEW_SESSIONS = 10
GROWTH = 10
HUGE_GROWTH = 50
REPEATS = 3
MOST_GROWTH_RATIO = 1.3
_ENVIRONMENT = {
    "DBT_PROJECT_DIR": ".",
    "DBT_PROFILES_DIR": ".",
    "DBT_EXCLUDE_RESOURCE_TYPES": "unit_test",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DBT_USE_COLORS": "false",
}


class History(NamedTuple):
    """Artifacts and the warehouse that is built from them."""

    artifacts: Path
    home: Path


@click.command()
@click.option("--sessions", default=1000, show_default=True, help="Sessions of the smaller history.")
@click.option("--growth", default=GROWTH, show_default=True, help="The larger one's multiple; 1 for none.")
@click.option("--huge", is_flag=True, help=f"A first build of {HUGE_GROWTH} times as many sessions as well.")
@click.option("--repeats", default=REPEATS, show_default=True, help="Builds of each kind but the first one.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Where to work; default: a temporary.")
def main(sessions: int, growth: int, huge: bool, repeats: int, folder: Path | None) -> None:
    """Print seconds, memory and ratios of builds, and agentsview's beside them."""
    report(sessions, growth, huge=huge, repeats=repeats, folder=folder)


def report(
    sessions: int = 1000,
    growth: int = GROWTH,
    *,
    huge: bool = False,
    repeats: int = REPEATS,
    folder: Path | None = None,
) -> None:
    """Measure and print. Raises ClickException where a build fails."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        small = _history(Path(name) / "small", sessions)
        _print_header()
        # alone, in a home that is not built in
        _print_row(f"{sessions:,} sessions: landing alone", _land(History(small.artifacts, Path(name) / "landed")))
        first = _build(small)
        _print_row(f"{sessions:,} sessions: first build", first)
        _compare(small, sessions, first, Path(name) / "agentsview")
        _print_header()
        ten = _daily(small, sessions, repeats)
        if growth > 1:
            large = _history(Path(name) / "large", sessions * growth)
            _print_row(f"{sessions * growth:,} sessions: first build", _build(large))
            ten_of_large = _daily(large, sessions * growth, repeats)
            click.echo(
                f"{NEW_SESSIONS} new sessions at {sessions * growth:,} against {sessions:,}: "
                f"wall x{ten_of_large.wall_s / ten.wall_s:.2f}, CPU x{ten_of_large.cpu_s / ten.cpu_s:.2f} "
                f"(at most {MOST_GROWTH_RATIO})"
            )
        if huge:
            history = _history(Path(name) / "huge", sessions * HUGE_GROWTH)
            _print_row(f"{sessions * HUGE_GROWTH:,} sessions: first build", _build(history))
            _daily(history, sessions * HUGE_GROWTH, 1)


def _history(folder: Path, sessions: int) -> History:
    size = write_sessions(folder / "artifacts", sessions, progress=sys.stderr.isatty())
    click.echo(f"{sessions:,} synthetic sessions, {size / 1e6:,.0f} MB")
    return History(folder / "artifacts", folder / "home")


def _daily(history: History, sessions: int, repeats: int) -> Run:
    """Builds with nothing new and with ten new sessions; the latter's median."""
    _print_row(f"{sessions:,} sessions: nothing new", _median([_build(history) for _ in range(repeats)]))
    builds = []
    for index in range(repeats):
        write_sessions(history.artifacts, NEW_SESSIONS, first=sessions + index * NEW_SESSIONS)
        builds.append(_build(history))
    ten = _median(builds)
    _print_row(f"{sessions:,} sessions: {NEW_SESSIONS} new ones", ten)
    return ten


def _median(runs: list[Run]) -> Run:
    trees = [each.tree_mb for each in runs if each.tree_mb is not None]
    return Run(
        median(each.wall_s for each in runs),
        median(each.cpu_s for each in runs),
        max(each.largest_mb for each in runs),
        max(trees, default=None),
    )


def _environment(history: History) -> dict[str, str]:
    return os.environ | _ENVIRONMENT | {HOME: str(history.home), ARTIFACTS: str(history.artifacts)}


def _land(history: History) -> Run:
    return run([sys.executable, "-m", "loaders"], PROJECT, _environment(history))


def _build(history: History) -> Run:
    command: list[str | Path] = [Path(sys.executable).with_name("dbt"), "build", "--target", "build"]
    command += ["--vars", "embedding_model: none"]
    command += ["--target-path", history.home / "target", "--log-path", history.home / "logs"]
    return run(command, PROJECT, _environment(history))


def _compare(history: History, sessions: int, first: Run, folder: Path) -> None:
    program = agentsview.executable()
    if program is None:
        click.echo(f"{agentsview.EXECUTABLE} is not set: no comparison with agentsview")
        return
    sync, push = agentsview.measure(program, history.artifacts, folder)
    _print_row(f"{sessions:,} sessions: agentsview sync", sync)
    _print_row(f"{sessions:,} sessions: agentsview duckdb push --full", push)
    both = sync.wall_s + push.wall_s
    click.echo(f"first build {first.wall_s:.1f} s, agentsview {both:.1f} s: x{first.wall_s / both:.2f}\n")
    click.echo(f"{'sessions that are no forks':<28}{'marts':>18}{'agentsview':>18}{'differing':>12}")
    for each in agentsview.compare(history.home / "agent_signals.duckdb", folder):
        differing = f"{each.differing} of {each.sessions}"
        click.echo(f"{each.measure:<28}{each.ours:>18,}{each.theirs:>18,}{differing:>12}")
    click.echo()


def _print_header() -> None:
    click.echo(f"{'':<48}{'wall s':>9}{'CPU s':>9}{'MB, largest':>13}{'MB, all':>10}")


def _print_row(label: str, taken: Run) -> None:
    tree = "" if taken.tree_mb is None else f"{taken.tree_mb:,.0f}"
    click.echo(f"{label:<48}{taken.wall_s:>9.1f}{taken.cpu_s:>9.1f}{taken.largest_mb:>13,.0f}{tree:>10}")


if __name__ == "__main__":
    sys.exit(main())
