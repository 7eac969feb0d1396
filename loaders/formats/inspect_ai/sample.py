"""A sample of an Inspect log: the trial of one item in one epoch, how it was scored, what ended it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from loaders.formats.inspect_ai.fields import Sample, Score, Usage
from loaders.formats.inspect_ai.stream import message_text, stream_records
from loaders.formats.inspect_ai.usage import tokens
from loaders.tables import Record, Session, Task, Trial
from loaders.values import utc

_LETTERS = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
_WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
_ERROR_CLASS = re.compile(r"([A-Za-z_][\w.]*)\(")


class Run(NamedTuple):
    """What the log says of all its samples."""

    log_path: str
    run_name: str
    dataset: str | None
    agent_type: str | None
    model_id: str | None
    first_scorer: str | None
    time_limit_s: float | None


def number(value: Any) -> float | None:
    """A score as Inspect's own metrics count it: C 1, P 0.5, I and N 0, yes and no, finite numbers; else None."""
    if isinstance(value, str):
        if value in _LETTERS:
            return _LETTERS[value]
        if value.lower() in _WORDS:
            return _WORDS[value.lower()]
    if not isinstance(value, bool | int | float | str):
        return None
    try:
        converted = float(value)
    except (ValueError, OverflowError):
        return None
    return converted if math.isfinite(converted) else None


def sample_records(sample: Sample, run: Run, session_indexes: Iterator[int], place: str) -> Iterator[Record]:
    """The `Trial` of a sample, its `Task`, and the stream of its messages and model calls."""
    task_id = None if sample.id is None else str(sample.id)
    trial_name = f"{task_id or place.rpartition('/')[2]}_epoch_{1 if sample.epoch is None else sample.epoch}"
    scores = dict(sample.scores or {})
    if sample.score is not None and not scores:
        scores = {"score": sample.score}
    reward, rewards = _rewards(scores, run.first_scorer)
    used = tokens(_usage(sample, run))
    trial = Trial(
        place=place,
        evidence="inspect_result",
        trial_directory=f"{run.log_path}/{trial_name}",
        run_directory=run.log_path,
        run_name=run.run_name,
        native_trial_id=sample.uuid,
        trial_name=trial_name,
        task_id=task_id,
        source=run.dataset,
        agent_type=run.agent_type,
        model_id=run.model_id,
        agent_timeout_override_s=run.time_limit_s if sample.time_limit is None else sample.time_limit,
        started_at=utc(sample.started_at),
        finished_at=utc(sample.completed_at),
        is_clock_local=False if sample.started_at or sample.completed_at else None,
        has_verifier_result=bool(scores),
        reward=reward,
        rewards=rewards,
        exception_type=_exception(sample),
        input_tokens_with_cache=None
        if used.input_tokens is None
        else used.input_tokens + (used.cache_read_tokens or 0),
        cache_read_tokens=used.cache_read_tokens,
        cache_write_tokens=used.cache_write_tokens,
        output_tokens=used.output_tokens,
        cost_usd=used.cost_usd,
    )
    yield trial
    if task_id is not None:
        yield Task(place=f"{place}/input", task_id=task_id, problem_statement=_problem(sample))
    session = Session(
        place=place,
        session_index=next(session_indexes),
        native_session_id=sample.uuid,
        telemetry="native_trajectory",
        trial_directory=trial.trial_directory,
        agent_type=run.agent_type,
        model_id=run.model_id,
        started_at=trial.started_at,
        finished_at=trial.finished_at,
        exit_status=trial.exception_type,
        total_cost_usd=used.cost_usd,
        total_input_tokens=used.input_tokens,
        total_cache_read_tokens=used.cache_read_tokens,
        total_cache_write_tokens=used.cache_write_tokens,
        total_output_tokens=used.output_tokens,
        total_reasoning_tokens=used.reasoning_tokens,
        is_usage_reported=True,
        is_result_text_reported=True,
    )
    yield from stream_records(sample, session, session_indexes)


def _usage(sample: Sample, run: Run) -> Usage | None:
    """Usage of the model that was evaluated: a model that grades, or plays another role, is not the agent."""
    usage = sample.model_usage or {}
    return usage.get(run.model_id or "") or (next(iter(usage.values())) if len(usage) == 1 else None)


def _rewards(scores: dict[str, Score], first_scorer: str | None) -> tuple[float | None, dict[str, float] | None]:
    """(what the first scorer says, every score that is a number by its name)."""
    if not scores:
        return None, None
    numbers: dict[str, float] = {}
    for name, score in scores.items():
        values = score.value if isinstance(score.value, dict) else {"": score.value}
        for key, value in values.items():
            if (converted := number(value)) is not None:
                numbers[f"{name}.{key}" if key else name] = converted
    primary = first_scorer if first_scorer in scores else next(iter(scores))
    value = scores[primary].value
    if isinstance(value, dict) and len(value) == 1:
        return numbers.get(f"{primary}.{next(iter(value))}"), numbers
    return numbers.get(primary), numbers


def _exception(sample: Sample) -> str | None:
    if sample.error is not None:
        named = _ERROR_CLASS.match(sample.error.message or "")
        return named[1] if named else "error"
    return f"{sample.limit.type}_limit" if sample.limit is not None and sample.limit.type else None


def _problem(sample: Sample) -> str | None:
    if sample.input is None or isinstance(sample.input, str):
        return sample.input
    asked = [message_text(message.content, {}) for message in sample.input if message.role == "user"]
    return next((text for text in asked if text), None)
