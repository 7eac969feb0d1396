"""The manifest's rules as pure functions. All inputs are synthetic."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from loaders.discover import FoundFile
from loaders.manifest import (
    SCHEMA,
    Known,
    Seen,
    SourceFile,
    describe_file,
    keep_content,
    known_files,
    manifest_table,
    moment,
    parser_versions,
    plan,
    read_manifest,
    source_file_id,
    unknown_version,
    vanished,
    with_progress,
)
from tests.python.loaders.landed import NOTES, fake_format

FOUND = FoundFile("/r/a.json", "/r", 10, 1_000_001, frozenset({"a.json"}))
VERSIONS = frozenset({"notes/1"})


def _landed(found: FoundFile = FOUND, **changes: object) -> SourceFile:
    row = describe_file(found, status="landed")
    facts = {"parser_version": "notes/1", "content_sha256": "f00", "content_load_id": 1, **changes}
    return msgspec.structs.replace(row, **facts)


def _planned(row: SourceFile, found: FoundFile = FOUND, seen: Seen | None = None) -> str:
    cache = {} if seen is None else {source_file_id(found.path): seen}
    work, unchanged = plan([found], {row.path: Known(row, 1)}, cache, VERSIONS)
    return "unchanged" if unchanged else work[0].known_sha256 or "parse"


def test_an_id_is_the_hash_of_the_path() -> None:
    # printf %s /r/a.json | sha256sum | cut -c1-16
    assert source_file_id("/r/a.json") == "03b0b64b0b099af0"


@pytest.mark.parametrize(
    ("path", "name", "compression"),
    [
        ("/r/d/x.jsonl.gz", "x.jsonl", "gzip"),
        ("/r/d/x.json.zst", "x.json", "zstd"),
        ("/r/d/x", "x", None),
        ("/r/d/.gz", ".gz", None),
    ],
)
def test_a_row_tells_the_name_apart_from_the_compression(path: str, name: str, compression: str | None) -> None:
    row = describe_file(FoundFile(path, "/r", 1, 0, frozenset()), status="landed")
    assert (row.directory, row.file_name, row.compression) == ("/r/d", name, compression)
    assert row.relative_path == path.removeprefix("/r/")


def test_moments_outside_the_calendar_are_null() -> None:
    assert moment(1_000_001) == datetime(1970, 1, 1, 0, 0, 1, 1)
    assert moment(2**62) is None
    assert moment(None) is None


def test_what_is_opened() -> None:
    grown = FOUND._replace(size_bytes=11)
    assert _planned(_landed()) == "unchanged"
    assert _planned(_landed(), grown) == "f00"
    assert _planned(_landed(), grown, Seen(11, 1_000_001, "notes/1")) == "unchanged"
    assert _planned(_landed(), grown, Seen(11, 1_000_001, "notes/0")) == "f00"
    assert _planned(_landed(parser_version="notes/0")) == "parse"
    assert _planned(_landed(status="vanished")) == "parse"
    assert _planned(_landed(modified_at=None)) == "parse"
    assert _planned(_landed(status="forgotten", parser_version=None), grown) == "unchanged"
    assert plan([FOUND], {}, {}, VERSIONS)[0][0].known_sha256 is None


def test_versions_follow_the_registry() -> None:
    other = fake_format("other", lambda artifact: False)
    assert parser_versions([NOTES]) == {"notes/1", unknown_version([NOTES])}
    assert unknown_version([NOTES, other]) == unknown_version([other, NOTES]) != unknown_version([NOTES])


def test_only_files_below_a_given_root_vanish() -> None:
    rows = [
        _landed(),
        _landed(FOUND._replace(path="/r/gone")),
        _landed(FOUND._replace(path="/other/x")),
        _landed(FOUND._replace(path="/r/shut/x")),
        _landed(FOUND._replace(path="/r/old"), status="vanished"),
        _landed(FOUND._replace(path="/r/forgotten"), status="forgotten"),
    ]
    found = [FOUND, FoundFile("/r/shut", "/r", None, None, frozenset(), "closed", is_directory=True)]
    missing = vanished(found, {row.path: Known(row, 1) for row in rows}, ["/r"])
    assert [(row.path, row.status, row.content_load_id) for row in missing] == [("/r/gone", "vanished", 1)]


@pytest.mark.parametrize(
    ("siblings", "expected"),
    [
        ({"config.json"}, ["in_progress", "in_progress", "landed", "quarantined"]),
        ({"config.json", "result.json"}, ["landed", "landed", "landed", "quarantined"]),
        ({"config.json", "result.json.gz"}, ["landed", "landed", "landed", "quarantined"]),
    ],
)
def test_progress_concerns_what_lies_below_a_trial(siblings: set[str], expected: list[str]) -> None:
    config = _landed(FOUND._replace(path="/r/t/config.json"), format="harbor_trial_config")
    inside = _landed(FOUND._replace(path="/r/t/agent/x"), status="in_progress")
    beside = _landed(FOUND._replace(path="/r/t2/x"))
    broken = _landed(FOUND._replace(path="/r/t/broken"), status="quarantined")
    rows = with_progress([config, inside, beside, broken], {config.path: frozenset(siblings)})
    assert [row.status for row in rows] == expected


def test_what_cannot_be_opened_now_keeps_what_it_landed() -> None:
    now = describe_file(FOUND._replace(modified_us=None), status="quarantined", reason="closed")
    kept = keep_content(now, Known(_landed(record_count=3), 1))
    assert (kept.status, kept.content_load_id, kept.record_count) == ("quarantined", 1, 3)
    assert keep_content(now, None) == now
    broken = describe_file(FOUND, status="quarantined", reason="broken")
    assert keep_content(broken, Known(_landed(), 1)).content_load_id is None


def test_a_manifest_survives_the_round_trip(tmp_path: Path) -> None:
    rows = [_landed(), _landed(FOUND._replace(path="/r/ü"), status="unknown", reason="why")]
    table = manifest_table(rows, 7)
    assert table.schema.equals(SCHEMA)
    assert known_files(table) == {row.path: Known(row, 7) for row in rows}
    assert read_manifest(tmp_path).num_rows == 0
