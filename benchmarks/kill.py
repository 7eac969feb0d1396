"""Builds killed at random moments: `python -m benchmarks.kill [--kills N]`.

Synthetic artifacts arrive a few files at a time. After each arrival a build is started and killed, with all of its
processes, at a random moment of its life, while a reader opens the published file all along. In the end one build runs
undisturbed, and what it publishes is compared with what a build from nothing publishes.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import click

from tests.python.end_to_end.interruption import kill_build_after, reading, running_s
from tests.python.end_to_end.warehouse import PROJECT, Warehouse, differences

EXAMPLES = PROJECT / "examples" / "artifacts"
_LAST_WORDS = 60


@click.command()
@click.option("--kills", default=24, show_default=True, help="Builds to kill.")
@click.option("--seed", default=20_260_119, show_default=True, help="Of the moments and of the order of arrival.")
def main(kills: int, seed: int) -> None:
    """Kill builds, and print a row for each; exit with 1 where a reader or the last build finds anything wrong."""
    with tempfile.TemporaryDirectory() as name:
        problems = kill_builds(Path(name), kills, random.Random(seed))
    for problem in problems:
        click.echo(f"WRONG  {problem}")
    click.echo(f"{kills} kills, {len(problems)} problems")
    sys.exit(bool(problems))


def kill_builds(folder: Path, kills: int, generator: random.Random) -> list[str]:
    """Do it in `folder`; what went wrong, a sentence each."""
    root, warehouse = folder / "artifacts", Warehouse(folder / "home")
    files = sorted(path for path in EXAMPLES.rglob("*") if path.is_file())
    generator.shuffle(files)
    waiting = iter(files)
    _bring(list(islice(waiting, len(files) // 3)), root)
    build_s = running_s(warehouse.build([root]))
    batch = -(-(len(files) - len(files) // 3) // kills)

    click.echo(f"one build undisturbed: {build_s:.1f} s")
    click.echo(f"{'kill':>4}  {'after s':>7}  {'loads':>5}  {'reads':>5}  last said")
    with reading(warehouse) as reader:
        for number in range(kills):
            _bring(list(islice(waiting, batch)), root)
            delay_s = build_s * (number % 8 + generator.random()) / 8
            said = kill_build_after(warehouse, [root], delay_s, folder / "said")
            words = "nothing more: it was done" if said is None else said.strip()[:_LAST_WORDS]
            click.echo(f"{number + 1:>4}  {delay_s:>7.2f}  {len(warehouse.loads()):>5}  {reader.reads:>5}  {words}")
        warehouse.build([root])
        time.sleep(0.2)

    anew = Warehouse(folder / "anew")
    anew.build([root])
    different = differences(anew.published, warehouse.published)
    leftovers = [path.name for path in warehouse.home.rglob(".tmp-*")]
    return [
        *reader.failures,
        *(f"{table} differs from a build from nothing in {len(rows)} rows" for table, rows in different.items()),
        *(f"{name} was left behind" for name in leftovers),
    ]


def _bring(files: Sequence[Path], root: Path) -> None:
    for path in files:
        target = root / path.relative_to(EXAMPLES)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.kill")
