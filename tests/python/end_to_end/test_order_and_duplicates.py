"""Whatever order artifacts arrive in, and however often, the marts are those of one build over all of them."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from tests.python.end_to_end.conftest import EXAMPLES, Examples
from tests.python.end_to_end.warehouse import differences

JOB = "jobs/2026-01-15__10-00-00__synthetic"
DUPLICATES = (
    f"{JOB}/synthetic-org__ledger-102__m3Rt8Xc",
    f"{JOB}/synthetic-org__tide-308__h1Cz5Wr",
    "sessions/--home-synthetic-ledger--",
)
# telemetry before results, verification after them, the gold patches and the summaries at the very end
LATE = ("dataset/", "swebench/synthetic-agent.synthetic-run.json", "swebench/results/", f"{JOB}/result.json")


def _split(generator: random.Random, files: Sequence[Path]) -> list[list[Path]]:
    """Three batches: of each trial what tells of the agent first, results at random, the verifier's reports late."""
    batches: list[list[Path]] = [[], [], []]
    for path in files:
        relative = path.relative_to(EXAMPLES).as_posix()
        if relative.startswith(LATE):
            batches[2].append(path)
        elif "/agent/" in relative or "/logs/" in relative:
            batches[generator.choice((0, 0, 1))].append(path)
        elif "/verifier/" in relative:
            batches[generator.choice((1, 2, 2))].append(path)
        else:
            batches[generator.choice((0, 1, 2))].append(path)
    return batches


def _bring(paths: Iterable[Path], root: Path) -> None:
    for path in paths:
        target = root / path.relative_to(EXAMPLES)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)


@pytest.mark.parametrize("seed", [20260115])
def test_any_order_and_any_duplicates_give_the_same_marts(examples: Examples, seed: int) -> None:
    generator = random.Random(seed)
    files = sorted(path for path in EXAMPLES.rglob("*") if path.is_file())
    shutil.rmtree(examples.root)
    shutil.rmtree(examples.warehouse.home)
    for number, batch in enumerate(_split(generator, files)):
        _bring(batch, examples.root)
        if number < len(DUPLICATES):
            folder = DUPLICATES[number]
            shutil.copytree(EXAMPLES / folder, examples.root / "copy" / folder)
        examples.warehouse.build([examples.root])
    assert not differences(examples.undisturbed.published, examples.warehouse.published)
    examples.warehouse.build([examples.root], "--full-refresh")
    assert not differences(examples.undisturbed.published, examples.warehouse.published)
