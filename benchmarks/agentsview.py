"""agentsview on the same sessions, to compare with: its time, and the numbers that both compute.

agentsview (MIT) is no dependency. For the comparison it is installed apart,

    python3 -m venv agentsview && agentsview/bin/pip install agentsview==0.46.1
    export AGENT_SIGNALS_AGENTSVIEW=$PWD/agentsview/bin/agentsview

and told by that variable. It runs with folders of its own, without its daemon and without telemetry: `sync` parses the
sessions into SQLite, `duckdb push --full` does so again and writes a DuckDB file.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from benchmarks.process_tree import Run, run

EXECUTABLE = "AGENT_SIGNALS_AGENTSVIEW"

_THEIRS = """
    with steps as (
        select
            session_id,
            count(*) filter (where role = 'assistant' and not is_compact_boundary) as steps,
            count(*) filter (where role = 'user' and not is_system) as user_messages,
            count(*) filter (where is_compact_boundary) as compactions,
            sum((nullif(token_usage, '')::json ->> 'input_tokens')::bigint) as input_tokens,
            sum((nullif(token_usage, '')::json ->> 'cache_read_input_tokens')::bigint) as cache_read_tokens,
            sum((nullif(token_usage, '')::json ->> 'cache_creation_input_tokens')::bigint) as cache_write_tokens,
            sum((nullif(token_usage, '')::json ->> 'output_tokens')::bigint) as output_tokens
        from theirs.messages
        group by all
    ),
    calls as (select session_id, count(*) as tool_calls from theirs.tool_calls group by all)
    select
        regexp_replace(sessions.id, '^[a-z_-]+:', '') as session_id,
        steps, user_messages, coalesce(tool_calls, 0) as tool_calls, compactions,
        input_tokens, cache_read_tokens, cache_write_tokens, output_tokens
    from theirs.sessions as sessions
    left join steps on sessions.id = steps.session_id
    left join calls on sessions.id = calls.session_id
"""

_OURS = """
    select
        session_id,
        spans.step_count as steps,
        users.user_message_count as user_messages,
        spans.tool_call_count as tool_calls,
        users.compaction_count as compactions,
        spans.input_tokens_total as input_tokens,
        spans.cache_read_tokens,
        spans.cache_write_tokens,
        spans.output_tokens_total as output_tokens,
        spans.parent_session_id is not null as is_fork
    from ours.marts.session_span as spans
    inner join ours.marts.user_session as users using (session_id)
"""

MEASURES = (
    *("steps", "user_messages", "tool_calls", "compactions"),
    *("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens"),
)


class Comparison(NamedTuple):
    """One number, summed over the sessions that are no forks, and in how many of them it differs."""

    measure: str
    ours: int
    theirs: int
    sessions: int
    differing: int


def executable() -> Path | None:
    """Where agentsview is; None where the variable does not tell."""
    value = os.environ.get(EXECUTABLE)
    return Path(value).absolute() if value else None


def measure(program: Path, artifacts: Path, folder: Path) -> tuple[Run, Run]:
    """What `sync` and `duckdb push --full` take for the session folders of all users below `artifacts`."""
    for name in ("home", "data"):
        (folder / name).mkdir(parents=True)
    folders = sorted(str(path) for path in artifacts.glob("*/sessions"))
    (folder / "data" / "config.toml").write_text(f"[agents.pi]\ndirs = {json.dumps(folders)}\n")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "AGENTSVIEW_DATA_DIR": str(folder / "data"),
        "AGENTSVIEW_DUCKDB_PATH": str(mirror(folder)),
        "AGENTSVIEW_NO_DAEMON": "1",
        "AGENTSVIEW_TELEMETRY_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    sync = run([program, "sync"], folder, environment)
    return sync, run([program, "duckdb", "push", "--full"], folder, environment)


def mirror(folder: Path) -> Path:
    """The DuckDB file that agentsview writes."""
    return folder / "mirror.duckdb"


def compare(published: Path, folder: Path) -> list[Comparison]:
    """The numbers that both compute, session by session.

    Forks are left out: agentsview counts what they repeat of their parents, the marts do not.
    """
    sums = ", ".join(
        f"sum(ours.{name})::bigint, sum(theirs.{name})::bigint,"
        f" count(*) filter (where ours.{name} is distinct from theirs.{name})"
        for name in MEASURES
    )
    with duckdb.connect() as connection:
        connection.execute(f"attach '{published.resolve()}' as ours (read_only)")
        connection.execute(f"attach '{mirror(folder)}' as theirs (read_only)")
        row: Any = connection.execute(
            f"with ours as ({_OURS}), theirs as ({_THEIRS})"
            f" select count(*), {sums} from ours full join theirs using (session_id) where is_fork is not true"
        ).fetchone()
    return [
        Comparison(name, row[1 + 3 * index], row[2 + 3 * index], row[0], row[3 + 3 * index])
        for index, name in enumerate(MEASURES)
    ]
