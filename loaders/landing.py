"""Landing: files in, one atomic load of Parquet out, nothing twice."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pyarrow as pa
from tqdm import tqdm

from loaders import formats as registry
from loaders.compaction import compact
from loaders.discover import Format, FoundFile, absolute_paths, discover
from loaders.loads import (
    commit,
    has_schemas,
    load_directories,
    load_name,
    locked,
    next_load_id,
    parquet_writers,
    temporary_directory,
    write_json,
)
from loaders.manifest import (
    SCHEMA,
    TABLE,
    Known,
    Seen,
    SourceFile,
    keep_content,
    known_files,
    manifest_table,
    parser_versions,
    plan,
    read_manifest,
    says_the_same,
    source_file_id,
    vanished,
    with_progress,
)
from loaders.parse import SCHEMAS, Parsed
from loaders.row_groups import row_groups
from loaders.workers import Target, available_processes, parse_all

FORMATS = cast(Sequence[Format], getattr(registry, "FORMATS", ()))
LOAD_SCHEMAS: dict[str, pa.Schema] = {**SCHEMAS, TABLE: SCHEMA}
_SEEN = "seen.json"


@dataclass(frozen=True)
class LoadResult:
    """What one landing did. File counts are of files below the given roots.

    found = parsed + skipped, where parsed are those that are new or not what had landed; quarantined, unknown and
    in_progress say how all found files stand now; vanished are those that this landing missed for the first time.
    `bad_records` and `bytes` (raw) are of the parsed files.
    """

    load_id: int | None
    """None where there was nothing new."""
    landing: Path
    found: int = 0
    parsed: int = 0
    skipped: int = 0
    quarantined: int = 0
    unknown: int = 0
    in_progress: int = 0
    vanished: int = 0
    bad_records: int = 0
    bytes: int = 0

    def manifest(self) -> pa.Table:
        """The newest manifest row of every file ever seen."""
        return read_manifest(self.landing)


def land(
    roots: Sequence[Path],
    home: Path,
    *,
    progress: bool = True,
    formats: Sequence[Format] = FORMATS,
    processes: int | None = None,
) -> LoadResult:
    """Land what is new below the roots as one load in `home/landing`, all of it or nothing.

    Without roots it uses what has landed. Raises RootNotFoundError and LandingLockedError; no content raises.
    """
    landing = home.absolute() / "landing"
    found = discover(roots, home)
    with locked(landing):
        known = known_files(read_manifest(landing))
        seen = _read_seen(landing)
        work, unchanged = plan(found, known, seen, parser_versions(formats))
        missing = vanished(found, known, absolute_paths(roots))
        load_id = next_load_id(landing)
        with temporary_directory(landing, "load") as temporary, temporary_directory(landing, "parts") as parts:
            parsed: list[Parsed] = []
            if work:
                total = sum(item.found.size_bytes or 0 for item in work)
                count = available_processes() if processes is None else processes
                with (
                    _progress_bar(total, shown=progress) as report,
                    parquet_writers(temporary, SCHEMAS) as writers,
                    row_groups(writers.__getitem__) as emit,
                ):
                    target = Target(load_id, temporary, parts, emit)
                    parsed = parse_all(work, formats, target, processes=count, report=report)
            current = _settle(found, unchanged, parsed, known)
            changed = [row for row in (*current, *missing) if row.path not in known or row != known[row.path].row]
            is_committed = bool(changed) or not _is_complete(landing)
            if is_committed:
                rest = {TABLE: SCHEMA} if work else LOAD_SCHEMAS
                with parquet_writers(temporary, rest) as writers:
                    writers[TABLE].write_table(manifest_table([*changed], load_id))
                commit(temporary, landing / load_name(load_id))
        _write_seen(landing, seen, parsed, known)
        compact(landing, LOAD_SCHEMAS)
    news = [each for each in parsed if _as_known(each.row, known.get(each.found.path)) is None]
    return _result(landing, load_id if is_committed else None, found, news, current, missing)


def _settle(
    found: Sequence[FoundFile], unchanged: Sequence[SourceFile], parsed: Sequence[Parsed], known: Mapping[str, Known]
) -> list[SourceFile]:
    """How each found file stands now: the manifest's own row where it tells nothing new."""
    rows = list(unchanged)
    for file, row in parsed:
        before = known.get(file.path)
        as_before = _as_known(row, before)
        if as_before is not None:
            rows.append(as_before)
        elif row is not None:
            rows.append(keep_content(row, before))
    return with_progress(rows, {file.path: file.siblings for file in found})


def _as_known(row: SourceFile | None, before: Known | None) -> SourceFile | None:
    """The manifest's row where a file that was opened is what it was."""
    if before is None or (row is not None and not says_the_same(keep_content(row, before), before.row)):
        return None
    return before.row


def _is_complete(landing: Path) -> bool:
    """Whether the last load has every table and column of today, so that every reader finds them."""
    loads = load_directories(landing)
    return bool(loads) and has_schemas(loads[-1], LOAD_SCHEMAS)


@contextmanager
def _progress_bar(total: int, *, shown: bool) -> Iterator[Callable[[int], object]]:
    is_hidden = not (shown and sys.stderr.isatty())
    with tqdm(total=total, desc="landing", unit="B", unit_scale=True, disable=is_hidden, file=sys.stderr) as bar:
        yield bar.update


def _read_seen(landing: Path) -> dict[str, Seen]:
    """Files that were touched and are still what had landed; losing this costs a second look at them."""
    with suppress(OSError, ValueError, TypeError):
        stored = json.loads((landing / _SEEN).read_text())
        return {key: Seen(*values) for key, values in stored.items()}
    return {}


def _write_seen(landing: Path, seen: Mapping[str, Seen], parsed: Sequence[Parsed], known: Mapping[str, Known]) -> None:
    updated = dict(seen)
    for file, row in parsed:
        before = _as_known(row, known.get(file.path))
        if before is None:
            updated.pop(source_file_id(file.path), None)
        else:
            version = before.parser_version if row is None else row.parser_version
            updated[source_file_id(file.path)] = Seen(file.size_bytes, file.modified_us, version)
    if updated != seen:
        write_json(landing / _SEEN, updated)


def _result(
    landing: Path,
    load_id: int | None,
    found: Sequence[FoundFile],
    news: Sequence[Parsed],
    current: Sequence[SourceFile],
    missing: Sequence[SourceFile],
) -> LoadResult:
    statuses = Counter(row.status for row in current)
    return LoadResult(
        load_id=load_id,
        landing=landing,
        found=len(found),
        parsed=len(news),
        skipped=len(found) - len(news),
        quarantined=statuses["quarantined"],
        unknown=statuses["unknown"] + statuses["archive"],
        in_progress=statuses["in_progress"],
        vanished=len(missing),
        bad_records=sum(row.bad_record_count or 0 for _, row in news if row is not None),
        bytes=sum(file.size_bytes or 0 for file, _ in news),
    )
