"""`python -m agent_signals`: land artifacts, show what is published, replay a trace, forget artifacts."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from agent_signals.replay.screen import transcript
from agent_signals.replay.terminal import step_through
from agent_signals.replay.trace import ReplayError, read_trace
from agent_signals.summary import overview
from loaders.compaction import NothingToForgetError, forget
from loaders.landing import LOAD_SCHEMAS, LoadResult, land
from loaders.loads import LandingLockedError
from loaders.settings import RootNotFoundError, artifact_roots, warehouse_home

_home_option = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    default=warehouse_home,
    help="Folder of the warehouse; AGENT_SIGNALS_HOME, else ./warehouse.",
)


@click.group()
def main() -> None:
    """Feature warehouse over coding-agent traces."""


@main.command(name="land")
@click.argument("roots", nargs=-1, type=click.Path(path_type=Path))
@_home_option
@click.option("--processes", type=click.IntRange(min=1), help="Parsing processes; all cores unless given.")
def land_command(roots: tuple[Path, ...], home: Path, processes: int | None) -> None:
    """Land what is new below ROOTS (AGENT_SIGNALS_ARTIFACTS, else examples/artifacts)."""
    try:
        result = land(roots or artifact_roots(), home, processes=processes)
    except (RootNotFoundError, LandingLockedError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(summary(result))


@main.command(name="show")
@_home_option
def show_command(home: Path) -> None:
    """Show what is published: files, marts and their rows, what could not be read, one query to try."""
    click.echo(overview(home))


@main.command(name="replay")
@click.argument("name")
@_home_option
@click.option("--step", type=click.IntRange(min=1), default=1, show_default=True, help="Step to begin with.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write all steps into a file instead.")
def replay_command(name: str, home: Path, step: int, output: Path | None) -> None:
    """Go through the attempt or session NAME step by step: its id, or a part of its id, run or task.

    Into a pipe or a file all steps are written one after the other.
    """
    try:
        trace = read_trace(home, name)
    except ReplayError as error:
        raise click.ClickException(str(error)) from error
    if output is not None:
        output.write_text("".join(f"{click.unstyle(line)}\n" for line in transcript(trace)), encoding="utf-8")
        return
    color = not os.environ.get("NO_COLOR")
    if sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        step_through(trace, start=step - 1, color=color)
    else:
        for line in transcript(trace):
            click.echo(line, color=color and sys.stdout.isatty())


@main.command(name="forget")
@click.argument("selectors", nargs=-1, required=True)
@_home_option
def forget_command(selectors: tuple[str, ...], home: Path) -> None:
    """Remove for good what has landed from paths or runs: each of SELECTORS is a path or a run id."""
    try:
        paths = forget(home, selectors, LOAD_SCHEMAS)
    except (NothingToForgetError, LandingLockedError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Forgot {len(paths)} files; the next build drops their features.")


def summary(result: LoadResult) -> str:
    """What a landing did, for a person."""
    load = "nothing new" if result.load_id is None else f"load {result.load_id}"
    counts = (
        f"{result.found} files found, {result.parsed} parsed ({result.bytes / 1e6:.1f} MB), {result.skipped} unchanged"
    )
    states = (
        f"{result.quarantined} quarantined, {result.unknown} of no known format, {result.in_progress} in progress, "
        f"{result.vanished} vanished, {result.bad_records} bad records"
    )
    return f"{load} in {result.landing}: {counts}; {states}"


if __name__ == "__main__":
    main(prog_name="python -m agent_signals")
