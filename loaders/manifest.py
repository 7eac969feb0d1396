"""What has landed and what has changed since: the manifest, one row a file ever seen."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb
import msgspec
import pyarrow as pa

from loaders.artifact import COMPRESSION_SUFFIXES
from loaders.discover import TRIAL_CONFIG_FORMAT, Format, FoundFile, is_below
from loaders.loads import load_directories
from loaders.tables import arrow_schema

TABLE = "source_file"
_EPOCH = datetime(1970, 1, 1)
_RESULT_NAMES = frozenset("result.json" + suffix for suffix in ("", *COMPRESSION_SUFFIXES))


class SourceFile(msgspec.Struct, frozen=True, kw_only=True):
    """One manifest row. The newest row of a file (largest `load_id`) wins.

    A data row is current where its (source_file_id, load_id) is the newest manifest row's (source_file_id,
    content_load_id).
    """

    path: str
    """Absolute, as on disk."""
    root: str
    relative_path: str
    directory: str
    file_name: str
    """Without a compression suffix."""
    format: str | None = None
    identity: str | None = None
    """content or place: what makes two files the same evidence."""
    status: str
    """landed, quarantined, unknown, archive, in_progress, vanished or forgotten."""
    reason: str | None = None
    size_bytes: int | None = None
    modified_at: datetime | None = None
    """None where the file could not be opened, so that the next landing tries again."""
    content_sha256: str | None = None
    """Of the decompressed content."""
    compression: str | None = None
    parser_version: str | None = None
    record_count: int | None = None
    bad_record_count: int | None = None
    content_load_id: int | None = None
    """The load whose data rows are current, None where the file has none."""


class Known(NamedTuple):
    """The newest manifest row of a file and the load that wrote it."""

    row: SourceFile
    load_id: int


class Seen(NamedTuple):
    """Size, modification time and parser version under which a file was last found to be what the manifest says."""

    size_bytes: int | None
    modified_us: int | None
    parser_version: str | None


class Work(NamedTuple):
    """A file to open. Where its content has `known_sha256` nothing lands again."""

    found: FoundFile
    known_sha256: str | None


SCHEMA = arrow_schema(SourceFile)


def source_file_id(path: str) -> str:
    """First 16 hex digits of the SHA-256 of an absolute POSIX path."""
    return hashlib.sha256(path.encode()).hexdigest()[:16]


def describe_file(found: FoundFile, *, status: str, reason: str | None = None) -> SourceFile:
    """Manifest row of a found file before anything is known of its content."""
    directory, _, name = found.path.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    compression = COMPRESSION_SUFFIXES.get(dot + suffix) if stem else None
    return SourceFile(
        path=found.path,
        root=found.root,
        relative_path=found.path.removeprefix(found.root.rstrip("/") + "/"),
        directory=directory or "/",
        file_name=stem if compression else name,
        status=status,
        reason=reason,
        size_bytes=found.size_bytes,
        modified_at=moment(found.modified_us),
        compression=compression,
    )


def moment(microseconds: int | None) -> datetime | None:
    """Naive UTC datetime of microseconds since 1970; None where no calendar holds it."""
    try:
        return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return None


def parser_versions(formats: Sequence[Format]) -> frozenset[str]:
    """Every `parser_version` that is up to date: one a format, and one for files that no format owns."""
    return frozenset((*(version_of(each) for each in formats), unknown_version(formats)))


def version_of(owner: Format) -> str:
    """`parser_version` of the files of a format."""
    return f"{owner.NAME}/{owner.VERSION}"


def unknown_version(formats: Sequence[Format]) -> str:
    """`parser_version` of a file that no format owns: another one whenever the registry changes."""
    names = "\n".join(sorted(version_of(each) for each in formats))
    return f"unknown/{hashlib.sha256(names.encode()).hexdigest()[:12]}"


def read_manifest(landing: Path) -> pa.Table:
    """The newest manifest row of every file ever seen, sorted by path, in the schema of `source_file`."""
    files = [str(directory / f"{TABLE}.parquet") for directory in load_directories(landing)]
    if not files:
        return SCHEMA.empty_table()
    with duckdb.connect() as connection:
        newest = connection.execute(
            """
            select * from read_parquet(?, union_by_name = true, hive_partitioning = false)
            qualify row_number() over (partition by source_file_id order by load_id desc) = 1
            order by path
            """,
            [files],
        ).to_arrow_table()
    columns = [
        newest[field.name].cast(field.type) if field.name in newest.column_names else pa.nulls(len(newest), field.type)
        for field in SCHEMA
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def known_files(manifest: pa.Table) -> dict[str, Known]:
    """The manifest by path."""
    names = SourceFile.__struct_fields__
    values = zip(*(manifest[name].to_pylist() for name in names), strict=True)
    rows = (SourceFile(**dict(zip(names, row, strict=True))) for row in values)
    return {row.path: Known(row, load_id) for row, load_id in zip(rows, manifest["load_id"].to_pylist(), strict=True)}


def manifest_table(rows: Collection[SourceFile], load_id: int) -> pa.Table:
    """The rows in the schema of `source_file`."""
    columns = {name: [getattr(row, name) for row in rows] for name in SourceFile.__struct_fields__}
    columns["source_file_id"] = [source_file_id(row.path) for row in rows]
    columns["load_id"] = [load_id] * len(rows)
    return pa.table(columns, schema=SCHEMA)


def plan(
    found: Iterable[FoundFile], known: Mapping[str, Known], seen: Mapping[str, Seen], versions: frozenset[str]
) -> tuple[list[Work], list[SourceFile]]:
    """The files to open, and the manifest rows of those that are as they were.

    Forgotten files count as unchanged for ever: what was removed for good does not come back.
    """
    work: list[Work] = []
    unchanged: list[SourceFile] = []
    for file in found:
        row = known[file.path].row if file.path in known else None
        if row is None or row.status == "vanished":
            work.append(Work(file, None))
        elif row.status == "forgotten" or _is_unchanged(file, row, seen.get(source_file_id(file.path)), versions):
            unchanged.append(row)
        else:
            is_comparable = row.parser_version in versions and row.modified_at is not None
            work.append(Work(file, row.content_sha256 if is_comparable else None))
    return work, unchanged


def vanished(found: Sequence[FoundFile], known: Mapping[str, Known], roots: Sequence[str]) -> list[SourceFile]:
    """New manifest rows of the files that were below one of these roots and are there no more.

    What lies below a directory that cannot be listed now is not known to have vanished.
    """
    present = {file.path for file in found}
    unlisted = [file.path for file in found if file.is_directory]
    return [
        msgspec.structs.replace(row, status="vanished", reason=None)
        for path, (row, _) in known.items()
        if path not in present
        and row.status not in ("vanished", "forgotten")
        and any(is_below(path, root) for root in roots)
        and not any(is_below(path, directory) for directory in unlisted)
    ]


def with_progress(rows: Iterable[SourceFile], siblings: Mapping[str, frozenset[str]]) -> list[SourceFile]:
    """The rows with status `in_progress` exactly below trials that have a config and no result yet.

    `siblings` holds the names of the files beside each path.
    """
    rows = list(rows)
    running = {
        row.directory
        for row in rows
        if row.format == TRIAL_CONFIG_FORMAT and not _RESULT_NAMES & siblings.get(row.path, _RESULT_NAMES)
    }
    return [_progressed(row, running) for row in rows]


def keep_content(row: SourceFile, known: Known | None) -> SourceFile:
    """A file that cannot be opened now keeps what it landed before, as one that vanished does."""
    if row.modified_at is not None or known is None:
        return row
    names = ("content_sha256", "parser_version", "format", "identity", "record_count", "bad_record_count")
    kept = {name: getattr(known.row, name) for name in (*names, "content_load_id")}
    return msgspec.structs.replace(row, **kept)


def says_the_same(new: SourceFile, old: SourceFile) -> bool:
    """Whether a row tells nothing that the manifest does not hold, but for the clock, the size and the registry."""
    names = ("content_load_id", "content_sha256", "format", "status", "reason")
    return all(getattr(new, name) == getattr(old, name) for name in names)


def _is_unchanged(file: FoundFile, row: SourceFile, seen: Seen | None, versions: frozenset[str]) -> bool:
    if row.modified_at is None:
        return False
    if row.parser_version in versions and (row.size_bytes, row.modified_at) == (
        file.size_bytes,
        moment(file.modified_us),
    ):
        return True
    return (
        seen is not None
        and seen.parser_version in versions
        and (seen.size_bytes, seen.modified_us) == (file.size_bytes, file.modified_us)
    )


def _progressed(row: SourceFile, running: Collection[str]) -> SourceFile:
    if row.status not in ("landed", "in_progress"):
        return row
    directory, status = row.directory, "landed"
    while running and directory and status == "landed":
        if directory in running:
            status = "in_progress"
        directory = directory.rpartition("/")[0]
    return row if row.status == status else msgspec.structs.replace(row, status=status)
