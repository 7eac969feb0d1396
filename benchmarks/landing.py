"""Landing against typed decoding alone: `python -m benchmarks.landing [FOLDER]`.

What typed msgspec decoding of the same trajectories with the same structs costs is the floor: `land` also hashes,
flattens, builds Arrow and writes Parquet. Without a folder the trajectories are synthetic.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, cast

import click
import msgspec

from loaders.artifact import Artifact
from loaders.discover import Format, classify, discover
from loaders.landing import land

_SEED = 20_250_101
_STEPS = 120
_WORDS = (
    "test",
    "fails",
    "because",
    "parse",
    "returns",
    "None",
    "path",
    "suffix",
    "so",
    "return",
    "early",
    "run",
    "again",
)
_REPEATS = 3


class Timing(NamedTuple):
    """Seconds of one run: on the clock, and of this process on any core."""

    wall: float
    cpu: float


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True))
@click.option("--megabytes", default=128, show_default=True, help="Size of the synthetic trajectories.")
def main(folder: Path | None, megabytes: int) -> None:
    """Print MB/s of decoding and of landing the ATIF trajectories below FOLDER, with one process and with two."""
    atif = import_module("loaders.formats.atif")
    formats = cast(Sequence[Format], [atif])
    with tempfile.TemporaryDirectory() as name:
        root = folder or _synthetic(Path(name) / "trajectories", megabytes << 20)
        data = _contents(root, formats)
        size = sum(map(len, data)) / 1e6
        decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_document(atif))
        timings = {"decode alone": _timing(lambda: _decode(data, decoder))}
        timings["flatten alone"] = _timing(lambda: _flatten(root, formats))
        for processes, label in ((1, "land, 1 process"), (2, "land, 2 processes")):
            timings[label] = _timing(partial(_land, root, Path(name) / f"home-{processes}", formats, processes))
    floor = timings["decode alone"]
    click.echo(f"{'real' if folder else 'synthetic'} ATIF trajectories: {len(data)} files, {size:.1f} MB")
    click.echo(f"{'':<20}{'wall s':>9}{'MB/s':>9}{'speed':>9}{'CPU s':>9}{'speed':>9}")
    for label, timing in timings.items():
        click.echo(
            f"{label:<20}{timing.wall:>9.3f}{size / timing.wall:>9.1f}{floor.wall / timing.wall:>9.2f}"
            f"{timing.cpu:>9.3f}{floor.cpu / timing.cpu:>9.2f}"
        )
    click.echo("Speed is relative to decoding; CPU seconds are those of the landing process, its workers apart.")


def _document(atif: Any) -> type:
    """The format's own structs as one document, steps and all."""
    return msgspec.defstruct("Document", [("agent", atif.Agent), ("steps", list[atif.Step])], gc=False)


def _contents(root: Path, formats: Sequence[Format]) -> list[bytes]:
    artifacts = [Artifact(Path(file.path), root, file.siblings) for file in discover([root], root / "home")]
    return [artifact.data for artifact in artifacts if classify(artifact, formats)]


def _decode(data: Sequence[bytes], decoder: msgspec.json.Decoder[Any]) -> None:
    for content in data:
        decoder.decode(content)


def _flatten(root: Path, formats: Sequence[Format]) -> None:
    for file in discover([root], root / "home"):
        artifact = Artifact(Path(file.path), root, file.siblings)
        owner = classify(artifact, formats)
        for _ in owner.flatten(artifact) if owner else ():
            pass


def _land(root: Path, home: Path, formats: Sequence[Format], processes: int) -> None:
    shutil.rmtree(home, ignore_errors=True)
    land([root], home, progress=False, formats=formats, processes=processes)


def _timing(work: Callable[[], object]) -> Timing:
    """The fastest of a few runs."""
    timings = []
    for _ in range(_REPEATS):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        timings.append(Timing(time.perf_counter() - wall, time.process_time() - cpu))
    return min(timings)


def _synthetic(root: Path, size: int) -> Path:
    """Trajectories of a made-up agent: short commands, results of a few hundred words, usage on each step."""
    chance = random.Random(_SEED)
    written = number = 0
    while written < size:
        document = {
            "schema_version": "ATIF-v1.7",
            "session_id": f"synthetic-{number}",
            "agent": {"name": "synthetic", "version": "1", "model_name": "none"},
            "steps": [_step(index, chance) for index in range(1, _STEPS + 1)],
        }
        content = msgspec.json.encode(document)
        path = root / f"trial-{number}" / "agent" / "trajectory.json"
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        written += len(content)
        number += 1
    return root


def _step(index: int, chance: random.Random) -> dict[str, Any]:
    moment = f"2025-01-01T{index // 60:02d}:{index % 60:02d}:00+00:00"
    call = {"tool_call_id": f"call-{index}", "function_name": "bash", "arguments": {"command": _text(12, chance)}}
    result = {"source_call_id": f"call-{index}", "content": _text(chance.randrange(600), chance)}
    return {
        "step_id": index,
        "timestamp": moment,
        "source": "agent",
        "message": _text(20, chance),
        "reasoning_content": _text(60, chance),
        "tool_calls": [call],
        "observation": {"results": [result]},
        "metrics": {"prompt_tokens": 900 * index, "completion_tokens": 150, "cached_tokens": 800 * index},
    }


def _text(words: int, chance: random.Random) -> str:
    return " ".join(f"{word}{chance.randrange(1000)}" for word in chance.choices(_WORDS, k=words)) + "\n"


if __name__ == "__main__":
    sys.exit(main())
