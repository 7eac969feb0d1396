"""The parts of a mini-swe-agent trajectory that are landed; everything else in it is skipped unparsed."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from loaders.formats.shared.telemetry import TextContent, Tokens, first_known, uncached_tokens
from loaders.salvage import Integer

C = TypeVar("C")
M = TypeVar("M")


class ModelStats(msgspec.Struct, gc=False):
    """What the whole trajectory cost."""

    instance_cost: float | None = None
    api_calls: Integer | None = None


class ModelConfig(msgspec.Struct, gc=False):
    """The model as configured."""

    model_name: str | None = None


class EnvironmentConfig(msgspec.Struct, gc=False):
    """Where commands run."""

    cwd: str | None = None


class Config(msgspec.Struct, gc=False):
    """`info.config`."""

    model: ModelConfig | None = None
    environment: EnvironmentConfig | None = None


class Info(msgspec.Struct, gc=False):
    """How the trajectory ended and with what it was made."""

    model_stats: ModelStats | None = None
    config: Config | None = None
    mini_version: str | None = None
    exit_status: str | None = None
    submission: str | UnsetType | None = UNSET


class Trajectory(msgspec.Struct, Generic[M], gc=False):
    """The document. A message is a `SoundMessage`, or raw where each has to be read by itself."""

    info: Info | None = None
    messages: list[M] | None = None
    trajectory_format: str | None = None
    instance_id: str | None = None


class TokenDetails(msgspec.Struct, gc=False):
    """The provider's split of prompt or completion tokens."""

    cached_tokens: Integer | None = None
    cache_creation_tokens: Integer | None = None
    reasoning_tokens: Integer | None = None


class Usage(msgspec.Struct, gc=False):
    """Usage as chat completions (`prompt_tokens`) or responses and messages (`input_tokens`) report it."""

    prompt_tokens: Integer | None = None
    completion_tokens: Integer | None = None
    cached_tokens: Integer | None = None
    prompt_tokens_details: TokenDetails | None = None
    completion_tokens_details: TokenDetails | None = None
    input_tokens: Integer | None = None
    output_tokens: Integer | None = None
    input_tokens_details: TokenDetails | None = None
    output_tokens_details: TokenDetails | None = None
    cache_read_input_tokens: Integer | None = None
    cache_creation_input_tokens: Integer | None = None


class Choice(msgspec.Struct, gc=False):
    """The one completion of a response; its message stands in the trajectory once more unless it was rejected."""

    finish_reason: str | None = None
    message: msgspec.Raw = msgspec.Raw()


class Response(msgspec.Struct, gc=False):
    """The provider's answer to one LLM call."""

    id: str | None = None
    created: float | None = None
    model: str | None = None
    usage: Usage | None = None
    choices: list[Choice] | None = None


class Action(msgspec.Struct, gc=False):
    """A command as parsed from the answer."""

    command: str | None = None
    tool_call_id: str | None = None


class Extra(msgspec.Struct, gc=False):
    """What the agent keeps of a message besides what the model sees."""

    actions: list[Action] | None = None
    cost: float | None = None
    timestamp: float | str | None = None
    response: Response | None = None
    returncode: Integer | None = None
    raw_output: msgspec.Raw = msgspec.Raw()
    interrupt_type: str | None = None


class Function(msgspec.Struct, gc=False):
    """Name and arguments (JSON text) of a call."""

    name: str | None = None
    arguments: msgspec.Raw = msgspec.Raw()


class FunctionCall(msgspec.Struct, gc=False):
    """A call in the form of chat completions."""

    id: str | None = None
    function: Function | None = None


class Message(msgspec.Struct, Generic[C], gc=False):
    """A message in the form of chat completions, or an item (`object`, `type`) of the Responses API.

    `content` is raw where it may be any JSON.
    """

    role: str | None = None
    content: C | UnsetType = UNSET
    reasoning_content: str | None = None
    tool_calls: list[FunctionCall] | None = None
    tool_call_id: str | None = None
    extra: Extra | None = None
    object: str | None = None
    type: str | None = None
    id: str | None = None
    created_at: float | None = None
    model: str | None = None
    status: str | None = None
    usage: Usage | None = None
    call_id: str | None = None
    output: msgspec.Raw = msgspec.Raw()


SoundMessage = Message[TextContent]
OddMessage = Message[msgspec.Raw]
AnyMessage = Message[Any]


class OutputText(msgspec.Struct, gc=False):
    """A part of an output message or of a reasoning summary."""

    text: str | None = None


class OutputItem(msgspec.Struct, gc=False):
    """An item of a Responses-API answer: message, reasoning or function_call."""

    type: str | None = None
    content: list[OutputText] | None = None
    summary: list[OutputText] | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: msgspec.Raw = msgspec.Raw()


def landed_tokens(usage: Usage | None) -> Tokens:
    """Usage with the cached tokens taken out of the input, where the provider counts them in."""
    if usage is None:
        return Tokens()
    prompt = usage.prompt_tokens_details or usage.input_tokens_details or TokenDetails()
    completion = usage.completion_tokens_details or usage.output_tokens_details or TokenDetails()
    read = first_known(prompt.cached_tokens, usage.cached_tokens, usage.cache_read_input_tokens)
    write = first_known(usage.cache_creation_input_tokens, prompt.cache_creation_tokens)
    is_anthropic = usage.prompt_tokens is None and usage.input_tokens_details is None
    total = first_known(usage.prompt_tokens, usage.input_tokens)
    basis = None if total is None else "excludes_cache" if is_anthropic else "cache_subtracted"
    return Tokens(
        total if is_anthropic else uncached_tokens(total, read, write),
        read,
        write,
        first_known(usage.completion_tokens, usage.output_tokens),
        completion.reasoning_tokens,
        basis,
    )
