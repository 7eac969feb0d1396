"""Damaged copies of a sample of every format in one root: the build ends well and loses nothing but what is damaged."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from loaders.artifact import Artifact
from loaders.discover import classify, discover
from loaders.landing import FORMATS
from tests.python.end_to_end.conftest import Examples
from tests.python.end_to_end.warehouse import Warehouse

LONG_LINE_BYTES = 100 << 20
JOB = "jobs/2026-01-15__10-00-00__synthetic"
SESSION = "sessions/--home-synthetic-ledger--/2026-01-20T09-00-00-000Z_ac44221b-815a-5a74-b167-94a381c426a6.jsonl"


def truncated(data: bytes, _: random.Random) -> bytes:
    """Cut in the middle, as a copy that was interrupted."""
    return data[: len(data) * 2 // 3]


def flipped(data: bytes, generator: random.Random) -> bytes:
    """One bit in five hundred bytes turned."""
    flipped = bytearray(data)
    for _ in range(len(data) // 500 + 1):
        flipped[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
    return bytes(flipped)


def empty(_: bytes, __: random.Random) -> bytes:
    """Nothing at all."""
    return b""


def wrongly_typed(data: bytes, generator: random.Random) -> bytes:
    """Every document or line as JSON of the same keys, a third of the values of another type."""
    lines = data.splitlines()
    documents = [data] if _is_json(data) else [line for line in lines if _is_json(line)]
    if not documents:
        return b"\x00\xff" + data
    return b"\n".join(json.dumps(_mistyped(json.loads(each), generator)).encode() for each in documents)


DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (truncated, flipped, empty, wrongly_typed)


@pytest.fixture
def samples(examples: Examples, request: pytest.FixtureRequest) -> dict[str, tuple[Path, Path]]:
    """The smallest file of each format and the root that it is below: of the examples, and of the real artifacts."""
    roots = [examples.root]
    if os.environ.get("AGENT_SIGNALS_FIXTURES"):
        roots.append(request.getfixturevalue("fixtures"))
    smallest: dict[str, tuple[Path, Path]] = {}
    for found in sorted(discover(roots, examples.warehouse.home), key=lambda each: each.size_bytes or 0):
        owner = classify(Artifact(Path(found.path), Path(found.root), found.siblings), FORMATS)
        if owner is not None and found.size_bytes:
            smallest.setdefault(owner.NAME, (Path(found.path), Path(found.root)))
    return smallest


def test_damaged_files_cost_themselves_alone(examples: Examples, samples: dict[str, tuple[Path, Path]]) -> None:
    generator = random.Random(20260118)
    warehouse = examples.warehouse
    shutil.rmtree(warehouse.home)
    for damage in DAMAGES:
        for path, root in samples.values():
            target = examples.root / "zz_damaged" / damage.__name__ / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(damage(path.read_bytes(), generator))
    long_line = examples.root / "zz_damaged" / "long" / "session.jsonl"
    long_line.parent.mkdir()
    long_line.write_bytes(_with_a_long_line((examples.root / SESSION).read_bytes()))

    warehouse.build([examples.root])
    files = _files(warehouse)
    damaged = {place: row for place, row in files.items() if place.startswith("zz_damaged/")}
    assert len(damaged) == len(DAMAGES) * len(samples) + 1
    assert {status for status, *_ in damaged.values()} <= {"landed", "in_progress", "quarantined", "unknown"}

    for place, (status, records, bad_records) in damaged.items():
        kind, name = place.split("/")[1], place.rsplit("/")[-1]
        if kind == "empty":
            # an empty patch is an answer: the agent changed nothing
            assert status in ("quarantined", "unknown") or records == 0 or name.endswith(".diff"), place
        elif kind == "truncated" and name.endswith((".json", ".jsonl")):
            assert status in ("quarantined", "unknown") or bad_records, place
    assert damaged["zz_damaged/long/session.jsonl"] == ("landed", files[SESSION][1], 0)

    said = warehouse.rows(
        "select path, count(*), count(*) filter (where reason <> '' and (kind = 'file' or place <> ''))"
        " from meta.quarantined_record where kind in ('file', 'record') group by all"
    )
    lost = {
        str(examples.root / place): (bad_records or 0) + (status == "quarantined")
        for place, (status, _, bad_records) in files.items()
    }
    assert {path: count for path, count, _ in said} == {path: count for path, count in lost.items() if count}
    assert all(count == explained for _, count, explained in said)

    sound = {place: row for place, row in files.items() if not place.startswith("zz_damaged/")}
    assert sound == _files(examples.undisturbed)


def test_impossible_numbers_stop_no_build(examples: Examples) -> None:
    generator = random.Random(20260119)
    for path in sorted((examples.root / JOB).rglob("*.json*")):
        target = examples.root / "zz_damaged" / "jobs" / "synthetic" / path.relative_to(examples.root / JOB)
        target.parent.mkdir(parents=True, exist_ok=True)
        lines = [path.read_bytes()] if _is_json(path.read_bytes()) else path.read_bytes().splitlines()
        documents = [_impossible(json.loads(line), generator) for line in lines if _is_json(line)]
        target.write_text("\n".join(json.dumps(document) for document in documents))
    examples.warehouse.build([examples.root])
    sound = f"select * from marts.trial where run_id = '{Path(JOB).name}' order by all"
    assert examples.warehouse.rows(sound) == examples.undisturbed.rows(sound)


def _files(warehouse: Warehouse) -> dict[str, tuple[str, int | None, int | None]]:
    """Status, records and bad records of every file by its place below the root."""
    rows = warehouse.build_rows(
        "select relative_path, status, record_count, bad_record_count from staging.stg_source_file"
    )
    return {place: (status, records, bad_records) for place, status, records, bad_records in rows}


def _is_json(data: bytes) -> bool:
    try:
        return isinstance(json.loads(data), dict | list)
    except ValueError:
        return False


def _mistyped(value: object, generator: random.Random) -> object:
    if isinstance(value, dict):
        return {key: _mistyped(each, generator) for key, each in value.items()}
    if isinstance(value, list):
        return [_mistyped(each, generator) for each in value]
    if generator.random() < 1 / 3:
        return generator.choice(({"of": "another type"}, ["x"], "text", 10**30, -1.5, True, None))
    return value


def _impossible(value: object, generator: random.Random) -> object:
    """The document as a trial of another id, a third of its numbers such as nothing can be counted or measured."""
    if isinstance(value, dict):
        return {
            key: f"impossible-{each}" if key == "id" else _impossible(each, generator) for key, each in value.items()
        }
    if isinstance(value, list):
        return [_impossible(each, generator) for each in value]
    if isinstance(value, int | float) and not isinstance(value, bool) and generator.random() < 1 / 3:
        return generator.choice((-7, -1.5, 9 * 10**18, 1e308))
    return value


def _with_a_long_line(session: bytes) -> bytes:
    """The session with one text made as long as no text is."""
    lines = session.splitlines()
    number = next(index for index, line in enumerate(lines) if b'"type":"text"' in line)
    entry = json.loads(lines[number])
    block = next(block for block in entry["message"]["content"] if block["type"] == "text")
    block["text"] += " x" * (LONG_LINE_BYTES // 2)
    lines[number] = json.dumps(entry).encode()
    return b"\n".join(lines) + b"\n"
