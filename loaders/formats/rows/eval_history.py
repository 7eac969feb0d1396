"""`eval-history.jsonl`: one line a run, or a task of a run, as the evaluation harness noted it.

No public specification exists, so the grammar is this project's own: one JSON object a line, keys in camelCase,
snake_case or kebab-case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec

from loaders.artifact import Artifact
from loaders.formats.harbor.fields import Clock, clock, finite_number, named, plain, whole_number
from loaders.json_lines import bad_line, decode_lines
from loaders.salvage import read_document
from loaders.tables import Attempt, BadRecord, EvalRun, Record
from loaders.values import utc

T = TypeVar("T")

NAME = "eval_history"
VERSION = 1
IDENTITY = "content"

_FILE_NAMES = ("eval-history.jsonl", "eval_history.jsonl")
_KEYS = {
    "run": ("run", "run_id", "run_name", "job", "job_name"),
    "agent": ("agent", "agent_type"),
    "model": ("model", "model_id"),
    "dataset": ("dataset",),
    "concurrency": ("concurrency",),
    "timeout": ("timeout", "timeout_s"),
    "attempt1_tool_cap": ("attempt1_tool_cap",),
    "retry_tool_cap": ("retry_tool_cap",),
    "started": ("started", "started_at"),
    "finished": ("finished", "finished_at"),
    "task": ("task_id", "instance_id"),
    "attempt_index": ("attempt_index",),
    "attempt1_mode": ("attempt1_mode",),
    "trial_recovery_mode": ("trial_recovery_mode",),
    "final_failure_mode": ("final_failure_mode",),
}
_EPOCH_MILLISECONDS = 1e11
"""Epoch numbers from here on are milliseconds: as seconds they lie beyond the year 5000."""


class HistoryLine(msgspec.Struct):
    """A line under this project's own names: whatever the keys were, `_KEYS` tells which is which."""

    run: str | int | None = None
    agent: str | dict[str, Any] | None = None
    model: str | None = None
    dataset: str | dict[str, Any] | None = None
    concurrency: int | float | str | None = None
    timeout: int | float | str | None = None
    attempt1_tool_cap: int | float | str | None = None
    retry_tool_cap: int | float | str | None = None
    started: int | float | str | None = None
    finished: int | float | str | None = None
    task: str | int | None = None
    attempt_index: int | float | str | None = None
    attempt1_mode: str | None = None
    trial_recovery_mode: str | None = None
    final_failure_mode: str | None = None


_OBJECT: msgspec.json.Decoder[dict[str, msgspec.Raw]] = msgspec.json.Decoder(dict[str, msgspec.Raw])


def matches(artifact: Artifact) -> bool:
    """True for the file's own name, whatever it holds."""
    return artifact.name in _FILE_NAMES


def flatten(artifact: Artifact) -> Iterator[Record]:
    """Yield an `EvalRun` a line about a run, an `Attempt` a line about a task, a `BadRecord` a bad line or field.

    A line about a task that also states the treatment of its run yields both.
    """
    for line in decode_lines(artifact.data, _OBJECT):
        if isinstance(line, BadRecord):
            yield line
        else:
            yield from _records(*line)


def _records(number: int, members: dict[str, msgspec.Raw]) -> Iterator[Record]:
    line, bad = read_document(_renamed(members), HistoryLine)
    if line.run is None:
        bad.append(BadRecord(reason="the line names no run"))
    elif line.task is None:
        yield _run(number, line, bad)
    else:
        yield _attempt(number, line, bad)
        if line.dataset is not None or line.concurrency is not None or line.timeout is not None:
            yield _run(number, msgspec.structs.replace(line, started=None, finished=None), [])
    for record in bad:
        yield bad_line(number, f"{record.place}: {record.reason}" if record.place else record.reason)


def _renamed(members: dict[str, msgspec.Raw]) -> bytes:
    plain_members = {plain(key): member for key, member in members.items() if bytes(member) != b"null"}
    found = {
        name: [plain_members[plain(key)] for key in keys if plain(key) in plain_members] for name, keys in _KEYS.items()
    }
    return msgspec.json.encode({name: values[0] for name, values in found.items() if values})


def _run(number: int, line: HistoryLine, bad: list[BadRecord]) -> EvalRun:
    agent_type, agent_version = _agent(line)
    started = _clock(line.started, "/started", bad)
    finished = _clock(line.finished, "/finished", bad)
    return EvalRun(
        place=f"line {number}",
        evidence="eval_history",
        run_name=str(line.run),
        agent_type=agent_type,
        agent_version=agent_version,
        model_id=line.model,
        dataset=named(line.dataset),
        concurrency=_read(line.concurrency, whole_number, "/concurrency", bad),
        timeout_s=_read(line.timeout, finite_number, "/timeout", bad),
        attempt1_tool_cap=_read(line.attempt1_tool_cap, whole_number, "/attempt1_tool_cap", bad),
        retry_tool_cap=_read(line.retry_tool_cap, whole_number, "/retry_tool_cap", bad),
        started_at=started.at,
        finished_at=finished.at,
        started_local_at=started.local_at,
        finished_local_at=finished.local_at,
    )


def _attempt(number: int, line: HistoryLine, bad: list[BadRecord]) -> Attempt:
    return Attempt(
        place=f"line {number}",
        evidence="eval_history",
        run_name=str(line.run),
        task_id=str(line.task),
        attempt_index=_read(line.attempt_index, whole_number, "/attempt_index", bad),
        agent_type=_agent(line)[0],
        model_id=line.model,
        started_at=_clock(line.started, "/started", bad).at,
        finished_at=_clock(line.finished, "/finished", bad).at,
        attempt1_mode=line.attempt1_mode,
        trial_recovery_mode=line.trial_recovery_mode,
        final_failure_mode=line.final_failure_mode,
        attempt1_tool_cap=_read(line.attempt1_tool_cap, whole_number, "/attempt1_tool_cap", bad),
        retry_tool_cap=_read(line.retry_tool_cap, whole_number, "/retry_tool_cap", bad),
    )


def _agent(line: HistoryLine) -> tuple[str | None, str | None]:
    if not isinstance(line.agent, dict):
        return line.agent, None
    name, version = line.agent.get("name"), line.agent.get("version")
    return name if isinstance(name, str) else None, version if isinstance(version, str) else None


def _read(value: object, convert: Callable[[object], T | None], place: str, bad: list[BadRecord]) -> T | None:
    converted = convert(value)
    if value is not None and converted is None:
        bad.append(BadRecord(place=place, reason="not a number of the kind that is due"))
    return converted


def _clock(value: int | float | str | None, place: str, bad: list[BadRecord]) -> Clock:
    if value is None or isinstance(value, str):
        return clock(value, place, bad)
    moment = utc(value, unit="ms" if abs(value) >= _EPOCH_MILLISECONDS else "s")
    if moment is None:
        bad.append(BadRecord(place=place, reason="not a timestamp"))
    return Clock(moment)
