"""A real `dbt build` into a folder of its own, and the published file it leaves.

What dbt knows of a parsed project holds the path of the home folder: another path, another parse, which takes longer
than a build. So all builds of a test process are told the same path, a link to the home that is built at the time.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from tests.python.end_to_end.forked_dbt import ForkedDbt

PROJECT = Path(__file__).resolve().parents[3]
DBT = Path(sys.executable).with_name("dbt")
UNTESTED = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
"""Arguments of a build that computes and tests nothing, and so publishes nothing."""


@dataclass(frozen=True)
class Warehouse:
    """A home folder and what was built into it."""

    home: Path

    @property
    def published(self) -> Path:
        return self.home / "agent_signals.duckdb"

    @property
    def computed(self) -> Path:
        """The build file, whose marts are what would be published next."""
        return self.home / "build.duckdb"

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    def linked_home(self) -> Path:
        """The path under which dbt is told of the home, which it leads to until another warehouse asks."""
        self.home.mkdir(parents=True, exist_ok=True)
        link, new = _workplace() / "home", _workplace() / "new"
        new.symlink_to(self.home.resolve())
        new.replace(link)
        return link

    def environment(
        self, roots: Sequence[Path], project: Path = PROJECT, variables: str = "", **environment: str
    ) -> dict[str, str]:
        """The daily environment; no unit tests, no colours, artefacts of what is parsed alone."""
        parsed = sha256(f"{project} {variables}".encode()).hexdigest()
        return {
            **os.environ,
            "AGENT_SIGNALS_HOME": str(self.linked_home()),
            "AGENT_SIGNALS_ARTIFACTS": os.pathsep.join(map(str, roots)),
            "DBT_EXCLUDE_RESOURCE_TYPES": "unit_test",
            "DBT_TARGET_PATH": str(_workplace() / f"target_{parsed[:16]}"),
            "DBT_LOG_PATH": str(_workplace() / "logs"),
            # what dbt says is read from its output alone
            "DBT_LOG_LEVEL_FILE": "none",
            "DBT_WRITE_JSON": "0",
            "DBT_USE_COLORS": "0",
            **environment,
        }

    def dbt(
        self, roots: Sequence[Path], *arguments: str, project: Path = PROJECT, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run dbt to its end; a project is parsed once for each value of its vars."""
        variables = arguments[arguments.index("--vars") + 1] if "--vars" in arguments else ""
        parsed = _parsed(project, variables)
        return parsed(arguments, project, self.environment(roots, project, variables, **environment))

    def python(self, roots: Sequence[Path], *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a Python module of the project with the daily environment."""
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=PROJECT,
            env=self.environment(roots),
            capture_output=True,
            text=True,
            check=False,
        )

    def build(self, roots: Sequence[Path], *arguments: str, project: Path = PROJECT, **environment: str) -> str:
        """`dbt build` that publishes, and what it says; a failure shows what dbt said."""
        said = self._said(roots, "build", *arguments, project=project, **environment)
        assert f"Published {self.linked_home() / self.published.name}" in said, said[-2000:]
        return said

    def compute(self, roots: Sequence[Path], *arguments: str, project: Path = PROJECT) -> str:
        """Land and compute models as a build does, all or those selected; test nothing and publish nothing."""
        said = self._said(roots, "build", *UNTESTED, *arguments, project=project)
        assert "Published" not in said
        return said

    def _said(self, roots: Sequence[Path], *arguments: str, project: Path = PROJECT, **environment: str) -> str:
        done = self.dbt(roots, *arguments, project=project, **environment)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
        return done.stdout

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the published file."""
        with duckdb.connect(str(self.published), read_only=True) as connection:
            return connection.sql(query).fetchall()

    def build_rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the build file, which no reader opens while dbt runs."""
        # by the path that its views of landed files name
        with duckdb.connect(str(self.linked_home() / self.computed.name), read_only=True) as connection:
            return connection.sql(query).fetchall()

    def loads(self) -> list[str]:
        """Names of the load directories."""
        return sorted(path.name for path in self.landing.glob("load=*"))

    def parsed(self, load: str) -> list[str]:
        """Relative paths of the files whose content landed in a load."""
        file = self.landing / load / "source_file.parquet"
        rows = duckdb.sql(f"select relative_path from '{file}' where content_load_id = load_id order by all")
        return [path for (path,) in rows.fetchall()]

    def replace(self, other: Warehouse) -> None:
        """Make the home a copy of another one."""
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(other.home, self.home, symlinks=True)


@functools.cache
def _workplace() -> Path:
    """Where this process keeps what dbt leaves behind, and the link to the home that is built."""
    folder = tempfile.mkdtemp(prefix="agent_signals_")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@functools.cache
def _parsed(project: Path, variables: str) -> ForkedDbt:
    environment = Warehouse(_workplace() / "parsed").environment([], project, variables)
    return ForkedDbt(project, environment, *(["--vars", variables] if variables else []))


def differences(one: Path, other: Path, left_out: Sequence[str] = ("meta.build",)) -> dict[str, list[str]]:
    """How the marts of two files differ: for each that does, rows that stand in one of them only.

    What is computed and not published counts where the other file was tested: equal rows pass the same tests.
    A row is told as its key and the columns whose values have no equal in the other file. Which file a row was read
    from is no difference: the same content may lie elsewhere, or be compressed.
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one.resolve()}' as one (read_only)")
        connection.execute(f"attach '{other.resolve()}' as other (read_only)")
        tables = connection.execute(
            "select distinct schema_name || '.' || table_name from duckdb_tables()"
            " where database_name in ('one', 'other') and schema_name in ('marts', 'meta')"
        ).fetchall()
        found = {}
        for (table,) in sorted(tables):
            if table not in left_out:
                rows = _differences(connection, table)
                if rows:
                    found[table] = rows
        return found


def _differences(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    sides = {}
    rows = "select columns(name -> name <> 'source_file_id') from"
    for here, there in (("one", "other"), ("other", "one")):
        relation = connection.sql(f"{rows} {here}.{table} except all {rows} {there}.{table} order by all")
        sides[here] = {row[0]: dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()}
    said = []
    for key in sorted({*sides["one"], *sides["other"]}, key=str):
        one, other = (sides[side].get(key) for side in ("one", "other"))
        if one is None or other is None:
            said.append(f"{key}: only in the {'other' if one is None else 'one'}")
        else:
            changed = [name for name in one if one[name] != other[name]]
            said.append(f"{key}: " + ", ".join(f"{name} {one[name]!r} / {other[name]!r}" for name in changed))
    return said
