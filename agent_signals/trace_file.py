"""The one published file that shows text: every step of every trace, for who may read it, made on demand only."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from duckdb import DuckDBPyConnection

from agent_signals.publication import Mart, write_database

TRACE_FILE = "agent_signals_trace.duckdb"
STEPS = Mart("trace", "trace_step")

_OWNER_ONLY = 0o600


def replace_trace_file(connection: DuckDBPyConnection, home: Path, *, is_wanted: bool) -> None:
    """Write `agent_signals_trace.duckdb` anew, readable by its owner alone; remove it where it is not wanted.

    One of both happens with every publication, so that no file outlives what has been forgotten. DuckDB knows no
    permissions within a file and makes files that all may read: this one grows in a folder that only its owner enters.
    """
    path = home / TRACE_FILE
    if not is_wanted:
        path.unlink(missing_ok=True)
        return
    folder = Path(tempfile.mkdtemp(prefix=".tmp-trace-", dir=home))
    try:
        write_database(connection, [STEPS], folder / TRACE_FILE)
        (folder / TRACE_FILE).chmod(_OWNER_ONLY)
        (folder / TRACE_FILE).replace(path)
    finally:
        shutil.rmtree(folder)
