"""dbt-duckdb plugin: makes the home folder, reports a held lock in one sentence, tells Jinja of the project's files."""

from __future__ import annotations

import gc
import json
import os
import re
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.events.event_manager_client import add_callback_to_manager
from dbt_common.exceptions import DbtRuntimeError
from duckdb.func import ARROW, SPECIAL

from agent_signals.project_files import commit_id, macro_fingerprints, module_fingerprints
from algorithms import tokens
from loaders.settings import MEMORY_LIMIT, artifact_roots, missing_root

PROJECT_ROOT = Path(__file__).resolve().parent.parent

_LOCK_HOLDER = re.compile(r"PID (\d+)")


class Plugin(BasePlugin):
    """Attaches the in-memory database `project_file` and adds the functions of `macros/rules` and `macros/state`."""

    _probe: duckdb.DuckDBPyConnection | None = None

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Listen to dbt: how a test ended costs nothing to hear, and 4 ms to write from Jinja."""
        self._test_statuses: dict[str, str] = {}
        add_callback_to_manager(self._note_test)

    def _test_status(self, test_id: str) -> str | None:
        return self._test_statuses.get(test_id)

    def _note_test(self, event: Any) -> None:
        if event.info.name == "LogTestResult":
            self._test_statuses[event.data.node_info.unique_id] = event.data.status

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Make the folder of the build file and open it once, so that a held lock is reported in one sentence."""
        if creds.path == ":memory:":
            return
        path = Path(creds.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            # held until dbt has its own connection to the same instance: the file is opened once
            self._probe = duckdb.connect(creds.path, config=config)
        except duckdb.IOException as error:
            if "lock" not in str(error):
                raise
            holder = _LOCK_HOLDER.search(str(error))
            process = f" (PID {holder.group(1)})" if holder else ""
            raise DbtRuntimeError(
                f"Another dbt process{process} is using {path}; wait for it or set AGENT_SIGNALS_HOME."
            ) from None

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Fill `project_file.macro`, `.module` (name, fingerprint, variables as JSON), `.revision` and `.root`.

        `root.problem` is the sentence that tells of a missing artifact root, or null: dbt would bury the same error
        under the stack trace of the Python model that lands.

        `approx_token_count(text)` is the estimate of tokens behind the macro `approx_tokens`: what a regular expression
        takes seconds for is counted over whole columns at once.

        `AGENT_SIGNALS_MEMORY_LIMIT` bounds the memory of DuckDB, which is four fifths of the machine's otherwise.

        `data_test_status(test_id)` is pass, warn, fail or error where the test has run in this invocation, else null.
        """
        if self._probe is not None:
            self._probe.close()
            self._probe = None
        if limit := os.environ.get(MEMORY_LIMIT):
            conn.execute("set memory_limit = $1", [limit])
        conn.execute("attach ':memory:' as project_file")
        for table, fingerprints in (
            ("macro", macro_fingerprints(PROJECT_ROOT / "macros", {"approx_token_count": Path(tokens.__file__)})),
            ("module", module_fingerprints(PROJECT_ROOT)),
        ):
            conn.execute(
                f"create table project_file.{table} as select"
                " unnest($names) as name, unnest($fingerprints) as fingerprint, unnest($variables) as variables",
                {
                    "names": list(fingerprints),
                    "fingerprints": [each.sha256 for each in fingerprints.values()],
                    "variables": [json.dumps(each.variables) for each in fingerprints.values()],
                },
            )
        # the parsed project stays to the end: what looks for garbage need not go through it again and again
        gc.freeze()
        conn.create_function("approx_token_count", tokens.approx_tokens, ["varchar"], "bigint", type=ARROW)
        conn.create_function("data_test_status", self._test_status, null_handling=SPECIAL, side_effects=True)
        conn.execute("create table project_file.revision as select $1::varchar as commit_id", [commit_id(PROJECT_ROOT)])
        missing = missing_root(artifact_roots())
        conn.execute("create table project_file.root as select $1::varchar as problem", [missing and str(missing)])
