"""The landing folder: one directory a load, written under a temporary name and committed by one rename.

A load holds `<table>.parquet` of every table, and where several processes parsed it `<table>.<part>.parquet` besides.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

TEMPORARY_PREFIX = ".tmp-"
SUPERSEDES = "supersedes.json"
_LOAD_NAME = re.compile(r"load=(\d{6,})(-compacted)?")
# Dictionaries and minimum and maximum of long texts cost more than they ever tell.
_LONG_TEXTS = frozenset(
    {
        "text",
        "thinking_text",
        "arguments",
        "command",
        "result_text",
        "submission",
        "detail",
        "patch",
        "gold_patch",
        "test_patch",
        "problem_statement",
    }
)


class LandingLockedError(Exception):
    """Another process is landing into the same folder. The message is one sentence."""

    def __init__(self, landing: Path) -> None:
        super().__init__(f"Another process is landing into {landing}; try again when it has finished.")


def load_directories(landing: Path) -> list[Path]:
    """The committed loads, oldest first."""
    if not landing.is_dir():
        return []
    return sorted((path for path in landing.iterdir() if _LOAD_NAME.fullmatch(path.name)), key=load_id_of)


def load_id_of(directory: Path) -> int:
    """The (last) load id of a load directory, from its name. Raises ValueError for any other name."""
    match = _LOAD_NAME.fullmatch(directory.name)
    if match is None:
        raise ValueError(f"{directory.name} is not the name of a load")
    return int(match[1])


def next_load_id(landing: Path) -> int:
    """One more than the last load's, from 1."""
    return max((load_id_of(directory) for directory in load_directories(landing)), default=0) + 1


def load_name(load_id: int, *, is_compacted: bool = False) -> str:
    """Directory name of a load, or of one that holds all loads up to this one."""
    return f"load={load_id:06d}" + ("-compacted" if is_compacted else "")


@contextmanager
def locked(landing: Path) -> Iterator[None]:
    """Hold the folder against every other landing, whole and clean. Raises LandingLockedError."""
    landing.mkdir(parents=True, exist_ok=True)
    with (landing / ".lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LandingLockedError(landing) from error
        heal(landing)
        yield


def heal(landing: Path) -> None:
    """Remove what a killed landing left behind and finish a compaction that was committed and not cleaned up."""
    for leftover in landing.glob(f"{TEMPORARY_PREFIX}*"):
        shutil.rmtree(leftover)
    for directory in load_directories(landing):
        marker = directory / SUPERSEDES
        if marker.exists():
            for name in json.loads(marker.read_text()):
                shutil.rmtree(landing / name, ignore_errors=True)
            marker.unlink()


@contextmanager
def temporary_directory(landing: Path, purpose: str) -> Iterator[Path]:
    """A directory beside the loads that is gone afterwards, unless it was committed."""
    path = landing / f"{TEMPORARY_PREFIX}{purpose}"
    path.mkdir()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def commit(temporary: Path, target: Path) -> None:
    """Make a written directory a load, durably: afterwards all of it is there, before it none."""
    for path in (*temporary.iterdir(), temporary):
        _sync(path)
    temporary.rename(target)
    _sync(target.parent)


@contextmanager
def parquet_writers(directory: Path, schemas: Mapping[str, pa.Schema]) -> Iterator[dict[str, pq.ParquetWriter]]:
    """A writer for each table; a table that gets no row is a file with the full schema."""
    with ExitStack() as stack:
        yield {
            table: stack.enter_context(_parquet_writer(directory / f"{table}.parquet", schema))
            for table, schema in schemas.items()
        }


@contextmanager
def part_writer(
    directory: Path, schemas: Mapping[str, pa.Schema], part: int
) -> Iterator[Callable[[str], pq.ParquetWriter]]:
    """Yield what gives the writer of a table's part; a table that is not asked for has no file."""
    with ExitStack() as stack:

        @cache
        def writer(table: str) -> pq.ParquetWriter:
            return stack.enter_context(_parquet_writer(directory / _part_name(table, part), schemas[table]))

        yield writer


def adopt(parts: Path, part: int, directory: Path) -> None:
    """Move a part of all tables beside the tables."""
    for path in parts.glob(_part_name("*", part)):
        path.rename(directory / path.name)


def table_files(directory: Path, table: str) -> list[Path]:
    """The files of a table in a load: that of the table and those of the parts that other processes have written."""
    return sorted(directory.glob(f"{table}.*parquet"))


def has_schemas(directory: Path, schemas: Mapping[str, pa.Schema]) -> bool:
    """Whether a load holds every table with every column."""
    return all(
        (directory / f"{table}.parquet").exists()
        and set(schema.names) <= set(pq.read_schema(directory / f"{table}.parquet").names)
        for table, schema in schemas.items()
    )


def write_json(path: Path, value: object) -> None:
    """Replace a small JSON file whole."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(json.dumps(value))
    temporary.replace(path)


def _part_name(table: str, part: int) -> str:
    return f"{table}.{part:05}.parquet"


def _parquet_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    short = _short_columns(schema)
    return pq.ParquetWriter(
        path, schema, compression="zstd", compression_level=1, use_dictionary=short, write_statistics=short
    )


def _short_columns(schema: Iterable[pa.Field]) -> list[str]:
    return [field.name for field in schema if field.name not in _LONG_TEXTS]


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
