"""Writing one version of the published warehouse, and making it the current one by one rename."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from duckdb import DuckDBPyConnection

LINK = "agent_signals.duckdb"
SUMMARY = "build_summary.json"
KEPT_VERSIONS = 3
STORAGE_VERSION = "v1.0.0"
"""The oldest DuckDB that opens a published file."""

_TEMPORARY_PREFIX = ".tmp-"
_READ_ONLY = 0o444


class Mart(NamedTuple):
    """A table of the build file that is published under the same schema and name."""

    schema: str
    name: str


def write_version(connection: DuckDBPyConnection, marts: Sequence[Mart], home: Path, version: str) -> dict[str, int]:
    """Write `published/<version>.duckdb` and `published/<version>/<schema>.<mart>.parquet`; return rows by mart.

    connection: a cursor on the build file without an open transaction. Both appear whole, or not at all; nothing
    that is published already changes.
    """
    published = home / "published"
    published.mkdir(parents=True, exist_ok=True)
    for leftover in published.glob(f"{_TEMPORARY_PREFIX}*"):
        shutil.rmtree(leftover)
    temporary = published / f"{_TEMPORARY_PREFIX}{version}"
    parquet = temporary / "parquet"
    parquet.mkdir(parents=True)
    # side by side: a table is copied by one thread, and nothing else runs when a build ends
    with ThreadPoolExecutor(max_workers=1) as beside:
        copies = beside.submit(write_parquet, connection.cursor(), marts, parquet)
        counts = write_database(connection, marts, temporary / LINK)
        copies.result()
    for path in (*parquet.iterdir(), temporary / LINK):
        path.chmod(_READ_ONLY)
        _sync(path)
    _sync(parquet)
    shutil.rmtree(published / version, ignore_errors=True)
    parquet.rename(published / version)
    (temporary / LINK).replace(published / f"{version}.duckdb")
    temporary.rmdir()
    _sync(published)
    return counts


def make_current(home: Path, version: str) -> None:
    """Point the link at a written version: a reader finds the old one or the new one, at every moment."""
    new_link = home / f"{_TEMPORARY_PREFIX}{LINK}"
    new_link.unlink(missing_ok=True)
    new_link.symlink_to(Path("published") / f"{version}.duckdb")
    new_link.replace(home / LINK)
    _sync(home)


def write_summary(home: Path, summary: Mapping[str, object]) -> None:
    """Replace `build_summary.json` whole."""
    temporary = home / f"{_TEMPORARY_PREFIX}{SUMMARY}"
    temporary.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    _sync(temporary)
    temporary.replace(home / SUMMARY)


def remove_old_versions(home: Path, kept: int = KEPT_VERSIONS) -> None:
    """Keep the newest versions and the current one; versions sort by name."""
    published = home / "published"
    current = (home / LINK).resolve()
    versions = sorted(published.glob("*.duckdb"))
    for path in versions[: max(len(versions) - kept, 0)]:
        if path.resolve() != current:
            path.unlink()
            shutil.rmtree(published / path.stem, ignore_errors=True)


def write_database(connection: DuckDBPyConnection, marts: Sequence[Mart], path: Path) -> dict[str, int]:
    """Write the marts with their comments into a new file; return rows by mart."""
    counts = {}
    connection.execute(f"attach {_literal(path)} as publication (storage_version '{STORAGE_VERSION}')")
    try:
        connection.begin()
        for schema in sorted({mart.schema for mart in marts}):
            connection.execute(f"create schema publication.{_identifier(schema)}")
        for schema, name in marts:
            target = f"publication.{_identifier(schema, name)}"
            connection.execute(f"create table {target} as from {_identifier(schema, name)}")
            row = connection.execute(f"select count(*) from {target}").fetchone()
            counts[f"{schema}.{name}"] = row[0] if row else 0
        for statement in _comments(connection, marts):
            connection.execute(statement)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    finally:
        connection.execute("detach publication")
    return counts


def write_parquet(connection: DuckDBPyConnection, marts: Sequence[Mart], folder: Path) -> None:
    """Write each mart to `<schema>.<mart>.parquet` in a folder."""
    for schema, name in marts:
        path = folder / f"{schema}.{name}.parquet"
        connection.execute(f"copy {_identifier(schema, name)} to {_literal(path)} (format parquet, compression zstd)")


def _comments(connection: DuckDBPyConnection, marts: Iterable[Mart]) -> list[str]:
    rows = connection.execute(
        """
        select schema_name, table_name, null as column_name, comment
        from duckdb_tables()
        where database_name = current_database() and comment is not null
        union all
        select schema_name, view_name, null, comment
        from duckdb_views()
        where database_name = current_database() and comment is not null
        union all
        select schema_name, table_name, column_name, comment
        from duckdb_columns()
        where database_name = current_database() and comment is not null
        """
    ).fetchall()
    published = set(marts)
    return [
        f"comment on {'column' if column else 'table'} publication."
        f"{_identifier(schema, table, *([column] if column else []))} is {_literal(comment)}"
        for schema, table, column, comment in rows
        if (schema, table) in published
    ]


def _identifier(*parts: str) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def _literal(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
