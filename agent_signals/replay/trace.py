"""One trace from a warehouse: its steps with their text, its failures and its score."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path

import duckdb

from agent_signals.trace_file import TRACE_FILE

BUILD_FILE = "build.duckdb"
_MOST_SUGGESTED = 5

_STEPS = """
select {columns}
from {steps} as steps
{joins}
where steps.span_id = $span_id
order by steps.action_number
"""
_BUILD_LABELS = """
select scores.span_id, concat_ws(' ', scores.span_id, attempts.run_id, attempts.task_id)
from marts.trace_score as scores
left join intermediate.int_attempt_unit as attempts on scores.attempt_id = attempts.attempt_id
order by all
"""
_PUBLISHED_LABELS = "select distinct span_id, span_id as label from trace.trace_step order by all"
_TEXTS = {
    "thinking_text": "if(steps.is_first_of_entry, entries.thinking_text, null)",
    "message_text": "if(steps.call_number is null, entries.text, null)",
    "arguments_text": "coalesce(calls.command, calls.arguments)",
    "result_text": "calls.result_text",
}
# the landed files are read where they are now, not where they were when the views of the build file were made
_LANDED = """
left join read_parquet({path}, hive_partitioning = false, union_by_name = true) as {name}
    on
        {name}.load_id = steps.content_load_id
        and {name}.source_file_id = steps.source_file_id
        and coalesce({name}.session_index, 0) = steps.session_index
        and {name}.entry_index = steps.entry_index
"""


class ReplayError(Exception):
    """A trace cannot be shown. The message is for a person."""


@dataclass(frozen=True)
class Step:
    """A row of `trace_step`."""

    context: str
    action_number: int
    turn_index: int | None
    step_index: int | None
    model_id: str | None
    is_subagent: bool | None
    on_active_path: bool | None
    action_name: str
    tool_name: str | None
    action_target: str | None
    action_outcome: str | None
    is_test_passed: bool | None
    edit_ranges: list[str] | None
    added_lines: int | None
    deleted_lines: int | None
    phase: str | None
    failure_types: list[str]
    started_at: datetime | None
    duration_s: float | None
    text_tokens: int | None
    result_tokens: int | None
    context_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    thinking_text: str | None
    message_text: str | None
    arguments_text: str | None
    result_text: str | None


@dataclass(frozen=True)
class Trace:
    """What is replayed. `meanings` says in a sentence when a failure of each type fires."""

    span_id: str
    steps: list[Step]
    score: int | None
    score_per_occurrence: int | None
    meanings: dict[str, str]

    @property
    def failures(self) -> list[int]:
        """Positions of the steps at which something went wrong, 0-based."""
        return [position for position, step in enumerate(self.steps) if step.failure_types]


def read_trace(home: Path, name: str) -> Trace:
    """The trace that `name` names: an attempt or a session, or a part of its id, run or task that is of no other.

    Everything is read at once and the file closed again, so that no build waits for a reader. Raises ReplayError.
    """
    home = home.absolute()
    return _with_warehouse(home, lambda connection, is_build: _read(connection, home, name, is_build=is_build))


def _with_warehouse(home: Path, read: Callable[[duckdb.DuckDBPyConnection, bool], Trace]) -> Trace:
    """Read from the build file; from the published steps where a build holds it or where it is not there."""
    build, published = home / BUILD_FILE, home / TRACE_FILE
    if not build.exists() and not published.exists():
        raise ReplayError(f"There is no warehouse in {home}: `dbt build` makes one, AGENT_SIGNALS_HOME says where.")
    try:
        if build.exists():
            with duckdb.connect(str(build), read_only=True) as connection:
                return read(connection, True)
    except duckdb.IOException as error:
        if "lock" not in str(error):
            raise
        if not published.exists():
            raise ReplayError(f"A build is writing to {build}; try again when it has ended.") from None
    with duckdb.connect(str(published), read_only=True) as connection:
        return read(connection, False)


def _read(connection: duckdb.DuckDBPyConnection, home: Path, name: str, *, is_build: bool) -> Trace:
    steps = "intermediate.int_trace_state" if is_build else "trace.trace_step"
    try:
        labels = dict(connection.execute(_BUILD_LABELS if is_build else _PUBLISHED_LABELS).fetchall())
    except duckdb.CatalogException:
        raise ReplayError(f"The warehouse in {home} holds no traces yet: no build has come that far.") from None
    span_id = _find(name, labels)
    columns, joins = {field.name: f"steps.{field.name}" for field in fields(Step)}, ""
    if is_build:
        columns |= _TEXTS
        entries, calls = _landed(home, "entry", "entries"), _landed(home, "tool_call", "calls")
        joins = f"{entries}{calls} and calls.call_index = steps.call_index"
    query = _STEPS.format(columns=", ".join(columns.values()), steps=steps, joins=joins)
    rows = connection.execute(query, {"span_id": span_id}).fetchall()
    score, per_occurrence, meanings = _judged(connection, span_id) if is_build else (None, None, {})
    return Trace(span_id, [Step(*row) for row in rows], score, per_occurrence, meanings)


def _landed(home: Path, table: str, name: str) -> str:
    path = str(home / "landing" / "load=*" / f"{table}.parquet").replace("'", "''")
    return _LANDED.format(path=f"'{path}'", name=name)


def _judged(connection: duckdb.DuckDBPyConnection, span_id: str) -> tuple[int | None, int | None, dict[str, str]]:
    scores = connection.execute(
        "select trace_score, trace_score_per_occurrence from marts.trace_score where span_id = ?", [span_id]
    ).fetchone() or (None, None)
    meanings = connection.execute("select failure_type, description from seeds.failure_type").fetchall()
    return scores[0], scores[1], dict(meanings)


def _find(name: str, labels: dict[str, str]) -> str:
    if name in labels:
        return name
    found = [span_id for span_id, label in labels.items() if name in label]
    if len(found) == 1:
        return found[0]
    if found:
        listed = [labels[span_id] for span_id in found[:_MOST_SUGGESTED]]
        listed += [f"and {len(found) - _MOST_SUGGESTED} more"] if len(found) > _MOST_SUGGESTED else []
        raise ReplayError("\n  ".join([f"{len(found)} traces are called {name} in part; name one of them:", *listed]))
    near = _nearest(name, labels)
    problem = f"No attempt and no session with steps is called {name}."
    raise ReplayError("\n  ".join([f"{problem} The nearest are:", *near] if near else [problem]))


def _nearest(name: str, labels: dict[str, str]) -> list[str]:
    """The labels that hold the words most like a name: ids, or the last parts of ids, runs and tasks."""
    words: dict[str, str] = {}
    for label in labels.values():
        for word in label.split():
            words.setdefault(word, label)
            words.setdefault(word.rpartition("/")[2], label)
    close = difflib.get_close_matches(name.rpartition("/")[2], words, _MOST_SUGGESTED)
    return list(dict.fromkeys(words[word] for word in close))
