"""What regions of code take: `python -m benchmarks.regions [--edits N]`.

Synthetic edits, ten a session, a hundred sessions a repository, through the models of models/intermediate/regions: the
tracking within sessions, the chaining across them, the earlier sessions of each region. Ten times as many are to take
about ten times as long.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import duckdb
import pyarrow as pa
from jinja2 import Environment

MODELS = Path(__file__).resolve().parent.parent / "models" / "intermediate" / "regions"
EDITS = 1_000_000
GROWTH = 10
EDITS_A_SESSION = 10
SESSIONS_A_REPOSITORY = 100
MODELS_OF_SQL = ("int_region_place", "int_region_history", "int_region_piece", "int_session_region_prior")

# Pseudo-random, the same each time: half of the edits fall on few files, a third on few lines, a tenth has no lines.
_EDITS = """
    create table int_region_edit as
    with numbers as (
        select
            number,
            number // {edits_a_session} as session,
            hash(number, 'file') as file, hash(number, 'line') as line, hash(number, 'length') as length,
            hash(number, 'content') as content
        from range({edits}) as numbers (number)
    )
    select
        'session-' || session as span_id,
        number % {edits_a_session} as edit_number,
        'src/file_' || if(file % 2 = 0, file % 7, file % 211) || '.py' as path,
        if(file % 10 = 1, 'write', 'edit') as operation,
        if(file % 10 = 1, 'whole_file', 'exact') as range_basis,
        if(file % 10 = 1, 1, 1 + if(line % 3 = 0, line % 40, line % 3000))::bigint as start_line,
        if(file % 10 = 1, null, length % 12)::bigint as old_length,
        (if(file % 10 = 1, 100, 1) + length // 100 % 15)::bigint as new_length,
        if(file % 10 = 1, null, new_length) as added_lines,
        old_length as deleted_lines,
        null::varchar as old_hash,
        md5((content % 100000)::varchar) as new_hash,
        false as is_reverting,
        timestamp '2026-01-01' + to_seconds((number * 60)::bigint) as occurred_at
    from numbers
"""
_SESSIONS = """
    create table int_session as
    select
        'session-' || session as session_id,
        null::varchar as parent_session_id, null::varchar as copy_of_session_id, false as is_subagent,
        'human' as session_kind, null::varchar as user_id,
        timestamp '2026-01-01' + to_seconds((session * 600)::bigint) as started_at,
        timestamp '2026-01-01' + to_seconds((session * 600 + 500)::bigint) as finished_at
    from range({sessions}) as sessions (session);
    create table int_repository as
    select
        session_id, 'repository-' || (substr(session_id, 9)::bigint // {sessions_a_repository}) as repo_id,
        repo_id as repository_unit_id, '/work' as repository_root, '' as folder
    from int_session
"""


@click.command()
@click.option("--edits", default=EDITS, show_default=True, help="Edits of the larger input.")
def main(edits: int) -> None:
    """Print seconds and ratios of regions."""
    report(edits)


def report(edits: int = EDITS) -> None:
    """Measure and print."""
    small = _measured(max(edits // GROWTH, 1))
    large = _measured(edits)
    columns = (f"{edits // GROWTH:,} edits", f"{edits:,} edits", "ratio")
    click.echo(f"{'synthetic edits, seconds':<32}" + "".join(f"{column:>18}" for column in columns))
    for step in small:
        click.echo(f"{step:<32}{small[step]:>18.2f}{large[step]:>18.2f}{large[step] / small[step]:>18.1f}")
    click.echo()


def _measured(edits: int) -> dict[str, float]:
    """Seconds on the clock of each step, and of all of them on the clock and of CPU."""
    connection = synthetic(edits)
    started, cpu_started = time.perf_counter(), time.process_time()
    seconds = dict(_timed(connection))
    seconds["all"] = time.perf_counter() - started
    seconds["all, CPU"] = time.process_time() - cpu_started
    return seconds


def synthetic(edits: int) -> duckdb.DuckDBPyConnection:
    """The tables that the models read, with so many edits."""
    connection = duckdb.connect()
    sizes = {
        "edits": edits,
        "sessions": edits // EDITS_A_SESSION,
        "edits_a_session": EDITS_A_SESSION,
        "sessions_a_repository": SESSIONS_A_REPOSITORY,
    }
    for statement in (_EDITS, _SESSIONS):
        connection.execute(statement.format(**sizes))
    return connection


def compute(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of the models."""
    for _ in _timed(connection):
        pass


def _timed(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, float]]:
    """Each model with its seconds."""
    started = time.perf_counter()
    model = _python_model("int_span_region")
    batches = model.region_batches(connection.table("int_region_edit").query("edits", model.EDITS))
    connection.register("regions", pa.Table.from_batches(batches, model.SCHEMA))
    connection.execute("create table int_span_region as select * from regions")
    yield "int_span_region", time.perf_counter() - started
    for name in MODELS_OF_SQL:
        started = time.perf_counter()
        connection.execute(f"create table {name} as {_rendered(name)}")
        yield name, time.perf_counter() - started


def _rendered(name: str) -> str:
    """The SQL of a model over tables of the same names, all of it to be computed."""
    environment = Environment()
    template = environment.from_string((MODELS / f"{name}.sql").read_text(encoding="utf-8"))
    return template.render(
        ref=lambda model: model,
        incremental_by_unit=lambda *_: "",
        is_touched=lambda _: "true",
        threshold=lambda _: "0",
        without_worktree_folder=lambda directory: directory,
    )


def _python_model(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, MODELS / f"{name}.py")
    if spec is None or spec.loader is None:
        raise click.ClickException(f"no model {name}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(main())
