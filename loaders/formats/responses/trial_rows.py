"""Tables of trials as CSV: who tried what, and whether it was solved, a trial a row."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime

from loaders.artifact import Artifact
from loaders.csv_rows import csv_header, csv_rows
from loaders.formats.responses.outcome import NoOutcomeError, outcome
from loaders.tables import BadRecord, Record, Response
from loaders.values import utc

NAME = "trial_rows"
VERSION = 1
IDENTITY = "content"

_COLUMNS = {
    "agent_name": ("submission", "agent", "agent_name", "system"),
    "model_id": ("model", "model_id", "model_name"),
    "task_id": ("task_id", "instance_id", "item_id", "task", "item"),
    "value": ("is_resolved", "resolved", "passed", "success", "reward", "score", "value"),
    "dataset": ("dataset", "dataset_name", "benchmark"),
    "revision": ("revision", "item_revision"),
    "run_name": ("run_id", "run_name"),
    "trial_name": ("trial_name", "trial"),
    "native_trial_id": ("trial_id", "id"),
    "failure_mode": ("failure_mode", "exception_type", "error_type"),
    "test_count": ("n_tests", "test_count"),
    "passed_test_count": ("n_tests_passed", "passed_test_count"),
    "cost_usd": ("cost_usd", "cost"),
    "input_tokens_with_cache": ("total_input_tokens", "input_tokens"),
    "output_tokens": ("total_output_tokens", "output_tokens"),
    "started_at": ("trial_started_at", "started_at"),
    "finished_at": ("trial_ended_at", "ended_at", "finished_at"),
}
"""Field to the names of its column, the first that a table has."""

_DATASET_ROWS = frozenset(("FAIL_TO_PASS", "patch", "test_patch", "model_patch"))
_SUFFIX = re.compile(r"[_-]?(?:trials|results|runs)$", re.IGNORECASE)


def matches(artifact: Artifact) -> bool:
    """CSV with an agent or a model, a task and an outcome a row, and no patch."""
    if not artifact.name.endswith(".csv"):
        return False
    header = csv_header(artifact.head)
    known = _positions(header).keys()
    return {"task_id", "value"} <= known and bool(known & {"agent_name", "model_id"}) and not _DATASET_ROWS & {*header}


def flatten(artifact: Artifact) -> Iterator[Record]:
    """A `Response` for each row, also where its outcome is unknown."""
    named = _SUFFIX.sub("", artifact.logical_path.stem) or None
    for row in csv_rows(artifact.data):
        if isinstance(row, BadRecord):
            yield row
            continue
        number, header, cells = row
        texts = {field: text for field, at in _positions(header).items() if (text := cells[at].strip())}
        place = f"line {number}"
        try:
            value = outcome(texts.get("value", ""))
        except NoOutcomeError as error:
            yield BadRecord(place=place, line_number=number, reason=str(error))
            continue
        if "task_id" not in texts or not texts.keys() & {"agent_name", "model_id"}:
            yield BadRecord(place=place, line_number=number, reason="a row without a task or an agent")
            continue
        yield _response(place, texts, value, named)


def _response(place: str, texts: dict[str, str], value: float | None, named: str | None) -> Response:
    started_at, finished_at = utc(texts.get("started_at")), utc(texts.get("finished_at"))
    return Response(
        place=place,
        run_name=texts.get("run_name"),
        agent_name=texts.get("agent_name"),
        model_id=texts.get("model_id"),
        dataset=texts.get("dataset", named),
        revision=texts.get("revision"),
        task_id=texts["task_id"],
        trial_name=texts.get("trial_name"),
        native_trial_id=texts.get("native_trial_id"),
        value=value,
        failure_mode=texts.get("failure_mode"),
        test_count=_count(texts.get("test_count")),
        passed_test_count=_count(texts.get("passed_test_count")),
        cost_usd=_number(texts.get("cost_usd")),
        input_tokens_with_cache=_count(texts.get("input_tokens_with_cache")),
        output_tokens=_count(texts.get("output_tokens")),
        wall_time_s=_elapsed_s(started_at, finished_at),
        occurred_at=started_at,
    )


def _positions(header: list[str]) -> dict[str, int]:
    places = {name: at for at, name in reversed(list(enumerate(header)))}
    found = {}
    for field, names in _COLUMNS.items():
        column = next((name for name in names if name in places), None)
        if column is not None:
            found[field] = places[column]
    return found


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "nan")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _count(text: str | None) -> int | None:
    """A whole number, which tables with gaps write as `7.0`."""
    value = _number(text)
    return int(value) if value is not None and value.is_integer() and abs(value) < 2**63 else None


def _elapsed_s(started_at: datetime | None, finished_at: datetime | None) -> float | None:
    if started_at is None or finished_at is None or finished_at < started_at:
        return None
    return (finished_at - started_at).total_seconds()
