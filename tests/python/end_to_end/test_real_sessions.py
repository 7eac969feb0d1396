"""One build over all real session files, compared with what plain `json` counts in their raw lines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.python.end_to_end.recount import SessionCounts
from tests.python.end_to_end.recount_sessions import FILES, FORMATS
from tests.python.end_to_end.tracebench import detect, score, write_traces
from tests.python.end_to_end.warehouse import Warehouse

FOLDERS = ("pi_sessions", "claude_code", "codex", "hermes", "opentraces", "swival", "tracebench")

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
    # one model is named for the whole session
    ("hermes/teich__example_hermes_session.jsonl", 0): {"model_change_count": None},
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
def made_traces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of synthetic TraceBench traces."""
    folder = tmp_path_factory.mktemp("traces")
    write_traces(folder, 150)
    return folder


@pytest.fixture(scope="module")
def warehouse(fixtures: Path, made_traces: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """All session files in one `dbt build`."""
    built = Warehouse(tmp_path_factory.mktemp("sessions"))
    built.build([*(fixtures / folder for folder in FOLDERS), made_traces])
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


def _columns(*names: str) -> frozenset[str]:
    return frozenset(" ".join(names).split())


OF_A_COPY = _columns(
    "session_id source_format format_version copy_of_session_id repo_id repo_id_basis prior_sessions_same_repo",
    "prior_sessions_same_region prior_sessions_same_region_basis next_session_id session_reopened_within_s is_parallel",
    "session_outcome session_outcome_rule outcome_conflict",
)
OF_A_FORMAT: Mapping[str, Mapping[str, str]] = {
    "opentraces": {
        "tokens of the whole record, none of a call": "tokens_basis cost_source cost_usd context_growth_curve"
        " context_growth_curve_count context_growth_curve_last context_growth_curve_max context_growth_curve_slope"
        " input_tokens_curve cache_write_tokens",
        "one clock an entry": "all_turn_timestamps per_turn_agent_latency_s per_turn_agent_latency_s_last"
        " per_turn_agent_latency_s_max per_turn_agent_latency_s_slope started_at finished_at duration_s",
        "no time of a result": "time_to_first_edit_s",
        "results are cut and stripped": "tool_result_sizes tool_result_sizes_max tool_result_sizes_total",
        "no such event": "compaction_events compaction_count interrupt_count",
        "names carry the provider": "model_id agent_type origin",
        "lines are found by text, not told": "region_edit_history region_edit_count region_count region_re_edit_count"
        " region_added_lines region_deleted_lines region_edit_convergence most_edits_of_a_region unplaced_edit_count",
        "files of one patch in the order of its text": "first_edit_file first_tool_file",
        "Codex: neither errors nor reasoning": "tool_error_rate tool_errors_by_type plan_steps_detected_thinking"
        " reasoning_tokens_total reasoning_tokens_basis reasoning_chars_total self_correction_basis"
        " self_corrections_per_1k_reasoning_tokens",
    },
    "swival_trace": {
        "the moment of export is no clock": "all_turn_timestamps per_turn_agent_latency_s per_turn_agent_latency_s_last"
        " per_turn_agent_latency_s_max per_turn_agent_latency_s_slope started_at finished_at duration_s"
        " time_to_first_edit_s",
        "usage is empty": "input_tokens_total output_tokens_total cache_read_tokens cache_write_tokens cache_read_ratio"
        " cache_hit_share tokens_basis cost_source cost_usd context_growth_curve context_growth_curve_count"
        " context_growth_curve_last context_growth_curve_max context_growth_curve_slope input_tokens_curve",
        "no reasoning": "has_reasoning_blocks plan_steps_detected_thinking reasoning_tokens_total"
        " reasoning_tokens_basis reasoning_chars_total self_correction_count self_correction_basis"
        " self_corrections_per_1k_reasoning_tokens",
        "no such event": "compaction_events compaction_count interrupt_count model_changes model_change_count",
        "an exit code is an error like others": "bash_nonzero_rate max_consecutive_same_error tool_error_count"
        " tool_error_rate tool_errors_by_type tool_result_sizes tool_result_sizes_total",
        "another program": "agent_type agent_version",
        "lines are found by text, not told": "region_edit_history region_edit_count region_count region_re_edit_count"
        " region_added_lines region_deleted_lines region_edit_convergence most_edits_of_a_region",
    },
}
"""Columns of session_span and user_session in which a copy may differ from its original, by the reason why."""

LOST_LINE = _columns(
    "user_turn_count user_message_count agent_turn_count user_agent_turn_ratio user_msg_lengths user_msg_lengths_count",
    "user_msg_lengths_slope slope_excl_first all_turn_timestamps_count step_count agent_hedging_rate",
    "agent_hedging_curve agent_hedging_curve_slope input_tokens_total output_tokens_total cache_read_tokens",
    "cache_read_ratio cache_hit_share oscillating_region_count reverted_fraction",
)
MERGED_RUNS = _columns("reverted_fraction")
"""pi's results tell each run of changed lines, its copies the two texts of an edit: here 45 changes against 32."""
COPIES = {
    "738aa34c-fc1f-47f4-ac10-82d949fb6813@opentraces": _columns(),
    "4293a326-81ca-4327-b450-85275e1ca645@opentraces": MERGED_RUNS,
    # the converter drops a line that holds two messages
    "5fd1e58c-9635-410e-a644-133a96057c90@opentraces": LOST_LINE,
    "019e1fee-81dd-7201-9fa9-8896944f0911@opentraces": _columns(),
    "4293a326-81ca-4327-b450-85275e1ca645@swival_trace": MERGED_RUNS,
    "scc6968a3db48@swival_trace": _columns(),
}


@pytest.mark.parametrize("copy_id", COPIES)
def test_one_conversation_in_two_formats_has_the_same_features(warehouse: Warehouse, copy_id: str) -> None:
    original_id, _, source_format = copy_id.partition("@")
    expected = OF_A_COPY | COPIES[copy_id] | _columns(*OF_A_FORMAT[source_format].values())
    compared = 0
    for mart in ("session_span", "user_session"):
        built = warehouse.rows(f"select column_name from (describe marts.{mart})")
        columns = [column for (column,) in built if column not in expected]
        compared += len(columns)
        listed = ", ".join(columns)
        copy, original = (
            warehouse.rows(f"select {listed} from marts.{mart} where session_id = '{session_id}'")
            for session_id in (copy_id, original_id)
        )
        assert len(copy) == len(original) == 1
        assert dict(zip(columns, copy[0], strict=True)) == dict(zip(columns, original[0], strict=True))
    assert compared > 60


def test_failures_and_scores_of_traces_are_those_of_one_pass_over_them(
    warehouse: Warehouse, fixtures: Path, made_traces: Path
) -> None:
    """TV-39 on the real trace and on TraceBench's example; the same of traces made at random."""
    found: dict[str, list[tuple[int, str]]] = {}
    for session_id, step, failure in warehouse.rows(
        "select session_id, action_number, failure_type from marts.failure_event where failure_type in"
        " ('retry_loop', 'uncertain_fix', 'failing_tests', 'incomplete_fix', 'ended_red')"
    ):
        found.setdefault(session_id, []).append((step, failure))
    scores = {
        row[0]: row[1:]
        for row in warehouse.rows("select session_id, trace_score, trace_score_per_occurrence from marts.trace_score")
    }
    real = fixtures / "tracebench" / "trace.json"
    for path in (real, *sorted(made_traces.iterdir())):
        session_id = sha256(path.read_bytes()).hexdigest()
        steps = json.loads(path.read_bytes())
        assert sorted(found.get(session_id, [])) == sorted(detect(steps)), steps
        assert scores[session_id] == score(detect(steps)), steps
    assert scores[sha256(real.read_bytes()).hexdigest()] == (45, 20)
    assert scores[sha256((made_traces / "readme.json").read_bytes()).hexdigest()] == (55, 30)
