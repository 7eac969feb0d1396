"""Whatever order artifacts arrive in, however often and however compressed, the marts are those of one build."""

from __future__ import annotations

import gzip
import random
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from tests.python.end_to_end.conftest import EXAMPLES, Examples
from tests.python.end_to_end.warehouse import Warehouse, differences

JOB = "jobs/2026-01-15__10-00-00__synthetic"
DUPLICATES = (
    f"{JOB}/synthetic-org__ledger-102__m3Rt8Xc",
    f"{JOB}/synthetic-org__tide-308__h1Cz5Wr",
    "sessions/--home-synthetic-ledger--",
)
# a summary, a dataset's gold patches and what a harness says of its whole run come when all is over
LATEST = ("dataset/", "swebench/synthetic-agent", "swebench/results/", f"{JOB}/result.json", "jobs/eval-history")


@pytest.mark.parametrize("seed", [20260115])
def test_any_order_any_duplicates_and_any_compression(examples: Examples, seed: int) -> None:
    generator = random.Random(seed)
    files = sorted(path for path in EXAMPLES.rglob("*") if path.is_file())
    shutil.rmtree(examples.root)
    shutil.rmtree(examples.warehouse.home)
    for number, (batch, duplicate) in enumerate(zip(_batches(generator, files), DUPLICATES, strict=True), start=1):
        for path in batch:
            _bring(path, examples.root / path.relative_to(EXAMPLES), generator.choice((None, None, "gz", "zst")))
        for path in sorted((EXAMPLES / duplicate).rglob("*.*")):
            _bring(path, examples.root / "copy" / path.relative_to(EXAMPLES), generator.choice((None, "gz")))
        _arrived(examples.warehouse, examples.root, is_all=number == len(DUPLICATES))
    # the copies of a damaged file are told one by one
    left_out = ("meta.build", "meta.quarantined_record")
    assert differences(examples.undisturbed.published, examples.warehouse.published, left_out) == {}
    examples.warehouse.compute([examples.root], "--full-refresh")
    assert differences(examples.undisturbed.published, examples.warehouse.computed, left_out) == {}


def test_real_artifacts_in_any_order(fixtures: Path, science: Path, tmp_path: Path) -> None:
    """A few dozen Harbor trials and SWE-bench instances in two halves, the gold patches with the second."""
    artifacts = tmp_path / "artifacts"
    files = _real_files(fixtures, science)
    batches: tuple[list[str], list[str]] = ([], [])
    generator = random.Random(20260116)
    for place in sorted(files):
        batches[place.startswith("gold/") or generator.random() < 0.5].append(place)
    many = Warehouse(tmp_path / "home")
    for number, batch in enumerate(batches, start=1):
        for place in batch:
            _bring(files[place], artifacts / place, None)
        _arrived(many, artifacts, is_all=number == len(batches))
    assert len(many.loads()) == 2
    assert many.rows("select count(*) > 40 from marts.attempt_span") == [(True,)]
    once = Warehouse(tmp_path / "once")
    once.compute([artifacts])
    assert differences(many.published, once.computed) == {}


def _arrived(warehouse: Warehouse, root: Path, is_all: bool) -> None:
    """Tests run on what has come of all batches: they hold of every state, and take long."""
    if is_all:
        warehouse.build([root])
    else:
        warehouse.compute([root])


def _batches(generator: random.Random, files: Sequence[Path]) -> tuple[list[Path], ...]:
    """Three batches: what tells of the agent mostly first, results at any time, what the verifier says late."""
    batches: tuple[list[Path], ...] = ([], [], [])
    for path in files:
        place = path.relative_to(EXAMPLES).as_posix()
        if place.startswith(LATEST):
            number = 2
        elif "/agent/" in place or "/logs/" in place:
            number = generator.choice((0, 0, 1))
        elif "/verifier/" in place:
            number = generator.choice((1, 2, 2))
        else:
            number = generator.choice((0, 1, 2))
        batches[number].append(path)
    return batches


def _bring(source: Path, target: Path, compression: str | None) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if compression is None:
        shutil.copyfile(source, target)
    elif compression == "gz":
        target.with_name(f"{target.name}.gz").write_bytes(gzip.compress(source.read_bytes()))
    else:
        with pa.CompressedOutputStream(str(target.with_name(f"{target.name}.zst")), "zstd") as stream:
            stream.write(source.read_bytes())


def _real_files(fixtures: Path, science: Path) -> Mapping[str, Path]:
    """Source of each file by its place below a root: the smaller Harbor trials, some reports of a run, gold rows."""
    trials = sorted((path.parent for path in science.rglob("result.json")), key=_size)[:15]
    chosen = {
        path.relative_to(science).as_posix(): path for trial in trials for path in trial.rglob("*") if path.is_file()
    }
    vexp = fixtures / "swebench" / "vexp"
    for report in sorted(vexp.rglob("report.json"))[:12]:
        chosen |= {f"vexp/{path.relative_to(vexp).as_posix()}": path for path in report.parent.iterdir()}
    chosen |= {f"vexp/{path.relative_to(vexp).as_posix()}": path for path in (vexp / "results").glob("*.jsonl")}
    gold = fixtures / "swebench" / "gold"
    chosen |= {f"gold/{path.relative_to(gold).as_posix()}": path for path in gold.rglob("*") if path.is_file()}
    return chosen


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
