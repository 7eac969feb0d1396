"""What Harbor's files have in common: the trial configuration, clocks, rewards, treatment knobs, localisation modes."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypedDict

import msgspec

from loaders.salvage import Integer, read_element
from loaders.tables import BadRecord
from loaders.values import utc

_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_MODE_NAMES = ("attempt1Mode", "trialRecoveryMode", "finalFailureMode")
_MODE_SPELLINGS = tuple(
    spelling.encode()
    for name in _MODE_NAMES
    for spelling in (name, re.sub(r"(?<!^)([A-Z])", lambda letter: "_" + letter[0].lower(), name))
)


class Agent(msgspec.Struct):
    """`agent` of a trial's configuration, an element of `agents` of a job's."""

    name: str | None = None
    import_path: str | None = None
    model_name: str | None = None
    override_timeout_sec: float | None = None
    max_timeout_sec: float | None = None
    kwargs: dict[str, Any] | None = None
    env: dict[str, Any] | None = None


class Environment(msgspec.Struct):
    """`environment` of a trial's configuration."""

    type: str | None = None
    import_path: str | None = None


class TaskSource(msgspec.Struct):
    """`task` of a trial's configuration: a directory or a package name."""

    path: str | None = None
    name: str | None = None
    source: str | dict[str, Any] | None = None


class TrialConfig(msgspec.Struct):
    """`config.json` of a trial; `config` of its `result.json`."""

    trial_name: str | None = None
    task: TaskSource | None = None
    timeout_multiplier: float | None = None
    agent_timeout_multiplier: float | None = None
    agent: Agent | None = None
    environment: Environment | None = None


class AgentResult(msgspec.Struct):
    """What the agent of a trial or step reported of itself. `n_input_tokens` counts cached tokens in."""

    n_input_tokens: Integer | None = None
    n_cache_tokens: Integer | None = None
    n_output_tokens: Integer | None = None
    cost_usd: float | None = None


class VerifierResult(msgspec.Struct):
    """What the verifier of a trial or step wrote."""

    rewards: dict[str, msgspec.Raw] | None = None


class ExceptionInfo(msgspec.Struct):
    """The exception that ended a trial or step."""

    exception_type: str | None = None
    occurred_at: str | None = None


class Phase(msgspec.Struct):
    """Clocks of one phase of a trial."""

    started_at: str | None = None
    finished_at: str | None = None


class Treatment(TypedDict):
    """Columns of `Trial` that a trial's configuration decides."""

    agent_timeout_override_s: float | None
    agent_timeout_max_s: float | None
    timeout_multiplier: float | None
    agent_timeout_multiplier: float | None
    attempt1_tool_cap: int | None
    retry_tool_cap: int | None
    environment_type: str | None


class Modes(TypedDict):
    """Localisation modes, columns of `Trial` and `Attempt`."""

    attempt1_mode: str | None
    trial_recovery_mode: str | None
    final_failure_mode: str | None


class Clock(NamedTuple):
    """A timestamp without its zone: naive UTC where its text carries a zone, else the naive local time it gives."""

    moment: datetime | None = None
    is_local: bool = False

    @property
    def at(self) -> datetime | None:
        """Naive UTC; None for a local clock."""
        return None if self.is_local else self.moment

    @property
    def local_at(self) -> datetime | None:
        """Naive local time; None for a clock with a zone."""
        return self.moment if self.is_local else None


def treatment(config: TrialConfig, place: str, bad: list[BadRecord]) -> Treatment:
    """Time limits, tool caps and environment of a configuration that stands at `place`."""
    agent = config.agent or Agent()
    environment = config.environment or Environment()
    attempt1_tool_cap, retry_tool_cap = tool_caps(agent, f"{place}/agent", bad)
    return Treatment(
        agent_timeout_override_s=agent.override_timeout_sec,
        agent_timeout_max_s=agent.max_timeout_sec,
        timeout_multiplier=config.timeout_multiplier,
        agent_timeout_multiplier=config.agent_timeout_multiplier,
        attempt1_tool_cap=attempt1_tool_cap,
        retry_tool_cap=retry_tool_cap,
        environment_type=environment.type or environment.import_path,
    )


def tool_caps(agent: Agent, place: str, bad: list[BadRecord]) -> tuple[int | None, int | None]:
    """(attempt1ToolCap, retryToolCap) of an agent's `kwargs`, else of its `env`, in any spelling."""
    return _tool_cap(agent, "attempt1ToolCap", place, bad), _tool_cap(agent, "retryToolCap", place, bad)


def _tool_cap(agent: Agent, name: str, place: str, bad: list[BadRecord]) -> int | None:
    for section, values in (("kwargs", agent.kwargs), ("env", agent.env)):
        key = spelling(values or {}, name)
        value = values[key] if values and key is not None else None
        if value is None:
            continue
        count = whole_number(value)
        if count is not None:
            return count
        bad.append(BadRecord(place=f"{place}/{section}/{key}", reason="not a whole number"))
    return None


def localization_modes(data: bytes | msgspec.Raw, place: str, bad: list[BadRecord]) -> Modes:
    """attempt1Mode, trialRecoveryMode, finalFailureMode of a trial's or step's result; what it says itself wins.

    They are looked for in the result itself, its `agent_result`, `agent_result.metadata` and `verifier_result`, and in
    every `localization*` object of those.
    """
    found: dict[str, str] = {}
    if any(name in bytes(data) for name in _MODE_SPELLINGS):
        _find_modes(data, place, found, bad, levels=3)
    first, recovery, final = (found.get(name) for name in _MODE_NAMES)
    return Modes(attempt1_mode=first, trial_recovery_mode=recovery, final_failure_mode=final)


def _find_modes(
    data: bytes | msgspec.Raw, place: str, found: dict[str, str], bad: list[BadRecord], levels: int
) -> None:
    members = read_element(data, dict[str, msgspec.Raw], place, []) or {}
    for name in _MODE_NAMES:
        key = spelling(members, name)
        if key is not None and name not in found:
            mode = read_element(members[key], str | None, f"{place}/{key}", bad)
            if mode is not None:
                found[name] = mode
    for key, member in members.items() if levels else ():
        if key in ("agent_result", "metadata", "verifier_result") or key.lower().startswith("localization"):
            _find_modes(member, f"{place}/{key}", found, bad, levels - 1)


def read_rewards(
    written: Mapping[str, msgspec.Raw] | None, place: str, bad: list[BadRecord]
) -> tuple[float | None, dict[str, float] | None]:
    """(the reward, every reward that is a number by name) of the rewards that a verifier wrote.

    The reward is the one named `reward`, else the only one. True and false are numbers, as they are to Harbor.
    """
    if written is None:
        return None, None
    numbers = {}
    for name, raw in written.items():
        number = read_element(raw, float | bool | None, f"{place}/{name}", bad)
        if number is not None:
            numbers[name] = float(number)
    primary = next(iter(written)) if len(written) == 1 else "reward"
    return numbers.get(primary), numbers


def clock(text: str | None, place: str, bad: list[BadRecord]) -> Clock:
    """Read an ISO 8601 timestamp; one that is none goes to `bad`."""
    if text is None:
        return Clock()
    moment = utc(text)
    if moment is None:
        bad.append(BadRecord(place=place, reason="not a timestamp"))
        return Clock()
    return Clock(moment, is_local=datetime.fromisoformat(text).tzinfo is None)


def whole_number(value: object) -> int | None:
    """The value as an integer if it is one, or a string of digits; else None."""
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else None


def finite_number(value: object) -> float | None:
    """The value as a float if it is a finite number, or a string of one; else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def spelling(members: Mapping[str, object], name: str) -> str | None:
    """The key of `members` that is `name` but for case, `_` and `-`."""
    wanted = plain(name)
    return next((key for key in members if plain(key) == wanted), None)


def plain(name: str) -> str:
    """A key in lower case without `_` and `-`: one form for every way of spelling it."""
    return name.replace("_", "").replace("-", "").lower()


def named(value: str | Mapping[str, Any] | None) -> str | None:
    """A data set written as its name or as an object: the name, or `name@version` where both are there."""
    if value is None or isinstance(value, str):
        return value
    name, version = value.get("name"), value.get("version")
    if not isinstance(name, str):
        return None
    return f"{name}@{version}" if isinstance(version, str) else name


def last_folder(path: str | None) -> str | None:
    """The last name of a POSIX or Windows path."""
    return re.split(r"[/\\]", path.rstrip("/\\"))[-1] or None if path else None
