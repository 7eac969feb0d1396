"""HAL's `<run>_UPLOAD.json`: the configuration of a run, and which tasks it solved and which it failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from loaders.artifact import Artifact
from loaders.formats.rows.instance_rows import id_list, moment, pointer
from loaders.json_lines import decode_document
from loaders.tables import BadRecord, Record, Response

NAME = "hal_upload"
VERSION = 1
IDENTITY = "content"

_MODELS = ("model_name", "model", "model.name", "agent.model.name")
_NONE = msgspec.Raw()
_OUTCOMES = (("successful_tasks", 1.0), ("failed_tasks", 0.0))


class _Configuration(msgspec.Struct, gc=False):
    agent_name: str | None = None
    benchmark_name: str | None = None
    run_id: str | None = None
    date: str | float | None = None
    agent_args: dict[str, Any] | None = None


class _Results(msgspec.Struct, gc=False):
    successful_tasks: msgspec.Raw = _NONE
    failed_tasks: msgspec.Raw = _NONE


class _Upload(msgspec.Struct, gc=False):
    config: _Configuration
    results: _Results
    wall_clock_times: dict[str, Any] | None = None


_UPLOAD = msgspec.json.Decoder(_Upload)


def matches(artifact: Artifact) -> bool:
    """By its name, and by what it says first."""
    return artifact.name.endswith("_UPLOAD.json") and b'"config"' in artifact.head


def flatten(artifact: Artifact) -> Iterator[Record]:
    """A `Response` for each task that is listed; a task in both lists has no outcome."""
    upload: _Upload = decode_document(artifact.data, _UPLOAD)
    listed: dict[str, tuple[str, float]] = {}
    disputed: set[str] = set()
    for name, value in _OUTCOMES:
        raw: msgspec.Raw = getattr(upload.results, name)
        for entry in id_list(raw, pointer("results", name)) if raw is not _NONE else ():
            if isinstance(entry, BadRecord):
                yield entry
                continue
            place, task_id = entry
            known = listed.setdefault(task_id, (place, value))
            if known[1] != value:
                disputed.add(task_id)
                yield BadRecord(place=place, reason="a task that is listed as solved and as failed")
    for task_id, (place, value) in listed.items():
        yield _response(upload, place, task_id, None if task_id in disputed else value)


def _response(upload: _Upload, place: str, task_id: str, value: float | None) -> Response:
    config = upload.config
    arguments = config.agent_args or {}
    models = (arguments.get(name) for name in _MODELS)
    return Response(
        place=place,
        run_name=config.run_id,
        agent_name=config.agent_name,
        model_id=next((name for name in models if isinstance(name, str)), None),
        dataset=config.benchmark_name,
        task_id=task_id,
        value=value,
        wall_time_s=_seconds((upload.wall_clock_times or {}).get(task_id)),
        occurred_at=moment(config.date),
    )


def _seconds(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
