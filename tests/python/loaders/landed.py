"""Helpers for landing tests: synthetic artifacts in, current rows out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb

from loaders.discover import Format
from loaders.landing import LoadResult, land
from tests.python.loaders import notes_format

NOTES = cast(Format, notes_format)


def write_notes(path: Path, *notes: dict[str, Any] | str) -> Path:
    """Write a notes file, a note a line; a string is written as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [note if isinstance(note, str) else json.dumps(note) for note in notes]
    path.write_text("".join(line + "\n" for line in lines))
    return path


def bring(roots: Path | list[Path], home: Path, *formats: Format, processes: int = 1) -> LoadResult:
    """Land without a progress bar, with the notes format unless others are given."""
    listed = roots if isinstance(roots, list) else [roots]
    return land(listed, home, progress=False, formats=formats or (NOTES,), processes=processes)


def fake_format(
    name: str, matches: Callable[[Any], bool], flatten: Callable[[Any], Any] = lambda artifact: (), version: int = 1
) -> Format:
    """A format from functions; no module, so it never leaves the process."""
    fake = SimpleNamespace(NAME=name, VERSION=version, IDENTITY="place", matches=matches, flatten=flatten)
    return cast(Format, fake)


def files(home: Path) -> dict[str, dict[str, Any]]:
    """The newest manifest row of each file, by file name on disk."""
    result = LoadResult(load_id=None, landing=home / "landing").manifest()
    return {Path(row["path"]).name: row for row in result.to_pylist()}


def current(home: Path, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """Current rows of a table, by source file and place."""
    loads = f"{home}/landing/load=*"
    return duckdb.sql(
        f"""
        with manifest as (
            select source_file_id, content_load_id
            from read_parquet('{loads}/source_file.parquet', union_by_name = true, hive_partitioning = false)
            qualify row_number() over (partition by source_file_id order by load_id desc) = 1
        )
        select {columns} from read_parquet('{loads}/{table}.*parquet', union_by_name = true, hive_partitioning = false)
        where (source_file_id, load_id) in (select * from manifest)
        order by all
        """
    ).fetchall()


def texts(home: Path) -> list[str]:
    """Texts of the current entries, sorted."""
    return sorted(row[0] for row in current(home, "entry", "text"))


def loads(home: Path) -> list[str]:
    """Names of the load directories."""
    return sorted(path.name for path in (home / "landing").glob("load=*"))
