"""A line of `output.jsonl` and the events in it, as typed structures of optional fields."""

from __future__ import annotations

from typing import Any

import msgspec

from loaders.formats.shared.telemetry import TextContent
from loaders.salvage import Integer


class Model(msgspec.Struct):
    """`llm_config` (older) or `llm` (newer) of the metadata."""

    model: str | None = None


class Metadata(msgspec.Struct):
    """How the run was started; every line repeats it."""

    agent_class: str | None = None
    llm_config: Model | None = None
    llm: Model | None = None
    dataset: str | None = None
    max_iterations: Integer | None = None
    start_time: str | None = None


class Details(msgspec.Struct):
    cached_tokens: Integer | None = None
    reasoning_tokens: Integer | None = None


class Usage(msgspec.Struct):
    """Tokens of a model call; `prompt_tokens` counts cached ones in."""

    prompt_tokens: Integer | None = None
    completion_tokens: Integer | None = None
    cache_read_tokens: Integer | None = None
    cache_write_tokens: Integer | None = None
    reasoning_tokens: Integer | None = None
    response_id: str | None = None
    prompt_tokens_details: Details | None = None
    completion_tokens_details: Details | None = None
    cache_creation_input_tokens: Integer | None = None


class Metrics(msgspec.Struct):
    accumulated_cost: float | None = None
    accumulated_token_usage: Usage | None = None
    token_usages: list[Usage] | None = None


class Report(msgspec.Struct):
    """How the instance was graded."""

    empty_generation: bool | None = None
    resolved: bool | None = None
    failed_apply_patch: bool | None = None
    error_eval: bool | None = None
    test_timeout: bool | None = None


class TestResult(msgspec.Struct):
    git_patch: str | msgspec.UnsetType | None = msgspec.UNSET
    report: Report | None = None


class Spent(msgspec.Struct):
    """`cost` of the newest lines, which hold no events."""

    input_tokens: Integer | None = None
    output_tokens: Integer | None = None
    total_cost: float | None = None


class Output(msgspec.Struct):
    """One line."""

    instance_id: str | None = None
    attempt: Integer | None = None
    test_result: TestResult | None = None
    git_patch: str | msgspec.UnsetType | None = msgspec.UNSET
    report: Report | None = None
    resolved: bool | None = None
    status: str | None = None
    instruction: TextContent = None
    metadata: Metadata | None = None
    history: list[msgspec.Raw] | None = None
    metrics: Metrics | None = None
    cost: Spent | None = None
    error: str | None = None


class Function(msgspec.Struct):
    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class RequestedCall(msgspec.Struct):
    id: str | None = None
    function: Function | None = None


class Answer(msgspec.Struct):
    content: TextContent = None
    reasoning_content: str | None = None
    tool_calls: list[RequestedCall] | None = None


class Choice(msgspec.Struct):
    message: Answer | None = None
    finish_reason: str | None = None


class Response(msgspec.Struct):
    id: str | None = None
    model: str | None = None
    choices: list[Choice] | None = None
    usage: Usage | None = None


class CallMetadata(msgspec.Struct):
    function_name: str | None = None
    tool_call_id: str | None = None
    model_response: Response | None = None


class Event(msgspec.Struct):
    """An event of OpenHands 0.x: an action or an observation, told apart by which of the two is there."""

    id: Integer | str | None = None
    timestamp: str | None = None
    source: str | None = None
    cause: Integer | str | None = None
    action: str | None = None
    observation: str | None = None
    args: dict[str, Any] | None = None
    content: TextContent = None
    extras: dict[str, Any] | None = None
    tool_call_metadata: CallMetadata | None = None


class SdkMessage(msgspec.Struct):
    content: TextContent = None
    reasoning_content: str | None = None


class SdkCall(msgspec.Struct):
    arguments: str | dict[str, Any] | None = None


class SdkEvent(msgspec.Struct):
    """An event of the OpenHands SDK (1.x), told apart by `kind`."""

    kind: str
    id: str | None = None
    timestamp: str | None = None
    source: str | None = None
    llm_message: SdkMessage | None = None
    thought: TextContent = None
    reasoning_content: str | None = None
    action: dict[str, Any] | None = None
    tool_name: str | None = None
    tool_call_id: str | None = None
    tool_call: SdkCall | None = None
    llm_response_id: str | None = None
    observation: dict[str, Any] | None = None
    action_id: str | None = None
    error: str | None = None
    system_prompt: SdkMessage | str | None = None
