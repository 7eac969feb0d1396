"""Files to record batches: classify, hash, flatten, quarantine. Runs in the landing process or in a worker."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa

from loaders.artifact import HEAD_BYTES, Artifact, UnreadableArtifactError
from loaders.discover import Format, FoundFile, classify, explain, is_archive
from loaders.manifest import SourceFile, Work, describe_file, source_file_id, unknown_version, version_of
from loaders.measures import has_impossible, measured_columns, mend
from loaders.tables import TABLES, BadRecord, Record, arrow_schema

Emit = Callable[[str, pa.RecordBatch], object]
"""Takes a table's name and its next rows."""

SCHEMAS: dict[str, pa.Schema] = {table: arrow_schema(record) for table, record in TABLES.items()}
_MEASURED = {table: measured_columns(schema) for table, schema in SCHEMAS.items()}
_BATCH_RECORDS = 32_768
_BATCH_BYTES = 8 << 20


class Parsed(NamedTuple):
    """What became of one file: its manifest row, or None where its content is what had landed."""

    found: FoundFile
    row: SourceFile | None


class _Rows:
    """Records that wait to be emitted, with the file that each belongs to."""

    def __init__(self, load_id: int, emit: Emit) -> None:
        self.load_id = load_id
        self.emit = emit
        self.records: dict[type[Record], list[Record]] = {record: [] for record in TABLES.values()}
        self.owners: dict[type[Record], list[str]] = {record: [] for record in TABLES.values()}
        self.unfit: dict[str, int] = {}
        self.mended: dict[str, int] = {}
        self._append = {record: rows.append for record, rows in self.records.items()}

    def take(self, records: Iterable[Record], owner: str) -> tuple[int, int]:
        """Keep a file's records; the count of good and of bad ones. What `records` raises passes through."""
        counts = 0, 0
        append, stream = self._append, iter(records)
        while True:
            for record in islice(stream, _BATCH_RECORDS):
                append[type(record)](record)
            added = self._claim(owner)
            counts = _added(counts, added)
            if sum(added) < _BATCH_RECORDS:
                return counts
            self.flush()

    def drop_unclaimed(self) -> None:
        """Forget the records of a file that failed before its end."""
        for record, rows in self.records.items():
            del rows[len(self.owners[record]) :]

    def flush(self) -> None:
        """Emit everything, bad records last: a record that its table cannot hold becomes one."""
        for table, record in sorted(TABLES.items(), key=lambda item: item[1] is BadRecord):
            rows, owners = self.records[record], self.owners[record]
            if not rows:
                continue
            try:
                batches = _batches(table, rows, owners, self.load_id)
            except (pa.ArrowException, ValueError, TypeError, OverflowError):
                rows, owners = self._fitting(table, rows, owners)
                batches = _batches(table, rows, owners, self.load_id)
            if any(has_impossible(batch.columns, SCHEMAS[table], _MEASURED[table]) for batch in batches):
                self._mend(table, rows, owners)
                batches = _batches(table, rows, owners, self.load_id)
            for batch in batches:
                self.emit(table, batch)
            self.records[record].clear()
            self.owners[record].clear()

    def _claim(self, owner: str) -> tuple[int, int]:
        good = bad = 0
        for record, rows in self.records.items():
            owners = self.owners[record]
            if added := len(rows) - len(owners):
                owners.extend([owner] * added)
                if record is BadRecord:
                    bad += added
                else:
                    good += added
        return good, bad

    def _mend(self, table: str, rows: list[Record], owners: list[str]) -> None:
        names = [SCHEMAS[table].field(position).name for position in _MEASURED[table]]
        for row, owner in zip(rows, owners, strict=True):
            for name in mend(row, names):
                self.mended[owner] = self.mended.get(owner, 0) + 1
                self._quarantine(row, owner, f"an impossible number in the column {table}.{name}")

    def _quarantine(self, row: Record, owner: str, reason: str) -> None:
        place = row.place.encode("utf-8", "replace").decode() or "/"
        self.records[BadRecord].append(BadRecord(place=place, reason=reason))
        self.owners[BadRecord].append(owner)

    def _fitting(self, table: str, rows: list[Record], owners: list[str]) -> tuple[list[Record], list[str]]:
        fitting: list[tuple[Record, str]] = []
        for row, owner in zip(rows, owners, strict=True):
            column = _unfit_column(table, row)
            if column is None:
                fitting.append((row, owner))
                continue
            self.unfit[owner] = self.unfit.get(owner, 0) + 1
            if table != "bad_record":
                self._quarantine(row, owner, f"a value does not fit the column {table}.{column}")
        return [row for row, _ in fitting], [owner for _, owner in fitting]


def parse_files(
    work: Sequence[Work],
    formats: Sequence[Format],
    load_id: int,
    emit: Emit,
    report: Callable[[int], object] = lambda size: None,
) -> list[Parsed]:
    """Parse files in order, emit their rows, and say what became of each. Raises nothing for any content.

    `report` is told the raw bytes of each file that is done.
    """
    rows = _Rows(load_id, emit)
    unknown = unknown_version(formats)
    parsed: list[Parsed] = []
    waiting = 0
    with _without_collector():
        for item in work:
            parsed.append(Parsed(item.found, _parse(item, formats, unknown, rows)))
            size = item.found.size_bytes or 0
            report(size)
            waiting += size
            if waiting >= _BATCH_BYTES or len(rows.owners[BadRecord]) >= _BATCH_RECORDS:
                rows.flush()
                waiting = 0
        rows.flush()
    return [Parsed(found, row and _recounted(row, rows.unfit, rows.mended)) for found, row in parsed]


@contextmanager
def _without_collector() -> Iterator[None]:
    """Records form no cycles; to look for some among so many takes a tenth of the time."""
    is_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_enabled:
            gc.enable()


def _parse(item: Work, formats: Sequence[Format], unknown: str, rows: _Rows) -> SourceFile | None:
    found = item.found
    row = describe_file(found, status="quarantined", reason=found.problem)
    if found.problem is not None:
        return msgspec.structs.replace(row, modified_at=None)
    artifact = Artifact(Path(found.path), Path(found.root), found.siblings)
    owner: Format | None = None
    said: dict[str, Any] = {"parser_version": unknown}
    try:
        if (found.size_bytes or 0) <= HEAD_BYTES:
            _ = artifact.data
        owner = classify(artifact, formats)
        if owner is None:
            status, reason = _unowned(artifact.name)
            return msgspec.structs.replace(row, status=status, reason=reason, **said)
        said |= {"format": owner.NAME, "identity": owner.IDENTITY, "parser_version": version_of(owner)}
        said["content_sha256"] = hashlib.sha256(artifact.version).hexdigest()
        if said["content_sha256"] == item.known_sha256:
            return None
        good, bad = rows.take(owner.flatten(artifact), source_file_id(found.path))
    except UnreadableArtifactError as error:
        said["reason"] = error.reason
    except OSError as error:
        said["reason"] = explain(error)
        if error.errno is not None:
            said["modified_at"] = None
    except Exception as error:
        said["reason"] = _unexpected(error)
    else:
        return msgspec.structs.replace(row, **said, **_content(good, bad, rows.load_id))
    rows.drop_unclaimed()
    return msgspec.structs.replace(row, **said)


def _unowned(name: str) -> tuple[str, str]:
    if is_archive(name):
        return "archive", "archives are listed, not read"
    return "unknown", "not an artifact of a known format"


def _content(good: int, bad: int, load_id: int) -> dict[str, Any]:
    is_lost = bad > 0 and good == 0
    return {
        "status": "quarantined" if is_lost else "landed",
        "reason": "nothing in it could be read" if is_lost else None,
        "record_count": good,
        "bad_record_count": bad,
        "content_load_id": load_id,
    }


def _recounted(row: SourceFile, unfit: dict[str, int], mended: dict[str, int]) -> SourceFile:
    if row.content_load_id is None or not (unfit or mended):
        return row
    owner = source_file_id(row.path)
    lost, torn = unfit.get(owner, 0), mended.get(owner, 0)
    if lost + torn == 0:
        return row
    good, bad = (row.record_count or 0) - lost, (row.bad_record_count or 0) + lost + torn
    return msgspec.structs.replace(row, **_content(good, bad, row.content_load_id))


def _unexpected(error: Exception) -> str:
    """Class and place of an error: its message may quote the artifact."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    code = trace.tb_frame.f_code
    return f"{type(error).__name__} in {code.co_name} of {Path(code.co_filename).name}"


def _batches(table: str, rows: list[Record], owners: list[str], load_id: int) -> list[pa.RecordBatch]:
    schema = SCHEMAS[table]
    values = zip(*map(msgspec.structs.astuple, rows), strict=True)
    columns = [pa.array(column, field.type) for column, field in zip(values, schema, strict=False)]
    columns += [pa.array(owners, pa.string()), pa.repeat(pa.scalar(load_id, pa.int64()), len(rows))]
    batches: list[pa.RecordBatch] = pa.Table.from_arrays(columns, schema=schema).to_batches()
    return batches


def _unfit_column(table: str, row: Record) -> str | None:
    schema = SCHEMAS[table]
    for field in islice(schema, len(schema) - 2):
        try:
            pa.array([getattr(row, field.name)], field.type)
        except (pa.ArrowException, ValueError, TypeError, OverflowError):
            return str(field.name)
    return None


def _added(left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    return left[0] + right[0], left[1] + right[1]
