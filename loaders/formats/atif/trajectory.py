"""ATIF, Harbor's trajectory interchange format (v1.0 to v1.8): one document, a list of steps."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, NamedTuple

import msgspec

from loaders.artifact import Artifact
from loaders.formats.atif.fields import (
    Agent,
    AgentExtra,
    Call,
    FinalExtra,
    FinalMetrics,
    Metrics,
    Result,
    ResultExtra,
    Step,
    SubagentReference,
    Trajectory,
    extra_tokens,
    pair_results,
)
from loaders.formats.shared.shell_observation import read_observation
from loaders.formats.shared.telemetry import (
    TextPart,
    file_edits,
    first_known,
    is_inside_trial,
    parts_text,
    split_thinking,
    tool_arguments,
    uncached_tokens,
)
from loaders.salvage import read_document, read_element, read_whole
from loaders.tables import BadRecord, Entry, Record, Session, SessionEvent, ToolCall
from loaders.values import utc

NAME = "atif"
VERSION = 1
IDENTITY = "content"

_NAME = re.compile(r"(?:^|\.)trajectory(?:\.[^/]+)?\.json$")
# Looks back only behind the key: a pattern that begins with a literal is searched many times faster.
_HEAD = re.compile(rb'"schema_version"(?<!\\"schema_version")\s*:\s*"ATIF-v1\.\d')
_SUBAGENT_FILE = re.compile(r"(?P<parent>.+)\.summarization-\d+-[a-z]+\.json")
_SUBAGENT_ID = re.compile(r"(?P<parent>.+)-summarization-\d+-[a-z]+")
_LOSSY_AGENT = "mini-swe-agent"
_ROLES = {"agent": "assistant", "user": "user", "system": "system"}
_NO_METRICS, _NO_RESULT_EXTRA = Metrics(), ResultExtra()


class _Stream(NamedTuple):
    """A trajectory that waits to be flattened, and where it stands."""

    trajectory: Trajectory[Any]
    place: str
    parent: Session | None


def matches(artifact: Artifact) -> bool:
    """A `trajectory` file (`trajectory.json`, `x.trajectory.json`, `x.trajectory.cont-1.json`) with an ATIF v1 head."""
    return _NAME.search(artifact.name) is not None and _HEAD.search(artifact.head) is not None


def flatten(artifact: Artifact) -> Iterator[Record]:
    """A `Session` for the trajectory and for each one embedded in it, with its entries, calls, edits and events."""
    trajectory, bad = _read(artifact.data)
    yield from bad
    waiting = deque([_Stream(trajectory, "", None)])
    for session_index in count():
        if not waiting:
            return
        stream = waiting.popleft()
        session = _session(artifact, stream, session_index)
        yield session
        entry_indexes = count()
        for number, step in enumerate(stream.trajectory.steps or ()):
            place = f"{stream.place}/steps/{number}"
            if not isinstance(step, Step):
                found: list[BadRecord] = []
                step = read_element(step, Step, place, found)
                yield from found
            if step is not None:
                yield from _step(step, place, session, entry_indexes)
        for number, raw in enumerate(stream.trajectory.subagent_trajectories or ()):
            place = f"{stream.place}/subagent_trajectories/{number}"
            found = []
            embedded = read_element(raw, Trajectory[msgspec.Raw], place, found)
            yield from found
            if embedded is not None:
                waiting.append(_Stream(embedded, place, session))


def _read(data: bytes) -> tuple[Trajectory[Any], list[BadRecord]]:
    """The trajectory in one pass where it is sound, else with raw steps, and what could not be read."""
    whole = read_whole(data, Trajectory[Step])
    if whole is not None:
        return whole, []
    return read_document(data, Trajectory[msgspec.Raw])


def _session(artifact: Artifact, stream: _Stream, session_index: int) -> Session:
    trajectory, parent = stream.trajectory, stream.parent
    agent = trajectory.agent or Agent()
    extra = agent.extra or AgentExtra()
    totals = trajectory.final_metrics or FinalMetrics()
    total_extra = totals.extra or FinalExtra()
    converted_from = extra.original_format or (_LOSSY_AGENT if agent.name == _LOSSY_AGENT else None)
    session = Session(
        place=stream.place,
        session_index=session_index,
        telemetry="atif",
        format_version=trajectory.schema_version,
        converted_from=converted_from,
        continues_path=trajectory.continued_trajectory_ref,
        agent_type=agent.name,
        agent_version=agent.version,
        model_id=agent.model_name,
        total_cost_usd=totals.total_cost_usd,
        total_input_tokens=uncached_tokens(
            totals.total_prompt_tokens, totals.total_cached_tokens, total_extra.total_cache_creation_input_tokens
        ),
        total_cache_read_tokens=totals.total_cached_tokens,
        total_cache_write_tokens=total_extra.total_cache_creation_input_tokens,
        total_output_tokens=totals.total_completion_tokens,
        total_reasoning_tokens=total_extra.total_reasoning_tokens,
        is_usage_reported=True,
        is_result_text_reported=True,
        is_reasoning_lost=True if converted_from and converted_from.startswith(_LOSSY_AGENT) else None,
    )
    if parent is not None:
        # An embedded trajectory may repeat the run's session_id: only trajectory_id tells siblings apart.
        session.native_session_id = trajectory.trajectory_id or trajectory.session_id
        session.is_subagent = True
        session.parent_session_index = parent.session_index
        session.parent_native_session_id = parent.native_session_id
        session.run_directory, session.task_id = parent.run_directory, parent.task_id
        return session
    session.native_session_id = trajectory.session_id or trajectory.trajectory_id
    by_name = _SUBAGENT_FILE.fullmatch(artifact.name)
    by_id = _SUBAGENT_ID.fullmatch(session.native_session_id or "")
    parent_id = by_id["parent"] if by_id else None
    if by_name or by_id:
        session.is_subagent = True
        session.parent_path = f"{by_name['parent']}.json" if by_name else None
        session.parent_native_session_id = extra.parent_session_id or parent_id
    if not is_inside_trial(artifact):
        stem = artifact.name.partition("trajectory")[0].rstrip(".")
        session.run_directory = str(artifact.directory)
        session.task_id = stem or parent_id or session.native_session_id
    return session


def _step(step: Step, place: str, session: Session, entry_indexes: Iterator[int]) -> Iterator[Record]:
    entry = _entry(step, place, session, next(entry_indexes))
    yield entry
    calls = step.tool_calls or ()
    results = (step.observation.results if step.observation else None) or ()
    joined = pair_results(calls, results)
    for call_index, call in enumerate(calls):
        result_index = joined[call_index]
        result = None if result_index is None else results[result_index]
        yield from _tool_call(step, call, result, call_index, entry)
    for number, result in enumerate(results):
        if result.subagent_trajectory_ref:
            yield from _subagent_events(result.subagent_trajectory_ref, _result_place(place, number), entry)
        if number not in joined and (text := _text(result.content)) is not None:
            yield Entry(
                place=_result_place(place, number),
                session_index=entry.session_index,
                entry_index=next(entry_indexes),
                entry_type="observation",
                role="tool",
                occurred_at=entry.occurred_at,
                is_copied_context=entry.is_copied_context,
                text=text,
                thinking_block_lengths=[],
                is_llm_call=False,
            )


def _entry(step: Step, place: str, session: Session, entry_index: int) -> Entry:
    is_agent = step.source == "agent"
    metrics = step.metrics or _NO_METRICS
    cache_write, reasoning = extra_tokens(metrics.extra) if metrics.extra is not None else (None, None)
    text, thinking = _text(step.message), step.reasoning_content
    lengths = [len(thinking)] if thinking else []
    if is_agent and not thinking and text is not None and text.lstrip().startswith("<think"):
        text, thinking, lengths = split_thinking(text)
    return Entry(
        place=place,
        session_index=session.session_index,
        entry_index=entry_index,
        entry_id=None if step.step_id is None else str(step.step_id),
        is_copied_context=step.is_copied_context,
        entry_type="message",
        role=_ROLES.get(step.source or ""),
        occurred_at=utc(step.timestamp),
        model_id=step.model_name,
        text=text,
        thinking_text=thinking or None,
        thinking_block_lengths=None if is_agent and not lengths and session.is_reasoning_lost else lengths,
        is_llm_call=is_agent and step.llm_call_count != 0,
        input_tokens=uncached_tokens(metrics.prompt_tokens, metrics.cached_tokens, cache_write),
        cache_read_tokens=metrics.cached_tokens,
        cache_write_tokens=cache_write,
        output_tokens=metrics.completion_tokens,
        reasoning_tokens=reasoning,
        usage_basis=None if metrics.prompt_tokens is None else "cache_subtracted",
        cost_usd=metrics.cost_usd,
    )


def _tool_call(step: Step, call: Call, result: Result | None, call_index: int, entry: Entry) -> Iterator[Record]:
    place = f"{entry.place}/tool_calls/{call_index}"
    if call.function_name is None:
        yield BadRecord(place=place, reason="a tool call without a name")
        return
    given = tool_arguments(call.function_name, call.arguments)
    record = ToolCall(
        place=place,
        session_index=entry.session_index,
        entry_index=entry.entry_index,
        call_index=call_index,
        tool_call_id=call.tool_call_id,
        tool_name=call.function_name,
        sub_command=given.sub_command,
        arguments=given.arguments,
        command=given.command,
        path_argument=given.path_argument,
        pattern_argument=given.pattern_argument,
        working_directory=given.working_directory,
        called_at=entry.occurred_at,
        has_result=result is not None,
    )
    if result is not None:
        extra = result.extra or _NO_RESULT_EXTRA
        text = _text(result.content)
        if text is not None and (shell := read_observation(text)) is not None:
            text, record.exit_code = shell.text, shell.exit_code
            record.is_result_truncated = shell.is_truncated
        record.result_text = text
        record.result_length = None if text is None else len(text)
        record.duration_s = None if extra.duration_ms is None else extra.duration_ms / 1000
        record.is_error = first_known(extra.tool_result_is_error, extra.is_error)
        if record.is_error is None and step.extra is not None and len(step.tool_calls or ()) == 1:
            record.is_error = step.extra.tool_result_is_error
    yield record
    if record.is_error is not True and given.path_argument is not None:
        yield from file_edits(
            record.tool_name,
            given,
            session_index=record.session_index,
            entry_index=record.entry_index,
            call_index=call_index,
            place=place,
        )


def _subagent_events(references: Sequence[SubagentReference], place: str, entry: Entry) -> Iterator[SessionEvent]:
    if any(
        ".summarization-" in (ref.trajectory_path or "") or "-summarization-" in (ref.session_id or "")
        for ref in references
    ):
        yield _event("compaction", place, entry)
    for number, reference in enumerate(references):
        event = _event("subagent", f"{place}/subagent_trajectory_ref/{number}", entry)
        event.to_value = reference.trajectory_id or reference.session_id
        event.detail = reference.trajectory_path
        yield event


def _event(event_type: str, place: str, entry: Entry) -> SessionEvent:
    return SessionEvent(
        place=place,
        session_index=entry.session_index,
        entry_index=entry.entry_index,
        event_type=event_type,
        occurred_at=entry.occurred_at,
    )


def _result_place(place: str, number: int) -> str:
    return f"{place}/observation/results/{number}"


def _text(content: str | list[TextPart] | None) -> str | None:
    return content if content is None or isinstance(content, str) else parts_text(content)
