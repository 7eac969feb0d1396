"""Many loads into one, without what no longer counts; and the same rewrite to forget files for good."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from loaders.discover import is_below
from loaders.loads import (
    SUPERSEDES,
    commit,
    heal,
    load_directories,
    load_id_of,
    load_name,
    locked,
    next_load_id,
    parquet_writers,
    table_files,
    temporary_directory,
    write_json,
)
from loaders.manifest import TABLE, SourceFile, known_files, manifest_table, read_manifest, source_file_id

MOST_LOADS = 64
"""Directories that a scan still opens in a few milliseconds."""
_RUN_COLUMNS = ("run_directory", "run_name")


class NothingToForgetError(Exception):
    """No landed file matches a selector. The message is one sentence."""

    def __init__(self, selector: str) -> None:
        super().__init__(f"Nothing that has landed is, lies below or belongs to {selector}.")


def compact(landing: Path, schemas: Mapping[str, pa.Schema], *, most_loads: int = MOST_LOADS) -> None:
    """Merge all loads into one directory once there are more than `most_loads`; the folder is locked by the caller.

    Rows keep their own `load_id`. Data rows that are no longer current and superseded manifest rows are dropped.
    """
    loads = load_directories(landing)
    if len(loads) > most_loads:
        _rewrite(landing, schemas, read_manifest(landing), load_id_of(loads[-1]))


def forget(home: Path, selectors: Sequence[str], schemas: Mapping[str, pa.Schema]) -> list[str]:
    """Remove every row of the selected files from every load, for good; return their paths.

    A selector is a path (the file or all below it) or a run id: the name, or the last parts, of a run directory, or a
    run name that an artifact gives. A file that speaks of several runs goes whole. A manifest row `forgotten` keeps
    the path alone, so that the file does not land again. Raises NothingToForgetError and LandingLockedError.
    """
    landing = home.absolute() / "landing"
    with locked(landing):
        manifest = read_manifest(landing)
        known = known_files(manifest)
        remaining = {path: source_file_id(path) for path, (row, _) in known.items() if row.status != "forgotten"}
        chosen: set[str] = set()
        with _readable(landing, schemas) as loads:
            for selector in selectors:
                matched = _select(selector.rstrip("/"), remaining, loads, schemas)
                if not matched:
                    raise NothingToForgetError(selector)
                chosen |= matched
        load_id = next_load_id(landing)
        gone = manifest_table([_forgotten(known[path].row) for path in sorted(chosen)], load_id)
        kept = manifest.filter(pa.array([path not in chosen for path in manifest["path"].to_pylist()], pa.bool_()))
        _rewrite(landing, schemas, pa.concat_tables([kept, gone]), load_id)
    return sorted(chosen)


def _forgotten(row: SourceFile) -> SourceFile:
    places = {name: getattr(row, name) for name in ("path", "root", "relative_path", "directory", "file_name")}
    return SourceFile(**places, status="forgotten")


def _select(
    selector: str, files: Mapping[str, str], loads: Sequence[Path], schemas: Mapping[str, pa.Schema]
) -> set[str]:
    directories, names = [os.path.normpath(Path(selector).absolute())], set()
    with duckdb.connect() as connection:
        for table, schema in schemas.items():
            for column in _RUN_COLUMNS:
                if column in schema.names:
                    matched = connection.execute(
                        f"""
                        select distinct source_file_id, {column} from ({_union(loads, table)})
                        where {column} = $1 or ($2 and ends_with({column}, '/' || $1))
                        """,
                        [selector, column == "run_directory"],
                    ).fetchall()
                    names |= {row[0] for row in matched}
                    directories += [row[1] for row in matched if column == "run_directory"]
    return {
        path
        for path, identifier in files.items()
        if identifier in names or any(is_below(path, directory) for directory in set(directories))
    }


def _rewrite(landing: Path, schemas: Mapping[str, pa.Schema], manifest: pa.Table, load_id: int) -> None:
    """One directory in place of all: committed by one rename, and only then are the others removed."""
    superseded = [directory.name for directory in load_directories(landing)]
    with temporary_directory(landing, "compaction") as temporary, _readable(landing, schemas) as loads:
        with duckdb.connect(config={"temp_directory": str(temporary / "spill")}) as connection:
            connection.register("manifest", manifest)
            for table, schema in schemas.items():
                _rewrite_table(connection, table, schema, loads, temporary)
        shutil.rmtree(temporary / "spill", ignore_errors=True)
        write_json(temporary / SUPERSEDES, superseded)
        commit(temporary, landing / load_name(load_id, is_compacted=True))
    heal(landing)


@contextmanager
def _readable(landing: Path, schemas: Mapping[str, pa.Schema]) -> Iterator[list[Path]]:
    """The loads, led by an empty one of today's tables and columns: what older loads lack is then null in a union."""
    with temporary_directory(landing, "empty") as empty:
        with parquet_writers(empty, schemas):
            pass
        yield [empty, *load_directories(landing)]


def _rewrite_table(
    connection: duckdb.DuckDBPyConnection, table: str, schema: pa.Schema, loads: Sequence[Path], target: Path
) -> None:
    columns = ", ".join(f'"{name}"' for name in schema.names)
    current = "select source_file_id, content_load_id from manifest"
    source = (
        f"({_union(loads, table)}) where (source_file_id, load_id) in ({current})" if table != TABLE else "manifest"
    )
    connection.execute(
        f"copy (select {columns} from {source}) to '{_quoted(target / f'{table}.parquet')}' "
        "(format parquet, compression zstd)"
    )


def _union(loads: Collection[Path], table: str) -> str:
    """SQL over the table of every load that has it; a column that a load lacks is null."""
    files = (file for directory in loads for file in table_files(directory, table))
    listed = ", ".join(f"'{_quoted(file)}'" for file in files)
    return f"select * from read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
