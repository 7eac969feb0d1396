"""A real `dbt build` into a folder of its own, as a user runs it, and the published file it leaves."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

PROJECT = Path(__file__).resolve().parents[3]
DBT = Path(sys.executable).with_name("dbt")


@dataclass(frozen=True)
class Warehouse:
    """A home folder and what was built into it."""

    home: Path

    @property
    def published(self) -> Path:
        return self.home / "agent_signals.duckdb"

    def dbt(
        self, roots: Sequence[Path], *arguments: str, project: Path = PROJECT, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run dbt with the daily environment; no unit tests, no colours, artefacts of its own."""
        return subprocess.run(
            [str(DBT), *arguments],
            cwd=project,
            env={
                **os.environ,
                "AGENT_SIGNALS_HOME": str(self.home),
                "AGENT_SIGNALS_ARTIFACTS": os.pathsep.join(map(str, roots)),
                "DBT_EXCLUDE_RESOURCE_TYPES": "unit_test",
                "DBT_TARGET_PATH": str(self.home / "target"),
                "DBT_LOG_PATH": str(self.home / "logs"),
                "DBT_USE_COLORS": "0",
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def build(self, roots: Sequence[Path], **environment: str) -> None:
        """`dbt build`; a failure shows what dbt said."""
        done = self.dbt(roots, "build", **environment)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Rows of a query on the published file."""
        with duckdb.connect(str(self.published), read_only=True) as connection:
            return connection.sql(query).fetchall()

    def build_rows(self, query: str) -> list[tuple[object, ...]]:
        """Rows of a query on the build file, which no reader opens while dbt runs."""
        with duckdb.connect(str(self.home / "build.duckdb"), read_only=True) as connection:
            return connection.sql(query).fetchall()
