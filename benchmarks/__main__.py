"""All benchmarks in order: `python -m benchmarks`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from benchmarks import analysis, build, embedding, landing, regions, sessions


@click.command()
@click.option("--artifacts", type=click.Path(path_type=Path, exists=True), help="Real telemetry to land as well.")
@click.option("--quick", is_flag=True, help="Small inputs: a proof that the benchmarks run.")
def main(artifacts: Path | None, quick: bool) -> None:
    """Print how fast landing and embedding are, what a build takes as a history grows, and how regions are followed."""
    if artifacts is not None:
        landing.report(artifacts, 0)
    landing.report(None, 100 if quick else 1000)
    embedding.report(100 if quick else embedding.TEXTS)
    if quick:
        build.report(trials=10, tiny_loads=100, repeats=1)
        sessions.report(20, growth=1, repeats=1)
        regions.report(10_000)
        analysis.report(3)
    else:
        build.report()
        sessions.report(huge=True)
        regions.report()
        analysis.report()


if __name__ == "__main__":
    sys.exit(main())
