"""One build over all real session files, compared with what plain `json` counts in their raw lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.python.end_to_end.recount import SessionCounts
from tests.python.end_to_end.recount_sessions import FILES, FORMATS
from tests.python.end_to_end.warehouse import Warehouse

FOLDERS = ("pi_sessions", "claude_code", "codex", "hermes", "opentraces", "swival")

MEASURES: Mapping[str, tuple[str, str, Callable[[SessionCounts], Any]]] = {
    "step_count": ("session_span", "step_count", lambda counts: counts.steps),
    "tool_call_count": ("session_span", "tool_call_count", lambda counts: counts.tool_call_count),
    "input_tokens": ("session_span", "input_tokens_total", lambda counts: counts.input_tokens),
    "output_tokens": ("session_span", "output_tokens_total", lambda counts: counts.output_tokens),
    "cache_read_tokens": ("session_span", "cache_read_tokens", lambda counts: counts.cache_read_tokens),
    "cache_write_tokens": ("session_span", "cache_write_tokens", lambda counts: counts.cache_write_tokens),
    "user_message_count": ("user_session", "user_message_count", lambda counts: counts.user_messages),
    "user_turn_count": ("user_session", "user_turn_count", lambda counts: counts.user_turns),
    "agent_turn_count": ("user_session", "agent_turn_count", lambda counts: counts.agent_turns),
    "tool_error_count": ("user_session", "tool_error_count", lambda counts: counts.tool_errors),
    "flagged_result_count": ("tool_call", "is_error", lambda counts: counts.error_results or 0),
    "compaction_count": ("user_session", "compaction_count", lambda counts: counts.compactions),
    "model_change_count": ("user_session", "model_change_count", lambda counts: counts.model_changes),
}
"""Each number that is compared: mart and column that hold it, and how it is recounted."""

REDACTED = "claude_code/agent-sessions__small.jsonl"
"""Its second half has one placeholder for all ids and clocks: to the warehouse these entries are copies of one."""

DIFFERENCES: Mapping[tuple[str, int], Mapping[str, Any]] = {
    (REDACTED, 0): {
        "step_count": 1,
        "tool_call_count": 1,
        "user_message_count": 1,
        "user_turn_count": 1,
        "agent_turn_count": 1,
        "compaction_count": 1,
        "model_change_count": 0,
    },
    # what its parent asks a sub-agent is no message of a user, and a result without the id of a call belongs to none
    (REDACTED, 1): {
        "user_message_count": 0,
        "user_turn_count": 0,
        "tool_error_count": 0,
        "flagged_result_count": 0,
    },
    # the tokens of a whole session are no step's
    ("hermes/teich__example_hermes_session.jsonl", 0): {
        "input_tokens": None,
        "output_tokens": None,
        "cache_read_tokens": None,
        "cache_write_tokens": None,
    },
}
"""Numbers of the warehouse that differ from the recount for a good reason, by file and stream."""

REPLACED: Mapping[str, frozenset[int]] = {
    # conversions of two sessions that a later converter's records of the same sessions replace
    "opentraces/derived__opentraces-0.3.3_schema-0.3.0_attribution_from-pi.jsonl": frozenset({0, 1}),
}
"""Records of which another file holds a later generation."""


@dataclass(frozen=True)
class Stream:
    """One landed stream of a file."""

    session_id: str | None
    """None where another record replaces it."""
    is_subagent: bool


@pytest.fixture(scope="module")
def warehouse(fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """All session files in one `dbt build`."""
    built = Warehouse(tmp_path_factory.mktemp("sessions"))
    built.build([fixtures / folder for folder in FOLDERS])
    return built


def _streams(warehouse: Warehouse, path: Path) -> list[Stream]:
    rows = warehouse.build_rows(
        "select streams.session_id, sessions.is_subagent from staging.stg_source_file as files"
        " inner join staging.stg_session as sessions using (source_file_id)"
        " left join intermediate.int_session_stream as streams"
        " on streams.source_file_id = sessions.source_file_id and streams.session_index = sessions.session_index"
        f" where files.path = '{path}' order by sessions.session_index"
    )
    return [Stream(*row) for row in rows]


def _measured(warehouse: Warehouse, session_ids: list[str]) -> dict[str, Any]:
    """The measures of one session, or summed over several."""
    found = {}
    for name, (mart, column, _) in MEASURES.items():
        ids = ", ".join(f"'{session_id}'" for session_id in session_ids)
        value = f"count(*) filter (where {column})" if mart == "tool_call" else f"sum({column})"
        [(found[name],)] = warehouse.rows(f"select {value} from marts.{mart} where session_id in ({ids})")
    return found


def _tool_names(warehouse: Warehouse, session_ids: list[str]) -> Counter[str]:
    ids = ", ".join(f"'{session_id}'" for session_id in session_ids)
    query = f"select tool_name, count(*) from marts.tool_call where session_id in ({ids}) group by all"
    return Counter({str(name): int(count) for name, count in warehouse.rows(query)})


def _pairs(warehouse: Warehouse, fixtures: Path, path: str) -> list[tuple[int, SessionCounts, list[str]]]:
    """Each recounted stream of a file with its position and the ids of the sessions that hold it."""
    recounted = FORMATS[FILES[path]](fixtures / path)
    streams = _streams(warehouse, fixtures / path)
    own = [stream.session_id for stream in streams if not stream.is_subagent]
    subagents = [stream.session_id for stream in streams if stream.is_subagent and stream.session_id]
    counts = [each for each in recounted if not each.is_subagent]
    assert len(own) == len(counts)
    assert {index for index, session_id in enumerate(own) if session_id is None} == REPLACED.get(path, frozenset())
    pairs = [
        (index, each, [session_id])
        for index, (each, session_id) in enumerate(zip(counts, own, strict=True))
        if session_id is not None
    ]
    together = [each for each in recounted if each.is_subagent]
    assert len(together) <= 1
    assert bool(together) == bool(subagents)
    return pairs + [(len(own), each, subagents) for each in together]


@pytest.mark.parametrize("path", FILES)
def test_marts_agree_with_a_recount(warehouse: Warehouse, fixtures: Path, path: str) -> None:
    expected, found = {}, {}
    for index, counts, session_ids in _pairs(warehouse, fixtures, path):
        told = DIFFERENCES.get((path, index), {})
        measured = _measured(warehouse, session_ids)
        for name, (_, _, recount) in MEASURES.items():
            expected[index, name] = told.get(name, recount(counts))
            found[index, name] = measured[name]
    differing = {key: (expected[key], found[key]) for key in expected if expected[key] != found[key]}
    assert differing == {}, f"(recounted, in the marts) by stream and measure: {differing}"


@pytest.mark.parametrize("path", [path for path in FILES if path != REDACTED])
def test_tool_calls_by_name_agree_with_a_recount(warehouse: Warehouse, fixtures: Path, path: str) -> None:
    for _, counts, session_ids in _pairs(warehouse, fixtures, path):
        assert _tool_names(warehouse, session_ids) == counts.tool_calls


@pytest.mark.parametrize("path", FILES)
def test_bad_lines_are_quarantined_one_by_one(warehouse: Warehouse, fixtures: Path, path: str) -> None:
    recounted = sum(counts.bad_lines for counts in FORMATS[FILES[path]](fixtures / path))
    query = "select count(*) from staging.stg_bad_record as records inner join staging.stg_source_file as files"
    query += f" using (source_file_id) where files.path = '{fixtures / path}' and records.place like 'line %'"
    assert warehouse.build_rows(query) == [(recounted,)]


def test_steps_and_turns_add_up_to_their_session(warehouse: Warehouse) -> None:
    query = (
        "select spans.session_id from marts.session_span as spans"
        " left join (select session_id, count(*) as n from marts.session_step group by all) as steps"
        " using (session_id)"
        " left join (select session_id, count(*) filter (where role = 'user') as n from marts.session_turn"
        " group by all) as turns using (session_id)"
        " inner join marts.user_session as users using (session_id)"
        " where spans.step_count <> coalesce(steps.n, 0) or users.user_turn_count <> coalesce(turns.n, 0)"
    )
    assert warehouse.rows(query) == []
