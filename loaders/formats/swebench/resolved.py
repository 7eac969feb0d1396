"""Files that only say who resolved what: experiments results, final reports of 2024, leaderboard lists."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from loaders.artifact import Artifact
from loaders.formats.rows.instance_rows import Flag, Int64, flag, id_list, members, object_keys, pointer
from loaders.formats.swebench.layout import submission_directory
from loaders.json_lines import decode_document
from loaders.tables import Attempt, BadRecord, EvalRun, Record, Response

NAME = "swebench_resolved"
VERSION = 1
IDENTITY = "place"

_LISTS = ("resolvedIds", "resolved_ids", "resolved")
_LIST_OF_IDS = re.compile(rb'"(?:resolvedIds|resolved_ids|resolved)"\s*:\s*\[\s*["\]]')
_SYSTEMS = ("system", "name", "agent")
_WHO = frozenset(name.encode() for name in (*_SYSTEMS, "model"))
_SUMMARY = re.compile(rb'"(?:\w+_instances|generated|with_logs|applied)"\s*:\s*[\[\d]')
_CELL = re.compile(rb'\s*\{\s*"[^"]*"\s*:\s*\{\s*"[^"]*"\s*:\s*\{')


class _Cell(msgspec.Struct, gc=False):
    resolved: Flag = None
    cost: float | None = None
    api_calls: Int64 | None = None


_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TEXT = msgspec.json.Decoder(str)


def matches(artifact: Artifact) -> bool:
    """JSON of one of the four shapes; `resolved` lists beside a summary's other lists belong to the summary."""
    if not artifact.name.endswith(".json") or b'"resolved' not in artifact.head:
        return False
    if _CELL.match(artifact.head):
        keys = object_keys(artifact.head, 3)
        return b"resolved" in keys and bool(keys & {b"cost", b"api_calls"})
    if not _LIST_OF_IDS.search(artifact.head):
        return False
    keys = object_keys(artifact.head)
    if b"stats" in keys:
        return b"resolved" in keys
    if _SUMMARY.search(artifact.head):
        return False
    if keys & {b"no_logs", b"no_generation"}:
        return b"resolved" in keys
    return bool(keys & _WHO) and any(name.encode() in keys for name in _LISTS)


def flatten(artifact: Artifact) -> Iterator[Record]:
    """A `Response` for each id; for the results of one run also an `EvalRun` and an `Attempt` for each id."""
    if _CELL.match(artifact.head):
        yield from _cells(artifact.data)
        return
    document = decode_document(artifact.data, _MEMBERS)
    if document.keys() & {"no_logs", "no_generation", "stats"}:
        yield from _results(artifact, document)
        return
    agent_name = next((name for key in _SYSTEMS if (name := _text(document.get(key))) is not None), None)
    for key in _LISTS:
        for entry in id_list(document[key], pointer(key)) if key in document else ():
            if isinstance(entry, BadRecord):
                yield entry
            else:
                yield _response(*entry, agent_name=agent_name, model_id=_text(document.get("model")))


def _results(artifact: Artifact, document: dict[str, msgspec.Raw]) -> Iterator[Record]:
    path = artifact.logical_path
    run_directory = submission_directory(path, "results") if path.name == "results.json" else None
    yield EvalRun(evidence="resolved_list", run_directory=run_directory)
    for key in ("resolved", "no_generation", "no_logs"):
        for entry in id_list(document[key], pointer(key)) if key in document else ():
            if isinstance(entry, BadRecord):
                yield entry
                continue
            place, task_id = entry
            yield Attempt(
                place=place,
                evidence="resolved_list",
                run_directory=run_directory,
                task_id=task_id,
                is_resolved=True if key == "resolved" else None,
                is_patch_empty=True if key == "no_generation" else None,
                is_error=True if key == "no_logs" else None,
            )
            if key == "resolved":
                yield _response(place, task_id, run_directory=run_directory)


def _response(
    place: str,
    task_id: str,
    *,
    run_directory: str | None = None,
    agent_name: str | None = None,
    model_id: str | None = None,
) -> Response:
    return Response(
        place=place,
        run_directory=run_directory,
        agent_name=agent_name,
        model_id=model_id,
        task_id=task_id,
        value=1.0,
        is_list_of_resolved=True,
    )


def _cells(data: bytes) -> Iterator[Record]:
    for model in members(data, msgspec.Raw):
        if isinstance(model, BadRecord):
            yield model
            continue
        if not bytes(model.value).startswith(b"{"):
            yield BadRecord(place=model.place, reason="not an object of instances")
            continue
        for cell in members(model.value, _Cell, model.place):
            if isinstance(cell, BadRecord):
                yield cell
                continue
            value: _Cell = cell.value
            is_resolved = flag(value.resolved)
            yield Response(
                place=cell.place,
                model_id=model.key,
                task_id=cell.key or "",
                value=None if is_resolved is None else float(is_resolved),
                cost_usd=value.cost,
                llm_call_count=value.api_calls,
            )


def _text(raw: msgspec.Raw | None) -> str | None:
    if raw is None:
        return None
    try:
        return _TEXT.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
