"""The parts of an ATIF document that are landed; everything else in it is skipped unparsed."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

from loaders.formats.shared.telemetry import TextPart, first_known
from loaders.salvage import Integer

S = TypeVar("S")


class AgentExtra(msgspec.Struct, gc=False):
    """What a converter or a sub-agent says of its origin."""

    original_format: str | None = None
    parent_session_id: str | None = None


class Agent(msgspec.Struct, gc=False):
    """Who acted."""

    name: str | None = None
    version: str | None = None
    model_name: str | None = None
    extra: AgentExtra | None = None


class StepExtra(msgspec.Struct, gc=False):
    """Claude Code converter, older layout: the error flag of the only call of the step."""

    tool_result_is_error: bool | None = None


class Call(msgspec.Struct, gc=False):
    """A tool call."""

    tool_call_id: str | None = None
    function_name: str | None = None
    arguments: msgspec.Raw = msgspec.Raw()


class SubagentReference(msgspec.Struct, gc=False):
    """Where the trajectory of a sub-agent is: embedded (`trajectory_id`) or in a file."""

    trajectory_id: str | None = None
    session_id: str | None = None
    trajectory_path: str | None = None


class ResultExtra(msgspec.Struct, gc=False):
    """What converters add to a result."""

    tool_result_is_error: bool | None = None
    is_error: bool | None = None
    duration_ms: float | None = None


class Result(msgspec.Struct, gc=False):
    """What a call, or an action that is no call, returned."""

    source_call_id: str | None = None
    content: str | list[TextPart] | None = None
    subagent_trajectory_ref: list[SubagentReference] | None = None
    extra: ResultExtra | None = None


class Observation(msgspec.Struct, gc=False):
    """What the environment answered to a step."""

    results: list[Result] | None = None


class CompletionDetails(msgspec.Struct, gc=False):
    """The provider's split of the completion tokens."""

    reasoning_tokens: Integer | None = None


class MetricsExtra(msgspec.Struct, gc=False):
    """Reasoning and cache-write tokens under the names that converters use."""

    completion_tokens_details: CompletionDetails | None = None
    reasoning_tokens: Integer | None = None
    reasoning_output_tokens: Integer | None = None
    cache_creation_input_tokens: Integer | None = None
    cache_creation_tokens: Integer | None = None
    input_cache_creation: Integer | None = None


class Metrics(msgspec.Struct, gc=False):
    """Usage of one LLM call; `prompt_tokens` counts cached tokens and cache writes in."""

    prompt_tokens: Integer | None = None
    completion_tokens: Integer | None = None
    cached_tokens: Integer | None = None
    cost_usd: float | None = None
    extra: MetricsExtra | None = None


class Step(msgspec.Struct, gc=False):
    """One message, with the calls it made and what came back."""

    step_id: Integer | None = None
    timestamp: str | float | None = None
    source: str | None = None
    message: str | list[TextPart] | None = None
    model_name: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[Call] | None = None
    metrics: Metrics | None = None
    llm_call_count: Integer | None = None
    observation: Observation | None = None
    is_copied_context: bool | None = None
    extra: StepExtra | None = None


class FinalExtra(msgspec.Struct, gc=False):
    """Totals that have no field of their own."""

    total_reasoning_tokens: Integer | None = None
    total_cache_creation_input_tokens: Integer | None = None


class FinalMetrics(msgspec.Struct, gc=False):
    """Usage of the whole trajectory."""

    total_prompt_tokens: Integer | None = None
    total_completion_tokens: Integer | None = None
    total_cached_tokens: Integer | None = None
    total_cost_usd: float | None = None
    extra: FinalExtra | None = None


class Trajectory(msgspec.Struct, Generic[S], gc=False):
    """The document. A step is a `Step`, or raw where each has to be read by itself, as embedded trajectories are."""

    schema_version: str | None = None
    session_id: str | None = None
    trajectory_id: str | None = None
    agent: Agent | None = None
    steps: list[S] | None = None
    final_metrics: FinalMetrics | None = None
    continued_trajectory_ref: str | None = None
    subagent_trajectories: list[msgspec.Raw] | None = None


def extra_tokens(extra: MetricsExtra) -> tuple[int | None, int | None]:
    """Cache writes and reasoning tokens."""
    details = extra.completion_tokens_details
    return (
        first_known(extra.cache_creation_input_tokens, extra.cache_creation_tokens, extra.input_cache_creation),
        first_known(
            None if details is None else details.reasoning_tokens,
            extra.reasoning_tokens,
            extra.reasoning_output_tokens,
        ),
    )


def pair_results(calls: Sequence[Call], results: Sequence[Result]) -> list[int | None]:
    """Index of each call's result: by `source_call_id` where it has one, else in the order of those that have none."""
    if not calls:
        return []
    if len(calls) == len(results) == 1 and results[0].source_call_id in (None, calls[0].tool_call_id):
        return [0]
    identified: dict[str, deque[int]] = {}
    anonymous: deque[int] = deque()
    for index, result in enumerate(results):
        if result.source_call_id is None:
            anonymous.append(index)
        else:
            identified.setdefault(result.source_call_id, deque()).append(index)
    joined: list[int | None] = []
    for call in calls:
        named = identified.get(call.tool_call_id) if call.tool_call_id is not None else None
        source = named or anonymous
        joined.append(source.popleft() if source else None)
    return joined
