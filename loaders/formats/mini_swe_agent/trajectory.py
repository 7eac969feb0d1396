"""Native trajectories of mini-swe-agent: 2.x with tool calls or the Responses API, 1.x with fenced commands."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from itertools import count
from typing import Any, cast

import msgspec

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.mini_swe_agent.answer import Answer, read_chat, read_items
from loaders.formats.mini_swe_agent.fields import (
    AnyMessage,
    Choice,
    Config,
    EnvironmentConfig,
    Extra,
    Info,
    Message,
    ModelConfig,
    ModelStats,
    OddMessage,
    Response,
    SoundMessage,
    Trajectory,
    landed_tokens,
)
from loaders.formats.rows.instance_rows import is_blank, with_files
from loaders.formats.shared.shell_observation import read_observation
from loaders.formats.shared.telemetry import (
    content_text,
    is_inside_trial,
    tool_arguments,
    trajectory_run_directory,
)
from loaders.salvage import read_document, read_element, read_whole, repaired
from loaders.tables import Attempt, BadRecord, Entry, Record, Session, ToolCall
from loaders.values import utc

NAME = "mini_swe_agent"
VERSION = 1
IDENTITY = "content"

_NAME = re.compile(r"\.traj\.json$|^mini-swe-agent[.-]trajectory\.json$")
_HEAD = re.compile(
    rb'^\s*\{\s*"(?:info|messages|trajectory_format|instance_id)"|^\s*\[\s*\{\s*"(?:role|content|object)"'
    rb'|(?<!\\)"trajectory_format"\s*:\s*"mini-swe-agent'
)
_NO_EXTRA, _NO_RESPONSE = Extra(), Response()
_DIFF = re.compile(r"^(?:diff --git |--- \S)", re.MULTILINE)


def matches(artifact: Artifact) -> bool:
    """`<name>.traj.json` or `mini-swe-agent.trajectory.json` that begins like a trajectory or a list of messages."""
    return _NAME.search(artifact.name) is not None and _HEAD.search(artifact.head) is not None


def flatten(artifact: Artifact) -> Iterator[Record]:
    """The `Session`, its `Attempt` with the files of the patch, and an entry a message with the calls it made."""
    trajectory, base, bad = _read(artifact.data)
    yield from bad
    info = trajectory.info or Info()
    stats = info.model_stats or ModelStats()
    config = info.config or Config()
    is_in_trial = is_inside_trial(artifact)
    task_id = run_directory = None
    if not is_in_trial:
        stem = artifact.name.removesuffix(".traj.json")
        task_id = trajectory.instance_id or (stem if stem != artifact.name else None)
        run_directory = trajectory_run_directory(artifact.directory, task_id)
    submission = None if info.submission is msgspec.UNSET else info.submission
    yield Session(
        telemetry="native_trajectory",
        format_version=trajectory.trajectory_format,
        run_directory=run_directory,
        task_id=task_id,
        agent_type="mini-swe-agent",
        agent_version=info.mini_version,
        model_id=(config.model or ModelConfig()).model_name,
        working_directory=(config.environment or EnvironmentConfig()).cwd or None,
        exit_status=info.exit_status,
        submission=submission,
        total_cost_usd=stats.instance_cost,
        llm_call_count=stats.api_calls,
        is_usage_reported=True,
        is_result_text_reported=True,
    )
    patch = submission if submission is not None and _DIFF.search(submission) else None
    # Below `agent/` a blank submission says nothing: the work is judged in the container, whatever was submitted.
    is_known_empty = not is_in_trial and info.exit_status == "Submitted" and info.submission is not msgspec.UNSET
    yield from with_files(
        Attempt(
            place="/info",
            evidence="trajectory",
            run_directory=run_directory,
            task_id=task_id,
            agent_type="mini-swe-agent",
            model_id=(config.model or ModelConfig()).model_name,
            is_patch_empty=False if patch is not None else True if is_known_empty and is_blank(submission) else None,
            patch=patch,
            cost_usd=stats.instance_cost,
            exit_status=info.exit_status,
        )
    )
    yield from _messages(trajectory.messages or [], base)


def _read(data: bytes) -> tuple[Trajectory[Any], str, list[BadRecord]]:
    """The trajectory, the place of its messages and what could not be read; a bare list of messages is one.

    The messages of a sound trajectory come decoded, in one pass, others raw.
    """
    if not data.lstrip().startswith(b"["):
        sound = read_whole(data, Trajectory[SoundMessage])
        if sound is not None:
            return sound, "/messages", []
        trajectory, bad = read_document(data, Trajectory[msgspec.Raw])
        return trajectory, "/messages", bad
    bad = []
    messages = read_element(repaired(data), list[msgspec.Raw], "", bad)
    if messages is None:
        raise UnreadableArtifactError(bad[0].reason)
    return Trajectory(messages=messages), "", bad


def _messages(messages: list[Any], base: str) -> Iterator[Record]:
    entry_indexes = count()
    waiting: list[ToolCall] = []
    for number, message in enumerate(messages):
        place = f"{base}/{number}"
        found: list[BadRecord] = []
        if not isinstance(message, Message):
            message = read_element(message, OddMessage, place, found)
        yield from found
        if message is None:
            continue
        extra = message.extra or _NO_EXTRA
        if message.role == "assistant" or message.object == "response":
            yield from waiting
            waiting = yield from _answer(message, extra, place, entry_indexes)
            continue
        if extra.response is not None and message.role != "exit":
            yield from waiting
            waiting = []
            yield from _rejected_answer(extra.response, extra, f"{place}/extra/response", next(entry_indexes))
        found = []
        text = _text(message, extra, place, found)
        yield from found
        yield _other(message, extra, text, place, next(entry_indexes), waiting)
    yield from waiting


def _answer(
    message: AnyMessage, extra: Extra, place: str, entry_indexes: Iterator[int]
) -> Generator[Record, None, list[ToolCall]]:
    """Yield the entry of an LLM call; return its tool calls, which wait for their results."""
    if message.object == "response":
        response = Response(message.id, message.created_at, message.model, message.usage)
        found: list[BadRecord] = []
        answer = read_items(message, place, found)
        yield from found
    else:
        response = extra.response or _NO_RESPONSE
        answer = read_chat(message, extra, place)
    entry = _llm_entry(extra, response, answer, place, next(entry_indexes))
    entry.stop_reason = entry.stop_reason or message.status
    yield entry
    calls = []
    for call_index, request in enumerate(answer.requests):
        if request.name is None:
            yield BadRecord(place=request.place, reason="a tool call without a name")
            continue
        given = tool_arguments(request.name, request.arguments)
        calls.append(
            ToolCall(
                place=request.place,
                entry_index=entry.entry_index,
                call_index=call_index,
                tool_call_id=request.call_id,
                tool_name=request.name,
                sub_command=given.sub_command,
                arguments=given.arguments,
                command=given.command,
                path_argument=given.path_argument,
                pattern_argument=given.pattern_argument,
                working_directory=given.working_directory,
                called_at=entry.occurred_at,
            )
        )
    return calls


def _rejected_answer(response: Response, extra: Extra, place: str, entry_index: int) -> Iterator[Record]:
    """The LLM call whose answer could not be parsed: it stands only in the message that complains of it."""
    bad: list[BadRecord] = []
    choice = (response.choices or [Choice()])[0]
    message: AnyMessage | None = read_element(choice.message, OddMessage, f"{place}/choices/0/message", bad)
    yield from bad
    answer = read_chat(message or Message(), Extra(response=response), place)
    yield _llm_entry(Extra(cost=extra.cost), response, answer._replace(requests=[]), place, entry_index)


def _llm_entry(extra: Extra, response: Response, answer: Answer, place: str, entry_index: int) -> Entry:
    tokens = landed_tokens(response.usage)
    return Entry(
        place=place,
        entry_index=entry_index,
        entry_type="message",
        role="assistant",
        occurred_at=utc(extra.timestamp),
        message_at=utc(response.created),
        message_id=response.id,
        model_id=response.model,
        text=answer.text,
        thinking_text=answer.thinking_text,
        thinking_block_lengths=answer.thinking_block_lengths,
        is_llm_call=True,
        input_tokens=tokens.input_tokens,
        cache_read_tokens=tokens.cache_read_tokens,
        cache_write_tokens=tokens.cache_write_tokens,
        output_tokens=tokens.output_tokens,
        reasoning_tokens=tokens.reasoning_tokens,
        usage_basis=tokens.usage_basis,
        cost_usd=extra.cost,
        stop_reason=response.choices[0].finish_reason if response.choices else None,
    )


def _text(message: AnyMessage, extra: Extra, place: str, bad: list[BadRecord]) -> str | None:
    """Text of a message that is no answer; an observation may have it in what the agent keeps alone."""
    text = content_text(message.output if message.content is msgspec.UNSET else message.content)
    if text is None and extra.raw_output:
        return cast(str | None, read_element(extra.raw_output, str | None, f"{place}/extra/raw_output", bad))
    return text


def _other(
    message: AnyMessage, extra: Extra, text: str | None, place: str, entry_index: int, waiting: list[ToolCall]
) -> Entry:
    """The entry of a message that is no answer; an observation goes to the call that waits for it."""
    is_observation = message.role == "tool" or message.type == "function_call_output"
    is_interrupt = extra.interrupt_type is not None or extra.response is not None
    open_calls = [call for call in waiting if not call.has_result]
    if is_observation:
        call_id = message.tool_call_id or message.call_id
        open_calls = [call for call in open_calls if call.tool_call_id == call_id] if call_id else open_calls
    elif message.role == "user" and not is_interrupt:
        open_calls = [call for call in open_calls if call.tool_call_id is None]
        is_observation = bool(open_calls)
    entry_type = "exit" if message.role == "exit" else "interrupt" if is_interrupt else "message"
    entry = Entry(
        place=place,
        entry_index=entry_index,
        entry_type="observation" if is_observation else entry_type,
        role="tool" if is_observation else message.role if message.role in ("user", "system") else None,
        occurred_at=utc(extra.timestamp),
        text=text,
        thinking_block_lengths=[],
        is_llm_call=False,
    )
    if is_observation and open_calls:
        _join(open_calls[0], text, extra)
        entry.text = None
    return entry


def _join(call: ToolCall, text: str | None, extra: Extra) -> None:
    shell = None if text is None else read_observation(text)
    call.has_result = True
    call.result_at = utc(extra.timestamp)
    call.result_text = text if shell is None else shell.text
    call.result_length = None if call.result_text is None else len(call.result_text)
    call.is_result_truncated = None if shell is None else shell.is_truncated
    call.exit_code = extra.returncode if shell is None else shell.exit_code
