"""The parts of an OpenTraces record that are landed; everything else in it is skipped unparsed."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

from loaders.salvage import Integer

S = TypeVar("S")


class Usage(msgspec.Struct, gc=False):
    """Tokens of a step; what is not known is 0."""

    input_tokens: Integer | None = None
    output_tokens: Integer | None = None
    cache_read_tokens: Integer | None = None
    cache_write_tokens: Integer | None = None


class Call(msgspec.Struct, gc=False):
    """A tool call."""

    tool_call_id: str | None = None
    tool_name: str | None = None
    input: msgspec.Raw = msgspec.Raw()
    duration_ms: float | None = None


class Observation(msgspec.Struct, gc=False):
    """The result of a call."""

    source_call_id: str | None = None
    content: str | None = None
    output_summary: str | None = None
    error: str | None = None


class Step(msgspec.Struct, gc=False):
    """A message of the user, or a part of an LLM call with the calls that it makes and their results."""

    step_index: Integer | None = None
    role: str | None = None
    content: str | None = None
    reasoning_content: str | None = None
    model: str | None = None
    parent_step: Integer | None = None
    call_type: str | None = None
    subagent_trajectory_ref: str | None = None
    tool_calls: list[Call] | None = None
    observations: list[Observation] | None = None
    token_usage: Usage | None = None
    timestamp: str | None = None


class Task(msgspec.Struct, gc=False):
    """What was to be done, and where."""

    repository: str | None = None
    repository_url: str | None = None
    base_commit: str | None = None


class Agent(msgspec.Struct, gc=False):
    """Who acted."""

    name: str | None = None
    version: str | None = None
    model: str | None = None


class Vcs(msgspec.Struct, gc=False):
    """State of the working tree."""

    base_commit: str | None = None
    branch: str | None = None


class Environment(msgspec.Struct, gc=False):
    """Where it ran."""

    vcs: Vcs | None = None


class Outcome(msgspec.Struct, gc=False):
    """How it ended, as far as the exporter knows."""

    success: bool | None = None
    signal_source: str | None = None
    signal_confidence: str | None = None
    committed: bool | None = None
    commit_sha: str | None = None
    terminal_state: str | None = None
    reward: float | None = None
    reward_source: str | None = None


class Metrics(msgspec.Struct, gc=False):
    """Sums over the steps, or the agent's own totals; what is not known is 0."""

    total_input_tokens: Integer | None = None
    total_output_tokens: Integer | None = None
    total_cache_read_tokens: Integer | None = None
    total_cache_creation_tokens: Integer | None = None
    estimated_cost_usd: float | None = None


class Range(msgspec.Struct, gc=False):
    """Lines that a step wrote, in the file as it left it."""

    start_line: Integer | None = None
    end_line: Integer | None = None
    confidence: str | None = None
    change_type: str | None = None


class Conversation(msgspec.Struct, gc=False):
    """The ranges of one step, which `url` ends in the number of."""

    url: str | None = None
    ranges: list[Range] | None = None


class AttributedFile(msgspec.Struct, gc=False):
    """A file and who wrote which lines of it."""

    path: str | None = None
    conversations: list[Conversation] | None = None


class Attribution(msgspec.Struct, gc=False):
    """Who wrote which lines."""

    experimental: bool | None = None
    files: list[AttributedFile] | None = None


class Anchor(msgspec.Struct, gc=False):
    """Where a patch was found in the history of the repository."""

    found: bool | None = None
    commit_sha: str | None = None
    path: str | None = None
    evidence_tier: str | None = None


class Patch(msgspec.Struct, gc=False):
    """A change of one file by one tool call (0.7 and later); without lines."""

    file_path: str | None = None
    step_index: Integer | None = None
    tool_call_id: str | None = None
    anchor: Anchor | None = None


class GitLink(msgspec.Struct, gc=False):
    """A commit that the session contributed to."""

    revision: str | None = None
    repo_url: str | None = None
    branch: str | None = None
    tier: str | None = None
    commit_reachable: bool | None = None
    content_alive: bool | None = None


class Metadata(msgspec.Struct, gc=False):
    """What importers add, in shapes of their own."""

    source: Any = None
    cwd: Any = None
    pi: Any = None
    codex_cli: Any = None
    compaction_events: Any = None


class TraceRecord(msgspec.Struct, Generic[S], gc=False):
    """One session; `steps` is a list of `Step`, or of raw JSON where some step is not sound."""

    schema_version: str | None = None
    trace_id: str | None = None
    session_id: str | None = None
    timestamp_start: str | None = None
    timestamp_end: str | None = None
    task: Task | None = None
    agent: Agent | None = None
    environment: Environment | None = None
    steps: list[S] | None = None
    outcome: Outcome | None = None
    metrics: Metrics | None = None
    attribution: Attribution | None = None
    generation_index: Integer | None = None
    patches: list[Patch] | None = None
    git_links: list[GitLink] | None = None
    metadata: Metadata | None = None
