"""Trajectories of hermes-agent in ShareGPT shape: dataset rows, saved samples, records of the batch runner."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.harbor.fields import whole_number
from loaders.formats.hermes.blocks import Result, decoded_json, results, split_answer
from loaders.formats.hermes.stream import AGENT_TYPE, HermesStream, content_id
from loaders.formats.rows.instance_rows import line_number, object_keys
from loaders.json_lines import decode_lines
from loaders.tables import BadRecord, Record, Session
from loaders.values import utc

NAME = "hermes_sharegpt"
VERSION = "1"
IDENTITY = "content"

_SNIFFED_LINES = 20
_DATASET = frozenset((b"category", b"subcategory", b"task"))
_SAVED = frozenset((b"timestamp", b"model", b"prompt_index", b"api_calls", b"tool_stats"))
_TEXT_MARKS = (b"You are a function calling AI model", b"<tool_call>", b'"<think>\\n')
_ROLES = {"system": "system", "human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant"}
_RESULTS = frozenset({"tool", "function"})
_BATCH_ROWS = 32


class _Row(msgspec.Struct, gc=False):
    """What is read of a record. Nothing is typed, so that an odd field does not cost the record."""

    id: Any = None
    conversations: Any = None
    timestamp: Any = None
    model: Any = None
    completed: Any = None
    partial: Any = None
    api_calls: Any = None
    metadata: Any = None


_ROW = msgspec.json.Decoder(_Row)
_COLUMNS = _Row.__struct_encode_fields__


def matches(artifact: Artifact) -> bool:
    """Records with `conversations` and the other keys of one of hermes-agent's three envelopes, or its markup."""
    suffix = artifact.logical_path.suffix
    if suffix == ".parquet":
        return artifact.head.startswith(b"PAR1") and _is_hermes(_parquet_columns(artifact))
    head = artifact.head
    if suffix != ".jsonl" or b'"conversations"' not in head:
        return False
    for line in islice((line for line in head.split(b"\n") if line.strip()), _SNIFFED_LINES):
        keys = object_keys(line)
        if _is_hermes(keys):
            return True
        # The other keys may stand behind a conversation that is longer than the head.
        if b"conversations" in keys and b'"from"' in line and any(mark in line for mark in _TEXT_MARKS):
            return True
    return False


def flatten(artifact: Artifact) -> Iterator[Record]:
    """The session of each record, in order; a bad record or turn costs itself alone."""
    data = artifact.data
    if not data.strip():
        raise UnreadableArtifactError("the file is empty")
    is_parquet = artifact.logical_path.suffix == ".parquet"
    session_index = 0
    for item in _parquet_rows(data) if is_parquet else _lines(data):
        if isinstance(item, BadRecord):
            yield item
            continue
        place, row = item
        turns = row.conversations
        if isinstance(turns, str):
            turns = decoded_json(turns)
        if not isinstance(turns, list):
            yield BadRecord(place=place, line_number=line_number(place), reason="a record without a conversation")
            continue
        stream = HermesStream(_session(row, turns, place, session_index))
        session_index += 1
        yield from _take_turns(stream, turns, place)
        yield from stream.records()


def _lines(data: bytes) -> Iterator[tuple[str, _Row] | BadRecord]:
    for item in decode_lines(data, _ROW):
        yield item if isinstance(item, BadRecord) else (f"line {item[0]}", item[1])


def _session(row: _Row, turns: list[Any], place: str, session_index: int) -> Session:
    metadata = row.metadata if isinstance(row.metadata, dict) else {}
    exit_status = None
    if row.partial is True:
        exit_status = "partial"
    elif isinstance(row.completed, bool):
        exit_status = "completed" if row.completed else "not completed"
    return Session(
        place=place,
        session_index=session_index,
        native_session_id=row.id if isinstance(row.id, str) and row.id else content_id(turns),
        telemetry="session_export",
        agent_type=AGENT_TYPE,
        model_id=_string(row.model) or _string(metadata.get("model")),
        finished_at=_instant(row.timestamp) or _instant(metadata.get("timestamp")),
        exit_status=exit_status,
        llm_call_count=whole_number(row.api_calls) if isinstance(row.api_calls, int) else None,
        is_usage_reported=False,
        is_result_text_reported=True,
    )


def _take_turns(stream: HermesStream, turns: list[Any], place: str) -> Iterator[BadRecord]:
    model_id = stream.session.model_id
    ahead: list[Result] | None = None
    for index, turn in enumerate(turns):
        role, value = _turn(turn)
        turn_place = f"{place}/conversations/{index}"
        if role is None or not isinstance(value, str):
            yield BadRecord(
                place=turn_place, line_number=line_number(place), reason="a turn without a role or without a text"
            )
        elif role in _RESULTS:
            entry = stream.add_entry("tool_result", "tool", turn_place)
            for result in ahead if ahead is not None else results(value):
                stream.set_result(entry, result.content, result.tool_call_id, result.tool_name)
        elif _ROLES.get(role) == "assistant":
            ahead = _results_at(turns, index + 1)
            answer = split_answer(value, len(ahead or ()))
            entry = stream.add_entry("message", "assistant", turn_place, answer.text)
            entry.model_id = model_id
            entry.thinking_text = answer.thinking_text
            entry.thinking_block_lengths = answer.thinking_block_lengths
            stream.mark_answer(entry, [(None, call) for call in answer.calls])
        else:
            known = _ROLES.get(role)
            entry = stream.add_entry("message" if known else role, known, turn_place, value)
            if known == "user":
                stream.mark_prompt(entry)
        if _ROLES.get(role or "") != "assistant":
            ahead = None


def _results_at(turns: list[Any], index: int) -> list[Result] | None:
    """The results in the turn that follows an answer; None where that is no turn of results."""
    role, value = _turn(turns[index]) if index < len(turns) else (None, None)
    return results(value) if role in _RESULTS and isinstance(value, str) else None


def _turn(turn: Any) -> tuple[str | None, Any]:
    if not isinstance(turn, dict):
        return None, None
    role = turn.get("from")
    return role if isinstance(role, str) and role else None, turn.get("value")


def _instant(value: Any) -> datetime | None:
    """A clock that says its zone; the writer's own is local and says none."""
    if not isinstance(value, str) or not (value.endswith("Z") or "+" in value[10:] or "-" in value[10:]):
        return None
    return utc(value)


def _is_hermes(keys: frozenset[bytes]) -> bool:
    if b"conversations" not in keys:
        return False
    is_saved = b"completed" in keys and bool(keys & _SAVED)
    return is_saved or (b"tools" in keys and bool(keys & _DATASET))


def _parquet_columns(artifact: Artifact) -> frozenset[bytes]:
    source = pa.BufferReader(artifact.data) if artifact.compression else artifact.path
    try:
        return frozenset(name.encode() for name in pq.read_schema(source).names)
    except (pa.ArrowException, OSError):
        return frozenset()


def _parquet_rows(data: bytes) -> Iterator[tuple[str, _Row] | BadRecord]:
    """Rows of a Parquet file, placed by their 0-based position (`/12`)."""
    position = 0
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        columns = [name for name in _COLUMNS if name in file.schema_arrow.names]
        for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=columns):
            for values in batch.to_pylist():
                yield f"/{position}", _Row(**values)
                position += 1
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        if position == 0:
            raise UnreadableArtifactError("not a readable Parquet file") from error
        yield BadRecord(place=f"/{position}", reason="the Parquet file cannot be read from this row on")


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
