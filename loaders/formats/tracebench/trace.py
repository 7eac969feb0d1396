"""Traces of TraceBench (`trace.json`): a list of actions, each with the state that was logged with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec

from loaders.artifact import Artifact
from loaders.formats.harbor.fields import finite_number
from loaders.formats.rows.instance_rows import object_keys
from loaders.formats.shared.telemetry import tool_arguments
from loaders.salvage import read_document, read_element
from loaders.tables import BadRecord, Entry, Record, Session, ToolCall
from loaders.values import canonical_json, utc

NAME = "tracebench"
VERSION = "1"
IDENTITY = "content"

_KEYS = frozenset((b"timestamp", b"action", b"state"))
_ANSWER = "final_answer"
_TEST_RUN = "run_tests"


class _Step(msgspec.Struct, gc=False):
    """What is read of an action. Nothing is typed, so that an odd field does not cost the action."""

    timestamp: Any = None
    action: Any = None
    state: Any = None


def matches(artifact: Artifact) -> bool:
    """A .json list whose first object has the three keys of a logged action."""
    head = artifact.head
    if artifact.logical_path.suffix != ".json" or head.lstrip()[:1] != b"[" or b'"action"' not in head:
        return False
    return object_keys(head, 2) >= _KEYS


def flatten(artifact: Artifact) -> Iterator[Record]:
    """The trace as a session: an entry for each action, with a call unless it is the answer."""
    elements, bad = read_document(artifact.data, list[msgspec.Raw])
    session_id = sha256(artifact.data).hexdigest()
    records: list[Record] = []
    moments: list[datetime] = []
    for index, element in enumerate(elements):
        place = f"/{index}"
        step = read_element(element, _Step, place, bad)
        if step is None:
            continue
        if not isinstance(step.action, str):
            bad.append(BadRecord(place=place, reason="an action without a name"))
            continue
        moment = _moment(step.timestamp)
        moments += [] if moment is None else [moment]
        # clocks of several traces may all begin at 0: what tells their actions apart is the trace
        records += _action(step.action, step.state, moment, index, f"{session_id}{place}")
    yield Session(
        native_session_id=session_id,
        telemetry="native_trajectory",
        started_at=min(moments, default=None),
        finished_at=max(moments, default=None),
        is_usage_reported=False,
        is_result_text_reported=True,
    )
    yield from records
    yield from bad


def _moment(timestamp: Any) -> datetime | None:
    seconds = finite_number(timestamp)
    return utc(seconds if seconds is not None else timestamp if isinstance(timestamp, str) else None)


def _action(name: str, state: Any, moment: datetime | None, index: int, entry_id: str) -> Iterator[Record]:
    place = f"/{index}"
    yield Entry(
        place=place,
        entry_index=index,
        entry_id=entry_id,
        entry_type=name,
        role="assistant",
        occurred_at=moment,
        text=_answer(state) if name == _ANSWER else None,
        is_llm_call=False,
    )
    if name == _ANSWER:
        return
    given = tool_arguments(name, state if isinstance(state, dict) else None)
    result = given.arguments if name == _TEST_RUN else None
    yield ToolCall(
        place=place,
        entry_index=index,
        call_index=0,
        tool_name=name,
        arguments=given.arguments,
        path_argument=given.path_argument,
        pattern_argument=given.pattern_argument,
        called_at=moment,
        # an action is logged once it is done; only the state of a test run says what came of it
        has_result=True,
        result_text=result,
        result_length=None if result is None else len(result),
    )


def _answer(state: Any) -> str | None:
    status = state.get("status") if isinstance(state, dict) else state
    if status is None and not state:
        return None
    return status if isinstance(status, str) else canonical_json(state)
