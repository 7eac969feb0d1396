"""Landing against typed decoding alone: `python -m benchmarks.landing [FOLDER]`.

The floor is what msgspec takes to decode the same files, read beforehand, into the structs of the format modules, once
with the JSON that lands from within strings (arguments of calls, rendered observations) left as text and once with it
decoded as well. `land` also finds and reads the files, hashes, flattens, builds Arrow and commits Parquet; what each of
these takes alone stands between, so that the table tells the floor of the whole. Without a folder the files are those
of synthetic jobs.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, cast

import click
import msgspec
import pyarrow as pa

from benchmarks.synthetic_jobs import write_jobs
from loaders.artifact import Artifact
from loaders.discover import Format, classify, discover
from loaders.formats.atif import trajectory as atif
from loaders.formats.atif.fields import Step
from loaders.formats.atif.fields import Trajectory as AtifTrajectory
from loaders.formats.mini_swe_agent import trajectory as mini_swe_agent
from loaders.formats.mini_swe_agent.fields import SoundMessage
from loaders.formats.mini_swe_agent.fields import Trajectory as NativeTrajectory
from loaders.formats.pi import session as pi_session
from loaders.formats.pi.entries import Line
from loaders.formats.pi.fields import Message
from loaders.formats.shared.shell_observation import read_observation
from loaders.landing import FORMATS, land
from loaders.loads import parquet_writers
from loaders.manifest import Work
from loaders.parse import SCHEMAS, Emit, parse_files
from loaders.row_groups import row_groups

TELEMETRY = cast(Sequence[Format], (atif, mini_swe_agent, pi_session))
_REPEATS = 5
_JSON = msgspec.json.Decoder()
_ATIF = msgspec.json.Decoder(AtifTrajectory[Step])
_NATIVE = msgspec.json.Decoder(NativeTrajectory[SoundMessage])
_PI = msgspec.json.Decoder(Line)


class Timing(NamedTuple):
    """Seconds of one run: on the clock, and of this process on any core."""

    wall: float
    cpu: float


class Content(NamedTuple):
    """The whole content of a file and the name of its format."""

    format: str
    data: bytes


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True))
@click.option("--trials", default=1000, show_default=True, help="Synthetic trials, about 0.2 MB each.")
def main(folder: Path | None, trials: int) -> None:
    """Print MB/s of decoding and of landing the telemetry below FOLDER, with one process and with two."""
    report(folder, trials)


def report(folder: Path | None, trials: int) -> None:
    """Measure and print one table. Raises ClickException where the folder holds no telemetry."""
    with tempfile.TemporaryDirectory() as name:
        if folder is None:
            write_jobs(Path(name) / "artifacts", trials)
        root = _telemetry(folder or Path(name) / "artifacts", Path(name) / "telemetry")
        contents = _contents(root)
        if not contents:
            raise click.ClickException(f"There is no telemetry below {folder}.")
        size = sum(len(content.data) for content in contents) / 1e6
        timings = {
            "decode": _timing(lambda: _decode(contents, is_whole=False)),
            "decode, nested too": _timing(lambda: _decode(contents, is_whole=True)),
        }
        formats = sorted({content.format for content in contents})
        timings["read, hash"] = _timing(lambda: _read(root))
        timings["flatten"] = _timing(lambda: _flatten(root))
        rows: list[tuple[str, pa.RecordBatch]] = []
        _parse(root, lambda table, batch: rows.append((table, batch)))
        timings["to Arrow"] = _timing(lambda: _parse(root, lambda table, batch: None))
        timings["Arrow to Parquet"] = _timing(lambda: _encode(rows, Path(name) / "parquet"))
        rows.clear()
        for processes, label in ((1, "land, 1 process"), (2, "land, 2 processes")):
            timings[label] = _timing(partial(_land, root, Path(name) / "home", processes))
    floor = timings["decode, nested too"]
    click.echo(f"{'real' if folder else 'synthetic'} telemetry, {size:.0f} MB: {', '.join(formats)}")
    click.echo(f"{'':<20}{'wall s':>9}{'MB/s':>9}{'speed':>9}{'CPU s':>9}{'speed':>9}")
    for label, timing in timings.items():
        click.echo(
            f"{label:<20}{timing.wall:>9.3f}{size / timing.wall:>9.1f}{floor.wall / timing.wall:>9.2f}"
            f"{timing.cpu:>9.3f}{floor.cpu / timing.cpu:>9.2f}"
        )
    click.echo("Speed is relative to decoding, nested too; CPU seconds leave out the workers of two processes.\n")


def _telemetry(source: Path, target: Path) -> Path:
    """Links to the telemetry below a folder, so that nothing else is read or landed."""
    for file in discover([source], target):
        artifact = Artifact(Path(file.path), source, file.siblings)
        if classify(artifact, TELEMETRY):
            link = target / artifact.path.relative_to(source.absolute())
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(artifact.path)
    target.mkdir(exist_ok=True)
    return target


def _artifacts(root: Path) -> list[tuple[Artifact, Format]]:
    artifacts = [Artifact(Path(file.path), root, file.siblings) for file in discover([root], root / "home")]
    return [(artifact, owner) for artifact in artifacts if (owner := classify(artifact, TELEMETRY))]


def _contents(root: Path) -> list[Content]:
    return [Content(owner.NAME, artifact.data) for artifact, owner in _artifacts(root)]


def _decode(contents: Sequence[Content], *, is_whole: bool) -> None:
    for name, data in contents:
        if name == atif.NAME:
            trajectory = _ATIF.decode(data)
            if is_whole:
                _decode_atif(trajectory)
        elif name == mini_swe_agent.NAME:
            native = _NATIVE.decode(data)
            if is_whole:
                _decode_native(native)
        else:
            for line in data.splitlines():
                entry = _PI.decode(line)
                if is_whole and entry.message is not None:
                    _decode_pi(entry.message)


def _decode_atif(trajectory: AtifTrajectory[Step]) -> None:
    for step in trajectory.steps or ():
        for call in step.tool_calls or ():
            _JSON.decode(call.arguments)
        for result in (step.observation.results if step.observation else None) or ():
            if isinstance(result.content, str):
                read_observation(result.content)


def _decode_native(trajectory: NativeTrajectory[Any]) -> None:
    for message in trajectory.messages or ():
        for call in message.tool_calls or ():
            if call.function is not None:
                _JSON.decode(_JSON.decode(call.function.arguments))
        if isinstance(message.content, str):
            read_observation(message.content)


def _decode_pi(message: Message) -> None:
    for block in message.content if isinstance(message.content, list) else ():
        if block.arguments:
            _JSON.decode(block.arguments)
    if message.details:
        _JSON.decode(message.details)


def _flatten(root: Path) -> None:
    for artifact, owner in _artifacts(root):
        for _ in owner.flatten(artifact):
            pass


def _read(root: Path) -> None:
    for file in discover([root], root / "home"):
        sha256(Path(file.path).read_bytes()).hexdigest()


def _parse(root: Path, emit: Emit) -> None:
    """All of landing but finding what is new and writing."""
    parse_files([Work(file, None) for file in discover([root], root / "home")], FORMATS, 1, emit)


def _encode(batches: Sequence[tuple[str, pa.RecordBatch]], directory: Path) -> None:
    directory.mkdir(exist_ok=True)
    with parquet_writers(directory, SCHEMAS) as writers, row_groups(writers.__getitem__) as emit:
        for table, batch in batches:
            emit(table, batch)


def _land(root: Path, home: Path, processes: int) -> None:
    shutil.rmtree(home, ignore_errors=True)
    land([root], home, progress=False, formats=FORMATS, processes=processes)


def _timing(work: Callable[[], object]) -> Timing:
    """The least of a few runs, of each clock for itself: another program may have held one of them up."""
    timings = []
    for _ in range(_REPEATS):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        timings.append(Timing(time.perf_counter() - wall, time.process_time() - cpu))
    return Timing(min(timing.wall for timing in timings), min(timing.cpu for timing in timings))


if __name__ == "__main__":
    sys.exit(main())
