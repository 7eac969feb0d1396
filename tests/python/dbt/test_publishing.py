"""Publishing from a build file written by hand: what refuses, what is written, what a crash leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from duckdb.func import SPECIAL
from pyarrow.parquet import write_table

from agent_signals import publication
from agent_signals.publishing import MANIFEST, publish
from agent_signals.trace_file import TRACE_FILE

SETUP = """
create schema state; create schema landing; create schema marts; create schema meta; create schema intermediate;

create table state.invocation as
select
    'one' as invocation_id, timestamp '2026-01-31 23:59:59.5' as started_at, 'abc' as commit_id,
    true as is_whole_build, null::varchar as reason;

create table state.test_outcome as
from (values
    ('test.a', 'a', true, 'pass'), ('test.b', 'b', true, 'warn'), ('test.c', 'c', false, 'planned')
) as outcomes (test_id, test, is_before_publication, status);

create table state.planned_node as
from (values
    ('attempt_span', 'marts', true, 'intermediate.unit', 'attempt_id'), ('build', 'meta', true, null, null),
    ('unit', 'intermediate', false, null, null), ('draft', 'marts', false, null, null)
) as nodes (node, schema_name, is_published, unit_relation, unit_key);

create table intermediate.unit as select 'a#0' as attempt_id, 'f' as input_fingerprint;
create table intermediate.int_turn_embedding (embedding_model varchar);
create table marts.item_difficulty (embedding_model varchar);
create table state.build_state as
select 'attempt_span' as model, 'a#0' as unit_key, 'f' as input_fingerprint;

create table landing.landed_file as
select
    '/data' as root, 'x.json' as relative_path, 'landed' as status, 2 as bad_record_count,
    7::bigint as load_id, 7::bigint as content_load_id;

create table marts.attempt_span as select 'a#0' as attempt_id, [1, null] as turns;
comment on table marts.attempt_span is 'It''s one row per attempt.';
comment on column marts.attempt_span.turns is 'Turns "so far"';
create table marts.draft as select 1 as one;
create table meta.build as select 'b' as build_id;
"""
BUILD_ID = "20260131T235959Z-000007"


def status_in_this_run(test_id: str) -> str | None:
    """What the plugin says of a test; here all statuses are those that are stored."""
    return None


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder in which load 7 has landed, and load 8, which tells of no file."""
    for load, paths in ((7, ["x.json"]), (8, [])):
        folder = tmp_path / "landing" / f"load={load:06d}"
        folder.mkdir(parents=True)
        write_table(pa.table({"path": pa.array(paths, pa.string())}), folder / MANIFEST)
    return tmp_path


@pytest.fixture
def connection(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A build that may be published."""
    with duckdb.connect(str(home / "build.duckdb")) as opened:
        opened.create_function("data_test_status", status_in_this_run, null_handling=SPECIAL)
        opened.execute(SETUP)
        yield opened


def published(
    connection: duckdb.DuckDBPyConnection, home: Path, *, with_trace_steps: bool = False
) -> dict[str, object]:
    table = publish(connection.cursor(), home, home / "examples", with_trace_steps=with_trace_steps)
    row: dict[str, object] = table.to_pylist()[0]
    return row


def start_later(connection: duckdb.DuckDBPyConnection, second: int) -> str:
    connection.execute(f"update state.invocation set started_at = timestamp '2026-02-01 00:00:{second:02}'")
    return f"20260201T0000{second:02}Z-000007"


def marts_of(home: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home / publication.LINK), read_only=True) as reader:
        return reader.sql("select table_schema, table_name from information_schema.tables order by all").fetchall()


def test_whole_build_is_published(connection: duckdb.DuckDBPyConnection, home: Path) -> None:
    row = published(connection, home)
    assert row == {
        "build_id": BUILD_ID,
        "is_published": True,
        "reason": None,
        "path": str(home / "agent_signals.duckdb"),
        "load_id": 7,
        "published_at": datetime(2026, 1, 31, 23, 59, 59, 500000),
    }
    link = home / publication.LINK
    assert link.readlink() == Path("published") / f"{BUILD_ID}.duckdb"
    assert link.resolve().stat().st_mode & 0o777 == 0o444
    with duckdb.connect(str(link), read_only=True) as reader:
        tables = "select schema_name, table_name, comment from duckdb_tables() order by all"
        assert reader.sql(tables).fetchall() == [
            ("marts", "attempt_span", "It's one row per attempt."),
            ("meta", "build", None),
        ]
        columns = "select column_name, comment from duckdb_columns() where comment is not null"
        assert reader.sql(columns).fetchall() == [("turns", 'Turns "so far"')]
    parquet = home / "published" / BUILD_ID / "marts.attempt_span.parquet"
    assert duckdb.sql(f"select * from '{parquet}'").fetchall() == [("a#0", [1, None])]
    assert sorted(path.name for path in (home / "published").iterdir()) == [BUILD_ID, f"{BUILD_ID}.duckdb"]


def test_summary(connection: duckdb.DuckDBPyConnection, home: Path) -> None:
    published(connection, home)
    assert json.loads((home / publication.SUMMARY).read_text()) == {
        "build_id": BUILD_ID,
        "started_at": "2026-01-31T23:59:59Z",
        "load_id": 7,
        "commit_id": "abc",
        "path": str(home / "agent_signals.duckdb"),
        "version_path": str(home / "published" / f"{BUILD_ID}.duckdb"),
        "landed_file_count": 1,
        "quarantined_file_count": 0,
        "bad_record_count": 2,
        "test_count": 2,
        "warned_test_count": 1,
        "marts": {"marts.attempt_span": 1, "meta.build": 1},
    }


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("update state.invocation set is_whole_build = false, reason = 'because'", "not a whole build (because)"),
        ("update state.test_outcome set status = 'planned' where test = 'a'", "a did not run"),
        ("update state.test_outcome set status = 'fail' where test = 'b'", "b failed"),
        ("update landing.landed_file set load_id = 6", "load 7 landed after the build had begun with load 6"),
        ("update intermediate.unit set input_fingerprint = 'g'", "attempt_span is behind its inputs for 1"),
        ("delete from intermediate.unit", "attempt_span is behind its inputs for 1"),
        ("update state.build_state set input_fingerprint = null", "attempt_span is behind its inputs for 1"),
        (
            "insert into intermediate.int_turn_embedding values ('stub')",
            "1 texts are embedded by the stand-in for tests",
        ),
    ],
)
def test_what_is_not_proved_is_not_published(
    connection: duckdb.DuckDBPyConnection, home: Path, change: str, reason: str
) -> None:
    connection.execute(change)
    row = published(connection, home)
    assert row["is_published"] is False
    assert reason in str(row["reason"])
    assert row["path"] is None
    assert {path.name for path in home.iterdir()} == {"landing", "build.duckdb", "build.duckdb.wal"}


@pytest.mark.parametrize(
    ("root", "relative_path", "is_mixed"),
    [
        ("{home}/examples", "a.json", True),
        ("{home}/examples/harbor", "a.json", True),
        ("{home}", "examples/a.json", True),
        ("{home}", "others/a.json", False),
        ("{home}/examples-of-mine", "a.json", False),
    ],
)
def test_examples_are_not_published_beside_data(
    connection: duckdb.DuckDBPyConnection, home: Path, root: str, relative_path: str, is_mixed: bool
) -> None:
    connection.execute(
        "insert into landing.landed_file values ($root, $path, 'landed', 0, 7, 7)",
        {"root": root.format(home=home), "path": relative_path},
    )
    row = published(connection, home)
    assert row["is_published"] is not is_mixed
    assert ("bundled examples" in str(row["reason"])) is is_mixed


def test_examples_alone_are_published(connection: duckdb.DuckDBPyConnection, home: Path) -> None:
    connection.execute("update landing.landed_file set root = $root", {"root": f"{home}/examples"})
    assert published(connection, home)["is_published"] is True


def test_last_three_versions_stay(connection: duckdb.DuckDBPyConnection, home: Path) -> None:
    published(connection, home)
    versions = [start_later(connection, second) for second in range(4) if published(connection, home)]
    published(connection, home)
    kept = sorted(path.name for path in (home / "published").iterdir())
    assert kept == sorted(name for version in versions[-3:] for name in (version, f"{version}.duckdb"))
    assert (home / publication.LINK).readlink().stem == versions[-1]


@pytest.mark.parametrize("step", ["write_database", "_comments", "_sync", "make_current"])
def test_crash_leaves_the_last_version(
    connection: duckdb.DuckDBPyConnection, home: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    published(connection, home)
    version = start_later(connection, 1)
    connection.execute("create or replace table marts.attempt_span as select 'b#0' as attempt_id")

    def crash(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(
            f"agent_signals.publishing.{step}" if step == "make_current" else f"agent_signals.publication.{step}", crash
        )
        with pytest.raises(OSError, match="No space"):
            published(connection, home)
    assert (home / publication.LINK).readlink().stem == BUILD_ID
    assert marts_of(home) == [("marts", "attempt_span"), ("meta", "build")]
    assert json.loads((home / publication.SUMMARY).read_text())["build_id"] == BUILD_ID

    assert published(connection, home)["is_published"] is True
    assert (home / publication.LINK).readlink().stem == version
    assert not list((home / "published").glob(".tmp-*"))


def test_steps_of_traces_are_published_on_demand_for_their_owner_alone(
    connection: duckdb.DuckDBPyConnection, home: Path
) -> None:
    connection.execute(
        "create schema trace; create view trace.trace_step as select 'a#0/1' as trace_step_id, 'x' as said"
    )
    connection.execute("comment on view trace.trace_step is 'One row per step.'")
    path = home / TRACE_FILE
    published(connection, home)
    assert not path.exists()

    published(connection, home, with_trace_steps=True)
    assert path.stat().st_mode & 0o777 == 0o600
    assert not list(home.glob(".tmp-*"))
    with duckdb.connect(str(path), read_only=True) as reader:
        assert reader.sql("from trace.trace_step").fetchall() == [("a#0/1", "x")]
        assert reader.sql("select comment from duckdb_tables()").fetchall() == [("One row per step.",)]
    assert ("trace", "trace_step") not in marts_of(home)

    # what a crash leaves is the file of the version before it
    connection.execute(
        "create or replace view trace.trace_step as select 'b#0/1' as trace_step_id, error('full') as said"
    )
    with pytest.raises(duckdb.Error, match="full"):
        published(connection, home, with_trace_steps=True)
    with duckdb.connect(str(path), read_only=True) as reader:
        assert reader.sql("from trace.trace_step").fetchall() == [("a#0/1", "x")]
    assert not list(home.glob(".tmp-*"))

    published(connection, home)
    assert not path.exists()


def test_open_reader_keeps_its_version(connection: duckdb.DuckDBPyConnection, home: Path) -> None:
    published(connection, home)
    with duckdb.connect(str(home / publication.LINK), read_only=True) as reader:
        start_later(connection, 1)
        connection.execute("create or replace table marts.attempt_span as select 'b#0' as attempt_id")
        published(connection, home)
        assert reader.sql("select attempt_id from marts.attempt_span").fetchall() == [("a#0",)]
