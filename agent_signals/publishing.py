"""What the last node does: publish the marts of a build that is whole and proved, or say why nothing is published."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from duckdb import DuckDBPyConnection
from pyarrow.parquet import read_metadata

from agent_signals.publication import LINK, Mart, make_current, remove_old_versions, write_summary, write_version
from agent_signals.trace_file import replace_trace_file
from algorithms.embedding.stub import NAME as STUB
from loaders.loads import load_directories, load_id_of
from loaders.settings import HOME

MANIFEST = "source_file.parquet"
EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "artifacts"

_TEST_STATUSES = """
    select test, coalesce(data_test_status(test_id), status) as status
    from state.test_outcome
    where is_before_publication
"""
_ROW = pa.schema(
    {
        "build_id": pa.string(),
        "is_published": pa.bool_(),
        "reason": pa.string(),
        "path": pa.string(),
        "load_id": pa.int64(),
        "published_at": pa.timestamp("us"),
    }
)


class Build(NamedTuple):
    """The build that runs, as `state.invocation` and the manifest tell."""

    build_id: str
    load_id: int | None
    """The newest load that its tables hold."""
    started_at: datetime
    commit_id: str | None
    is_whole: bool
    reason: str | None
    """Why the build is not whole."""


def publish(
    connection: DuckDBPyConnection, home: Path, examples: Path = EXAMPLES, *, with_trace_steps: bool = False
) -> pa.Table:
    """Publish the build into `home`; return one row: build_id, is_published, reason, path, load_id, published_at.

    connection: a cursor of its own on the build file; with_trace_steps: whether the steps of traces, with their text,
    go into their own file. A build that is not to be published is no error.
    """
    home = home.absolute()
    build = current_build(connection)
    reason = refusal(connection, build, home, examples)
    if reason is None:
        marts = published_marts(connection)
        row_counts = write_version(connection, marts, home, build.build_id)
        replace_trace_file(connection, home, is_wanted=with_trace_steps)
        make_current(home, build.build_id)
        write_summary(home, summary(connection, build, home, row_counts))
        remove_old_versions(home)
    path = str(home / LINK) if reason is None else None
    row = (build.build_id, reason is None, reason, path, build.load_id, build.started_at)
    return pa.table([[value] for value in row], schema=_ROW)


def current_build(connection: DuckDBPyConnection) -> Build:
    """The newest row of `state.invocation`; its id is its start and the newest load, as `20260131T235959Z-000042`."""
    row = connection.execute(
        "select started_at, commit_id, is_whole_build, reason from state.invocation order by started_at desc limit 1"
    ).fetchone()
    assert row is not None, "on-run-start records every invocation"
    started_at, commit_id, is_whole, reason = row
    load_id = _value(connection, "select max(load_id) from landing.landed_file")
    build_id = f"{started_at:%Y%m%dT%H%M%SZ}-{load_id or 0:06d}"
    return Build(build_id, load_id, started_at, commit_id, is_whole, reason)


def published_marts(connection: DuckDBPyConnection) -> list[Mart]:
    """What `published_mart` refers to in the schemas `marts` and `meta`."""
    rows = connection.execute(
        "select schema_name, node from state.planned_node where is_published order by all"
    ).fetchall()
    return [Mart(*row) for row in rows]


def refusal(connection: DuckDBPyConnection, build: Build, home: Path, examples: Path) -> str | None:
    """Why the build is not published, in one sentence; None where it may be."""
    if not build.is_whole:
        return f"not a whole build ({build.reason})"
    checks: tuple[Callable[[], str | None], ...] = (
        lambda: _unproved(connection),
        lambda: _behind_landing(build, home),
        lambda: _behind_units(connection),
        lambda: _examples_beside_data(connection, examples),
        lambda: _embedded_by_the_stub(connection),
    )
    return next((reason for check in checks if (reason := check()) is not None), None)


def summary(connection: DuckDBPyConnection, build: Build, home: Path, row_counts: dict[str, int]) -> dict[str, object]:
    """What `build_summary.json` says of a published build."""
    files = dict(connection.execute("select status, count(*) from landing.landed_file group by all").fetchall())
    tests = dict(
        connection.execute(f"select status, count(*) from ({_TEST_STATUSES}) as statuses group by all").fetchall()
    )
    return {
        "build_id": build.build_id,
        "started_at": f"{build.started_at.isoformat(timespec='seconds')}Z",
        "load_id": build.load_id,
        "commit_id": build.commit_id,
        "path": str(home / LINK),
        "version_path": str(home / "published" / f"{build.build_id}.duckdb"),
        "landed_file_count": files.get("landed", 0),
        "quarantined_file_count": files.get("quarantined", 0),
        "bad_record_count": _value(connection, "select sum(bad_record_count)::bigint from landing.landed_file") or 0,
        "test_count": sum(tests.values()),
        "warned_test_count": tests.get("warn", 0),
        "marts": row_counts,
    }


def _unproved(connection: DuckDBPyConnection) -> str | None:
    rows = connection.execute(
        f"""
        select test || if(status = 'planned', ' did not run', ' failed')
        from ({_TEST_STATUSES}) as statuses
        where status not in ('pass', 'warn')
        order by all
        """
    ).fetchall()
    return f"{len(rows)} data tests are not passed, first of them: {rows[0][0]}" if rows else None


def _behind_landing(build: Build, home: Path) -> str | None:
    # a load that tells of no file, as a new column in a landed table makes one, changes nothing
    loads = [path for path in load_directories(home / "landing") if read_metadata(path / MANIFEST).num_rows]
    newest = max(map(load_id_of, loads), default=None)
    if newest != build.load_id:
        return f"load {newest} landed after the build had begun with load {build.load_id}; build again"
    return None


def _behind_units(connection: DuckDBPyConnection) -> str | None:
    plans = connection.execute(
        "select node, unit_relation, unit_key from state.planned_node where unit_key is not null order by all"
    ).fetchall()
    for model, units, key in plans:
        count = _value(
            connection,
            f"""
            select count(*)
            from (select unit_key, input_fingerprint from state.build_state where model = $model) as processed
            full join {units} as units on processed.unit_key = units.{key}
            where processed.input_fingerprint is distinct from units.input_fingerprint
            """,
            {"model": model},
        )
        if count:
            return f"{model} is behind its inputs for {count} of its units; build again"
    return None


def _examples_beside_data(connection: DuckDBPyConnection, examples: Path) -> str | None:
    roots = connection.execute(
        "select distinct root from landing.landed_file where content_load_id is not null"
    ).fetchall()
    kinds = set()
    for (root,) in roots:
        resolved = Path(root).resolve()
        if resolved.is_relative_to(examples):
            kinds.add(True)
        elif examples.is_relative_to(resolved):
            prefix = f"{examples.relative_to(resolved).as_posix()}/"
            found = connection.execute(
                """
                select distinct starts_with(relative_path, $prefix)
                from landing.landed_file where content_load_id is not null and root = $root
                """,
                {"prefix": prefix, "root": root},
            ).fetchall()
            kinds.update(is_example for (is_example,) in found)
        else:
            kinds.add(False)
    if kinds == {True, False}:
        return (
            f"the bundled examples have landed beside other artifacts; set {HOME} to another folder, or run "
            f"`python -m agent_signals forget {examples}` and build again"
        )
    return None


def _embedded_by_the_stub(connection: DuckDBPyConnection) -> str | None:
    count = _value(
        connection,
        """
        select count(*)
        from (
            select embedding_model from intermediate.int_turn_embedding
            union all
            select embedding_model from marts.item_difficulty
        )
        where embedding_model = $stub
        """,
        {"stub": STUB},
    )
    if count:
        return (
            f"{count} texts are embedded by the stand-in for tests; leave the var embedding_model out and build again"
        )
    return None


def _value(connection: DuckDBPyConnection, query: str, parameters: dict[str, str] | None = None) -> int | None:
    row = connection.execute(query, parameters).fetchone()
    return None if row is None else row[0]
