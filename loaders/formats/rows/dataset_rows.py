"""Rows of a SWE-bench-like dataset: the task, its gold patch and its tests, as JSON, JSON Lines, CSV or Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.csv_rows import csv_header, csv_rows
from loaders.formats.rows.instance_rows import Row, line_number, moment, pointer, row_keys, rows
from loaders.json_lines import describe
from loaders.tables import BadRecord, Record, Task
from loaders.values import patch_files

NAME = "dataset_rows"
VERSION = 1
IDENTITY = "content"

_ANSWERS = frozenset((b"model_patch", b"model_name_or_path", b"resolved"))
_CONTEXT = frozenset((b"base_commit", b"problem_statement"))
_TESTS = msgspec.json.Decoder(list[str])


class _Row(msgspec.Struct, gc=False):
    instance_id: str
    repo: str | None = None
    base_commit: str | None = None
    version: str | int | float | None = None
    difficulty: str | None = None
    created_at: str | float | None = None
    problem_statement: str | None = None
    patch: str | None = None
    test_patch: str | None = None
    fail_to_pass: str | list[str] | None = msgspec.field(name="FAIL_TO_PASS", default=None)
    pass_to_pass: str | list[str] | None = msgspec.field(name="PASS_TO_PASS", default=None)


_COLUMNS = _Row.__struct_encode_fields__


def matches(artifact: Artifact) -> bool:
    """Rows with an instance id, and `FAIL_TO_PASS` or a `patch` with its base commit or problem statement."""
    suffix = artifact.logical_path.suffix
    if suffix in (".jsonl", ".json"):
        return _is_dataset(row_keys(artifact))
    if suffix == ".csv":
        return _is_dataset(_csv_columns(artifact.head))
    return suffix == ".parquet" and artifact.head.startswith(b"PAR1") and _is_dataset(_parquet_columns(artifact))


def flatten(artifact: Artifact) -> Iterator[Record]:
    """A `Task` for each row, and a BadRecord for a test list that cannot be read beside the row that keeps None."""
    readers = {".csv": _csv_rows, ".parquet": _parquet_rows}
    read = readers.get(artifact.logical_path.suffix)
    for row in read(artifact.data) if read else rows(artifact, _Row):
        if isinstance(row, BadRecord):
            yield row
        else:
            yield from _task(row.place, row.value)


def _is_dataset(keys: frozenset[bytes]) -> bool:
    if b"instance_id" not in keys or keys & _ANSWERS:
        return False
    return b"FAIL_TO_PASS" in keys or (b"patch" in keys and bool(keys & _CONTEXT))


def _task(place: str, row: _Row) -> Iterator[Task | BadRecord]:
    tests: dict[str, list[str] | None] = {}
    for column, value in (("FAIL_TO_PASS", row.fail_to_pass), ("PASS_TO_PASS", row.pass_to_pass)):
        tests[column] = value if isinstance(value, list) else None
        if isinstance(value, str) and value.strip():
            try:
                tests[column] = _TESTS.decode(value)
            except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
                number = line_number(place)
                bad_place = place if number else place + pointer(column)
                yield BadRecord(place=bad_place, line_number=number, reason=f"{column}: {describe(error)}")
    yield Task(
        place=place,
        task_id=row.instance_id,
        repository=row.repo,
        base_commit=row.base_commit,
        version=None if row.version is None else str(row.version),
        difficulty=row.difficulty,
        created_at=moment(row.created_at),
        problem_statement=row.problem_statement,
        gold_patch=row.patch,
        test_patch=row.test_patch,
        gold_files=_paths(row.patch),
        gold_test_files=_paths(row.test_patch),
        fail_to_pass=tests["FAIL_TO_PASS"],
        pass_to_pass=tests["PASS_TO_PASS"],
    )


def _paths(patch: str | None) -> list[str] | None:
    files = patch_files(patch)
    return None if files is None else [file.path for file in files]


def _csv_columns(head: bytes) -> frozenset[bytes]:
    if b"instance_id" not in head:
        return frozenset()
    return frozenset(name.encode() for name in csv_header(head))


def _csv_rows(data: bytes) -> Iterator[Row | BadRecord]:
    """Rows of a CSV file by the physical line they start on; an empty cell is a missing value."""
    for row in csv_rows(data):
        if isinstance(row, BadRecord):
            yield row
        else:
            number, header, cells = row
            yield _converted(f"line {number}", {name: cell for name, cell in zip(header, cells, strict=True) if cell})


def _parquet_columns(artifact: Artifact) -> frozenset[bytes]:
    source = pa.BufferReader(artifact.data) if artifact.compression else artifact.path
    try:
        return frozenset(name.encode() for name in pq.read_schema(source).names)
    except (pa.ArrowException, OSError):
        return frozenset()


def _parquet_rows(data: bytes) -> Iterator[Row | BadRecord]:
    """Rows of a Parquet file, placed by their 0-based position (`/12`)."""
    position = 0
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        columns = [name for name in _COLUMNS if name in file.schema_arrow.names]
        for batch in file.iter_batches(batch_size=1024, columns=columns):
            for values in batch.to_pylist():
                yield _converted(f"/{position}", values)
                position += 1
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        if position == 0:
            raise UnreadableArtifactError("not a readable Parquet file") from error
        yield BadRecord(place=f"/{position}", reason="the Parquet file cannot be read from this row on")


def _converted(place: str, values: dict[str, object]) -> Row | BadRecord:
    created_at = values.get("created_at")
    if isinstance(created_at, datetime):
        values["created_at"] = created_at.isoformat()
    try:
        return Row(place, None, msgspec.convert(values, _Row))
    except msgspec.ValidationError as error:
        return BadRecord(place=place, line_number=line_number(place), reason=describe(error))
