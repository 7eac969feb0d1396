"""SWE-agent's `.traj` files, 0.x and 1.x: a step is one LLM call, its action and the answer to it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from msgspec import UNSET, UnsetType

from loaders.artifact import Artifact
from loaders.formats.rows.instance_rows import is_blank, with_files
from loaders.formats.shared.telemetry import TextPart, is_inside_trial, parts_text, trajectory_run_directory
from loaders.formats.swe_agent.action import action_call, action_edits, is_refused
from loaders.salvage import Integer, read_document, read_element
from loaders.tables import Attempt, BadRecord, Entry, Record, Session

NAME = "swe_agent"
VERSION = 1
IDENTITY = "content"

_HEAD = re.compile(rb'(?<!\\)"trajectory"\s*:\s*\[\s*(?:\]|\{)')
_STEP = re.compile(rb'(?<!\\)"(?:action|observation)"\s*:|(?<!\\)"trajectory"\s*:\s*\[\s*\]')
_NO_FILE = "n/a"


class _ModelStats(msgspec.Struct, gc=False):
    instance_cost: float | None = None
    tokens_sent: Integer | None = None
    tokens_received: Integer | None = None
    api_calls: Integer | None = None


class _Info(msgspec.Struct, gc=False):
    exit_status: str | None = None
    submission: str | UnsetType | None = UNSET
    model_stats: _ModelStats | None = None
    swe_agent_version: str | None = None


class _Model(msgspec.Struct, gc=False):
    name: str | None = None


class _Agent(msgspec.Struct, gc=False):
    model: _Model | None = None


class _ReplayConfig(msgspec.Struct, gc=False):
    agent: _Agent | None = None


class _State(msgspec.Struct, gc=False):
    """The agent's editor and shell: before the action in 0.x (JSON text), after it in 1.x (an object)."""

    open_file: str | None = None
    working_dir: str | None = None


class _Step(msgspec.Struct, gc=False):
    action: str | None = None
    observation: str | list[TextPart] | None = None
    response: str | None = None
    thought: str | None = None
    state: msgspec.Raw = msgspec.Raw()
    execution_time: float | None = None


class _Trajectory(msgspec.Struct, gc=False):
    trajectory: list[msgspec.Raw] | None = None
    info: _Info | None = None
    replay_config: msgspec.Raw = msgspec.Raw()


def matches(artifact: Artifact) -> bool:
    """A `.traj` file with a list of steps; one that holds a demonstration's history alone is no trajectory."""
    if artifact.logical_path.suffix != ".traj":
        return False
    return _HEAD.search(artifact.head) is not None and _STEP.search(artifact.head) is not None


def flatten(artifact: Artifact) -> Iterator[Record]:
    """The `Session`, its `Attempt` with the files of the submission, and an entry, call and edit a step."""
    document, bad = read_document(artifact.data, _Trajectory)
    yield from bad
    info = document.info or _Info()
    stats = info.model_stats or _ModelStats()
    task_id = run_directory = None
    if not is_inside_trial(artifact):
        task_id = artifact.logical_path.stem
        run_directory = trajectory_run_directory(artifact.directory, task_id)
    found: list[BadRecord] = []
    model_id = _model(document.replay_config, found)
    yield from found
    submission = None if isinstance(info.submission, UnsetType) else info.submission
    # A file without any end is one that is still being written: its submission is not known.
    has_ended = info.exit_status is not None or not isinstance(info.submission, UnsetType)
    yield Session(
        telemetry="native_trajectory",
        run_directory=run_directory,
        task_id=task_id,
        agent_type="swe-agent",
        agent_version=info.swe_agent_version,
        model_id=model_id,
        exit_status=info.exit_status,
        submission=submission,
        total_cost_usd=stats.instance_cost,
        total_input_tokens=stats.tokens_sent,
        total_output_tokens=stats.tokens_received,
        llm_call_count=stats.api_calls,
        is_usage_reported=False,
        is_result_text_reported=True,
    )
    yield from with_files(
        Attempt(
            place="/info",
            evidence="trajectory",
            run_directory=run_directory,
            task_id=task_id,
            agent_type="swe-agent",
            model_id=model_id,
            is_patch_empty=is_blank(submission) if has_ended else None,
            patch=submission,
            cost_usd=stats.instance_cost,
            exit_status=info.exit_status,
        )
    )
    yield from _steps(document.trajectory or [])


def _steps(steps: list[msgspec.Raw]) -> Iterator[Record]:
    before: _State | None = None
    for entry_index, raw in enumerate(steps):
        place = f"/trajectory/{entry_index}"
        found: list[BadRecord] = []
        step: _Step | None = read_element(raw, _Step, place, found)
        yield from found
        if step is None:
            before = None
            continue
        found = []
        state, is_before_action = _state(step.state, f"{place}/state", found)
        yield from found
        yield from _step(step, place, entry_index, state if is_before_action else before)
        before = state


def _step(step: _Step, place: str, entry_index: int, before: _State | None) -> Iterator[Record]:
    action = step.action or ""
    is_forced_exit = _is_forced_exit(action, step)
    yield Entry(
        place=place,
        entry_index=entry_index,
        entry_type="exit" if is_forced_exit else "message",
        role=None if is_forced_exit else "assistant",
        text=step.thought or step.response,
        is_llm_call=not is_forced_exit,
    )
    made = None if is_forced_exit else action_call(action)
    if made is None:
        return
    call, given = made
    observation = step.observation if not isinstance(step.observation, list) else parts_text(step.observation)
    call.place, call.entry_index = place, entry_index
    call.has_result = step.observation is not None
    call.result_text = observation
    call.result_length = None if observation is None else len(observation)
    call.is_error = is_refused(call.tool_name, observation)
    call.duration_s = step.execution_time
    if before is not None:
        call.working_directory = before.working_dir
        call.open_path = None if before.open_file == _NO_FILE else before.open_file or None
    yield call
    if call.is_error is not True:
        yield from action_edits(call, given, action)


def _is_forced_exit(action: str, step: _Step) -> bool:
    """Whether the agent itself wrote the step to say why it stops: no LLM call stands behind it."""
    if not action.strip():
        return not (step.response or "").strip()
    return action.strip().startswith("exit_") and (step.thought or step.response or "").startswith("Exit")


def _state(raw: msgspec.Raw, place: str, bad: list[BadRecord]) -> tuple[_State | None, bool]:
    """The state of a step, and whether it is the one before the action (0.x, JSON text)."""
    is_text = bytes(raw)[:1] == b'"'
    if not raw or bytes(raw) == b"null":
        return None, is_text
    if not is_text:
        return read_element(raw, _State, place, bad), False
    text: str | None = read_element(raw, str, place, bad)
    if text is None or not text.strip():
        return None, True
    return read_element(text.encode(), _State, place, bad), True


def _model(raw: msgspec.Raw, bad: list[BadRecord]) -> str | None:
    """Model of the configuration for replays, an object or the same as JSON text."""
    data: bytes | msgspec.Raw = raw
    if bytes(raw)[:1] == b'"':
        text: str | None = read_element(raw, str, "/replay_config", bad)
        data = (text or "").encode()
    if not data:
        return None
    config: _ReplayConfig | None = read_element(data, _ReplayConfig | None, "/replay_config", bad)
    model = config.agent.model if config and config.agent else None
    return model.name if model else None
