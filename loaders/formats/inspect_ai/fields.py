"""What an Inspect log says of a run, a sample, a message and an event, as typed structures of optional fields."""

from __future__ import annotations

from typing import Any

import msgspec

from loaders.salvage import Integer


class Dataset(msgspec.Struct):
    name: str | None = None


class EvalConfig(msgspec.Struct):
    epochs: Integer | None = None
    max_samples: Integer | None = None
    time_limit: float | None = None


class Scorer(msgspec.Struct):
    name: str | None = None


class EvalSpec(msgspec.Struct):
    """`eval` of a log: which task was run, by which model, under which limits."""

    eval_id: str | None = None
    run_id: str | None = None
    created: str | None = None
    task: str | None = None
    task_id: str | None = None
    task_version: str | Integer | None = None
    solver: str | None = None
    model: str | None = None
    dataset: Dataset | None = None
    config: EvalConfig | None = None
    scorers: list[Scorer] | None = None


class PlanStep(msgspec.Struct):
    solver: str | None = None


class Plan(msgspec.Struct):
    steps: list[PlanStep] | None = None


class Results(msgspec.Struct):
    total_samples: Integer | None = None


class Stats(msgspec.Struct):
    started_at: str | None = None
    completed_at: str | None = None


class Log(msgspec.Struct):
    """A log without its samples: `header.json`, `_journal/start.json`, or the document of a `.json` log."""

    status: str | None = None
    eval: EvalSpec | None = None
    plan: Plan | None = None
    results: Results | None = None
    stats: Stats | None = None
    samples: list[msgspec.Raw] | None = None


class Usage(msgspec.Struct):
    input_tokens: Integer | None = None
    output_tokens: Integer | None = None
    total_tokens: Integer | None = None
    input_tokens_cache_read: Integer | None = None
    input_tokens_cache_write: Integer | None = None
    reasoning_tokens: Integer | None = None
    total_cost: float | None = None


class Part(msgspec.Struct):
    """One part of a message's content."""

    type: str | None = None
    text: str | None = None
    reasoning: str | None = None
    summary: str | None = None
    redacted: bool | None = None


Content = str | list[Part] | None


class ToolError(msgspec.Struct):
    type: str | None = None


class Call(msgspec.Struct):
    id: str | None = None
    function: str | None = None
    arguments: Any = None


class Message(msgspec.Struct):
    id: str | None = None
    role: str | None = None
    content: Content = None
    source: str | None = None
    model: str | None = None
    tool_calls: list[Call] | None = None
    tool_call_id: str | list[str] | None = None
    error: ToolError | None = None


class Choice(msgspec.Struct):
    message: Message | None = None
    stop_reason: str | None = None


class Output(msgspec.Struct):
    model: str | None = None
    choices: list[Choice] | None = None
    usage: Usage | None = None


class Event(msgspec.Struct):
    """One event of a sample's transcript; which fields mean something depends on `event`."""

    event: str | None = None
    timestamp: str | None = None
    completed: str | None = None
    working_time: float | None = None
    span_id: str | None = None
    id: str | None = None
    parent_id: str | None = None
    type: str | None = None
    action: str | None = None
    model: str | None = None
    output: Output | str | None = None
    truncated: list[Integer] | None = None
    tokens_before: Integer | None = None
    tokens_after: Integer | None = None
    events: list[msgspec.Raw] | None = None


class Score(msgspec.Struct):
    value: Any = None


class SampleError(msgspec.Struct):
    message: str | None = None


class SampleLimit(msgspec.Struct):
    type: str | None = None


class Sample(msgspec.Struct):
    """One item in one epoch: `samples/<id>_epoch_<n>.json`, an element of `samples` of a `.json` log."""

    id: str | Integer | None = None
    epoch: Integer | None = None
    uuid: str | None = None
    input: str | list[Message] | None = None
    messages: list[Message] | None = None
    events: list[Event] | None = None
    attachments: dict[str, str] | None = None
    scores: dict[str, Score] | None = None
    score: Score | None = None
    model_usage: dict[str, Usage] | None = None
    started_at: str | None = None
    completed_at: str | None = None
    error: SampleError | None = None
    limit: SampleLimit | None = None
    time_limit: float | None = None
