"""The sessions of an OpenTraces record: the main one, and one for every sub-agent whose steps stand among its own."""

from __future__ import annotations

from typing import Any, NamedTuple

from loaders.formats.opentraces.fields import Agent, Metadata, Metrics, Step, Task, TraceRecord, Vcs
from loaders.formats.opentraces.syntax import Dialect
from loaders.formats.shared.telemetry import first_known, uncached_tokens
from loaders.tables import Session
from loaders.values import utc

_MAIN = ""


class Stream(NamedTuple):
    """A session with its steps, each with its place."""

    session: Session
    steps: list[tuple[str, Step]]


class _Subagent(NamedTuple):
    reference: str
    owner: str
    """Key of the stream that called it."""


def sessions(
    record: TraceRecord[Any], steps: list[tuple[str, Step]], place: str, first_index: int, record_hash: str
) -> list[Stream]:
    """The main session, then sub-agents in the order of their first steps; session indexes from `first_index` on."""
    grouped: dict[str, list[tuple[str, Step]]] = {_MAIN: []}
    subagents: dict[int, _Subagent] = {}
    key, block_count = _MAIN, 0
    for item in steps:
        step = item[1]
        previous, key = key, _MAIN
        if step.parent_step is not None:
            key = f"step_{step.parent_step}"
        elif step.call_type == "subagent":
            block_count += not previous.startswith("block_")
            key = f"block_{block_count}"
        grouped.setdefault(key, []).append(item)
        if step.subagent_trajectory_ref and step.step_index is not None:
            subagents.setdefault(step.step_index, _Subagent(step.subagent_trajectory_ref, key))
    main = _main_session(record, place, first_index, record_hash)
    main.started_at = main.started_at or _earliest(steps)
    streams = {_MAIN: Stream(main, grouped.pop(_MAIN))}
    for key, own in grouped.items():
        streams[key] = Stream(_subagent_session(main, first_index + len(streams), own), own)
    taken: set[str] = set()
    for key, stream in streams.items():
        if key != _MAIN:
            _name(key, stream, streams, subagents, taken)
    return list(streams.values())


def _name(
    key: str, stream: Stream, streams: dict[str, Stream], subagents: dict[int, _Subagent], taken: set[str]
) -> None:
    """Id and parent of a sub-agent's session: of the step that called it, where the record names that."""
    main, session = streams[_MAIN].session, stream.session
    parent_step = stream.steps[0][1].parent_step
    called = subagents.get(parent_step) if parent_step is not None else None
    reference = called.reference if called is not None and called.reference not in taken else f"agent-{key}"
    taken.add(reference)
    owner = streams[called.owner].session if called is not None and called.owner != key else main
    session.native_session_id = f"{main.native_session_id}/{reference}"
    session.parent_session_index = owner.session_index
    session.parent_native_session_id = owner.native_session_id


def _main_session(record: TraceRecord[Any], place: str, session_index: int, record_hash: str) -> Session:
    agent, task = record.agent or Agent(), record.task or Task()
    vcs = (record.environment.vcs if record.environment else None) or Vcs()
    metadata = record.metadata or Metadata()
    totals = _totals(record.metrics, agent)
    return Session(
        place=place,
        session_index=session_index,
        native_session_id=record.session_id or record.trace_id or record_hash,
        telemetry="session_export",
        format_version=record.schema_version,
        converted_from=metadata.source if isinstance(metadata.source, str) else None,
        generation=record.generation_index,
        origin=_text_in(metadata.codex_cli, "source"),
        repository_url=task.repository_url or task.repository,
        git_branch=vcs.branch,
        git_commit=task.base_commit or vcs.base_commit,
        agent_type=agent.name,
        agent_version=agent.version,
        model_id=agent.model,
        working_directory=first_known(
            metadata.cwd if isinstance(metadata.cwd, str) else None,
            _text_in(metadata.pi, "cwd"),
            _text_in(metadata.codex_cli, "cwd"),
        ),
        started_at=utc(record.timestamp_start),
        finished_at=utc(record.timestamp_end),
        exit_status=record.outcome.terminal_state if record.outcome else None,
        total_cost_usd=totals.estimated_cost_usd,
        total_input_tokens=totals.total_input_tokens,
        total_cache_read_tokens=totals.total_cache_read_tokens,
        total_cache_write_tokens=totals.total_cache_creation_tokens,
        total_output_tokens=totals.total_output_tokens,
        is_result_text_reported=True,
    )


def _subagent_session(main: Session, session_index: int, steps: list[tuple[str, Step]]) -> Session:
    return Session(
        place=steps[0][0],
        session_index=session_index,
        telemetry=main.telemetry,
        format_version=main.format_version,
        converted_from=main.converted_from,
        is_subagent=True,
        generation=main.generation,
        repository_url=main.repository_url,
        git_branch=main.git_branch,
        git_commit=main.git_commit,
        agent_type=main.agent_type,
        agent_version=main.agent_version,
        model_id=next((step.model for _, step in steps if step.model), main.model_id),
        working_directory=main.working_directory,
        started_at=_earliest(steps),
        is_result_text_reported=True,
    )


def _totals(metrics: Metrics | None, agent: Agent) -> Metrics:
    """The totals, without those of a record that knows none, and without the cache in the input."""
    if metrics is None:
        return Metrics()
    counts = (
        metrics.total_input_tokens,
        metrics.total_output_tokens,
        metrics.total_cache_read_tokens,
        metrics.total_cache_creation_tokens,
    )
    if not any(counts):
        return Metrics(estimated_cost_usd=metrics.estimated_cost_usd or None)
    if not Dialect(agent).counts_cache:
        return metrics
    return Metrics(
        total_input_tokens=uncached_tokens(metrics.total_input_tokens, metrics.total_cache_read_tokens),
        total_output_tokens=metrics.total_output_tokens,
        total_cache_read_tokens=metrics.total_cache_read_tokens,
        total_cache_creation_tokens=metrics.total_cache_creation_tokens,
        estimated_cost_usd=metrics.estimated_cost_usd,
    )


def _earliest(steps: list[tuple[str, Step]]) -> Any:
    times = [time for _, step in steps if (time := utc(step.timestamp)) is not None]
    return min(times, default=None)


def _text_in(value: Any, key: str) -> str | None:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else None
