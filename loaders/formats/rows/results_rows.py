"""Per-instance result rows of harness scripts: outcome, usage, cost, tool counts and patch in one row."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from loaders.artifact import Artifact
from loaders.formats.rows.instance_rows import (
    Flag,
    Int64,
    Row,
    elements,
    flag,
    is_blank,
    moment,
    object_keys,
    row_keys,
    rows,
    with_files,
)
from loaders.json_lines import decode_document
from loaders.tables import Attempt, BadRecord, Record

NAME = "results_rows"
VERSION = 1
IDENTITY = "place"

_RUNS = re.compile(rb'"runs"\s*:\s*\[\s*(?=\{)')
_DATASET = frozenset((b"FAIL_TO_PASS", b"test_patch"))


class _Row(msgspec.Struct, gc=False):
    instance_id: str
    model: str | None = None
    agent: str | None = None
    input_tokens: Int64 | None = None
    output_tokens: Int64 | None = None
    cache_read_tokens: Int64 | None = None
    cache_creation_tokens: Int64 | None = None
    cost_usd: float | None = None
    num_turns: Int64 | None = None
    duration_ms: float | None = None
    tool_calls: dict[str, Int64] | Int64 | None = None
    model_patch: str | msgspec.UnsetType | None = msgspec.UNSET
    resolved: Flag = None
    started_at: str | float | None = None
    finished_at: str | float | None = None


_CamelRow = msgspec.defstruct(
    "_CamelRow",
    [
        (field.name, field.type) if field.required else (field.name, field.type, field.default)
        for field in msgspec.structs.fields(_Row)
    ],
    rename="camel",
    gc=False,
)


class _Document(msgspec.Struct, gc=False):
    runs: msgspec.Raw


_DOCUMENT = msgspec.json.Decoder(_Document)


def matches(artifact: Artifact) -> bool:
    """JSON or JSON Lines whose first row, or first element of `runs`, has an instance id and says `resolved`."""
    if not artifact.name.endswith((".jsonl", ".json")):
        return False
    keys = _first_keys(artifact)
    return b"resolved" in keys and bool(keys & {b"instance_id", b"instanceId"}) and not keys & _DATASET


def flatten(artifact: Artifact) -> Iterator[Record]:
    """An `Attempt` for each row and an `AttemptFile` for each file of its patch."""
    row_type = _CamelRow if b"instanceId" in _first_keys(artifact) else _Row
    for row in _rows(artifact, row_type):
        if isinstance(row, BadRecord):
            yield row
        else:
            yield from with_files(_attempt(row.place, row.value))


def _rows(artifact: Artifact, row_type: type[msgspec.Struct]) -> Iterator[Row | BadRecord]:
    if _runs(artifact):
        yield from elements(decode_document(artifact.data, _DOCUMENT).runs, row_type, "/runs")
    else:
        yield from rows(artifact, row_type)


def _first_keys(artifact: Artifact) -> frozenset[bytes]:
    runs = _runs(artifact)
    return object_keys(artifact.head[runs.end() :]) if runs else row_keys(artifact)


def _runs(artifact: Artifact) -> re.Match[bytes] | None:
    if b"runs" not in object_keys(artifact.head):
        return None
    return _RUNS.search(artifact.head)


def _attempt(place: str, row: _Row) -> Attempt:
    calls = row.tool_calls
    counts = calls if isinstance(calls, dict) else None
    patch = None if row.model_patch is msgspec.UNSET else row.model_patch
    return Attempt(
        place=place,
        evidence="results_row",
        task_id=row.instance_id,
        agent_type=row.agent,
        model_id=row.model,
        is_resolved=flag(row.resolved),
        is_patch_empty=None if row.model_patch is msgspec.UNSET else is_blank(patch),
        patch=patch,
        turn_count=row.num_turns,
        tool_call_count=sum(calls.values()) if isinstance(calls, dict) else calls,
        tool_call_counts=counts,
        input_tokens=row.input_tokens,
        cache_read_tokens=row.cache_read_tokens,
        cache_write_tokens=row.cache_creation_tokens,
        output_tokens=row.output_tokens,
        cost_usd=row.cost_usd,
        wall_time_s=None if row.duration_ms is None else row.duration_ms / 1000,
        started_at=moment(row.started_at),
        finished_at=moment(row.finished_at),
    )
