"""Terminal-Bench's `results.json` of a trial: its verdict, its tests one by one, its clocks, what went wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from loaders.artifact import Artifact
from loaders.formats.harbor.fields import Clock, clock
from loaders.formats.terminal_bench.run import HOLDS_RESULTS
from loaders.salvage import Integer, read_document
from loaders.tables import BadRecord, Record, Task, TestResult, Trial

NAME = "terminal_bench_trial"
VERSION = 1
IDENTITY = "place"

_NAMES_A_TRIAL = re.compile(rb'"trial_name"\s*:')
_TELLS_ITS_OUTCOME = re.compile(rb'"(?:is_resolved|failure_mode|parser_results)"\s*:')
_NO_FAILURE = ("unset", "none")
_IS_PASSED = {"passed": True, "failed": False}


class TrialResults(msgspec.Struct):
    id: str | None = None
    uuid: str | None = None
    trial_name: str | None = None
    task_id: str | None = None
    instruction: str | None = None
    is_resolved: bool | None = None
    failure_mode: str | None = None
    parser_results: dict[str, str | None] | None = None
    total_input_tokens: Integer | None = None
    total_output_tokens: Integer | None = None
    trial_started_at: str | None = None
    trial_ended_at: str | None = None
    agent_started_at: str | None = None
    agent_ended_at: str | None = None
    test_started_at: str | None = None
    test_ended_at: str | None = None


def matches(artifact: Artifact) -> bool:
    """True for a `results.json` that names a trial and tells its outcome, and is not that of a whole run."""
    return (
        artifact.name == "results.json"
        and _NAMES_A_TRIAL.search(artifact.head) is not None
        and _TELLS_ITS_OUTCOME.search(artifact.head) is not None
        and HOLDS_RESULTS.search(artifact.head) is None
    )


def flatten(artifact: Artifact) -> Iterator[Record]:
    """Yield a `Trial`, the `Task` it tells, a `TestResult` a test, a `BadRecord` an element that could not be read."""
    results, bad = read_document(artifact.data, TrialResults)
    yield _trial(artifact, results, bad)
    if results.task_id is not None:
        yield Task(task_id=results.task_id, problem_statement=results.instruction)
    for name, status in (results.parser_results or {}).items():
        place = f"/parser_results/{name.replace('~', '~0').replace('/', '~1')}"
        if status in _IS_PASSED:
            yield TestResult(place=place, task_id=results.task_id, test_name=name, is_success=_IS_PASSED[status])
        else:
            bad.append(BadRecord(place=place, reason="neither passed nor failed"))
    yield from bad


def _trial(artifact: Artifact, results: TrialResults, bad: list[BadRecord]) -> Trial:
    tests_lost = any(record.place == "/parser_results" for record in bad)
    # an agent that counts no tokens leaves the harness's two zeros
    has_usage = bool(results.total_input_tokens or results.total_output_tokens)
    started, finished = _clocks(results.trial_started_at, results.trial_ended_at, "trial", bad)
    agent_started, agent_finished = _clocks(results.agent_started_at, results.agent_ended_at, "agent", bad)
    test_started, test_finished = _clocks(results.test_started_at, results.test_ended_at, "test", bad)
    clocks = (started, finished, agent_started, agent_finished, test_started, test_finished)
    read = [moment for moment in clocks if moment.moment is not None]
    above = artifact.directory.parent
    return Trial(
        evidence="terminal_bench_result",
        trial_directory=str(artifact.directory),
        run_directory=str(above.parent if above.name == results.task_id else above),
        native_trial_id=results.id or results.uuid,
        trial_name=results.trial_name,
        task_name=results.task_id,
        started_at=started.moment,
        finished_at=finished.moment,
        agent_started_at=agent_started.moment,
        agent_finished_at=agent_finished.moment,
        verifier_started_at=test_started.moment,
        verifier_finished_at=test_finished.moment,
        is_clock_local=any(moment.is_local for moment in read) if read else None,
        has_verifier_result=None if tests_lost else results.parser_results is not None,
        reward=None if results.is_resolved is None else float(results.is_resolved),
        exception_type=None if results.failure_mode in _NO_FAILURE else results.failure_mode,
        input_tokens_with_cache=results.total_input_tokens if has_usage else None,
        output_tokens=results.total_output_tokens if has_usage else None,
    )


def _clocks(started: str | None, ended: str | None, phase: str, bad: list[BadRecord]) -> tuple[Clock, Clock]:
    return clock(started, f"/{phase}_started_at", bad), clock(ended, f"/{phase}_ended_at", bad)
