"""Harbor's `result.json` of a trial: what was run, how it was judged, what it cost; an attempt for each step it has."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from loaders.artifact import Artifact
from loaders.formats.harbor.fields import (
    Agent,
    AgentResult,
    Clock,
    ExceptionInfo,
    Phase,
    TrialConfig,
    VerifierResult,
    clock,
    localization_modes,
    named,
    read_rewards,
    treatment,
)
from loaders.salvage import quote_constants, read_document, read_element
from loaders.tables import Attempt, BadRecord, Record, Trial

NAME = "harbor_trial"
VERSION = 1
IDENTITY = "place"

_NAMES_A_TRIAL = re.compile(rb'"(?:trial_name|task_name)"\s*:')
_TELLS_ITS_OUTCOME = re.compile(
    rb'"(?:verifier_result|agent_result|agent_info|exception_info|task_checksum|trial_uri|step_results)"\s*:'
)
_COUNTS_TRIALS = re.compile(rb'"n_total_trials"\s*:')


class ModelInfo(msgspec.Struct):
    name: str | None = None
    provider: str | None = None


class AgentInfo(msgspec.Struct):
    name: str | None = None
    version: str | None = None
    model_info: ModelInfo | None = None


class StepResult(msgspec.Struct):
    step_name: str | None = None
    agent_result: AgentResult | None = None
    verifier_result: VerifierResult | None = None
    exception_info: ExceptionInfo | None = None
    agent_execution: Phase | None = None


class TrialResult(msgspec.Struct):
    id: str | None = None
    task_name: str | None = None
    trial_name: str | None = None
    source: str | dict[str, object] | None = None
    task_checksum: str | None = None
    config: TrialConfig | None = None
    agent_info: AgentInfo | None = None
    agent_result: AgentResult | None = None
    verifier_result: VerifierResult | None = None
    exception_info: ExceptionInfo | None = None
    started_at: str | None = None
    finished_at: str | None = None
    agent_execution: Phase | None = None
    verifier: Phase | None = None
    step_results: list[msgspec.Raw] | None = None


def matches(artifact: Artifact) -> bool:
    """True for a `result.json` that names a trial and tells its outcome, and is not that of a whole job."""
    return (
        artifact.name == "result.json"
        and _NAMES_A_TRIAL.search(artifact.head) is not None
        and _TELLS_ITS_OUTCOME.search(artifact.head) is not None
        and _COUNTS_TRIALS.search(artifact.head) is None
    )


def flatten(artifact: Artifact) -> Iterator[Record]:
    """Yield one `Trial`, one `Attempt` a step, a `BadRecord` an element that could not be read."""
    data = quote_constants(artifact.data)
    result, bad = read_document(data, TrialResult)
    yield _trial(artifact, result, data, bad)
    for index, raw in enumerate(result.step_results or []):
        place = f"/step_results/{index}"
        step = read_element(raw, StepResult | None, place, bad)
        if step is not None:
            yield _attempt(index, step, raw, place, bad)
    yield from bad


def _trial(artifact: Artifact, result: TrialResult, data: bytes, bad: list[BadRecord]) -> Trial:
    config = result.config or TrialConfig()
    agent = config.agent or Agent()
    agent_info = result.agent_info or AgentInfo()
    agent_result = result.agent_result or AgentResult()
    exception = result.exception_info or ExceptionInfo()
    is_verifier_result_lost = any(record.place == "/verifier_result" for record in bad)
    verifier_result = result.verifier_result or VerifierResult()
    reward, rewards = read_rewards(verifier_result.rewards, "/verifier_result/rewards", bad)
    started = clock(result.started_at, "/started_at", bad)
    finished = clock(result.finished_at, "/finished_at", bad)
    agent_started, agent_finished = _phase(result.agent_execution, "/agent_execution", bad)
    verifier_started, verifier_finished = _phase(result.verifier, "/verifier", bad)
    return Trial(
        evidence="harbor_result",
        trial_directory=str(artifact.directory),
        run_directory=str(artifact.directory.parent),
        native_trial_id=result.id,
        trial_name=result.trial_name,
        task_name=result.task_name,
        task_checksum=result.task_checksum,
        source=named(result.source),
        agent_type=agent_info.name or agent.name or agent.import_path,
        agent_version=agent_info.version,
        model_id=agent.model_name or _model(agent_info.model_info),
        started_at=started.moment,
        finished_at=finished.moment,
        agent_started_at=agent_started.moment,
        agent_finished_at=agent_finished.moment,
        verifier_started_at=verifier_started.moment,
        verifier_finished_at=verifier_finished.moment,
        is_clock_local=_is_local(started, finished, agent_started, agent_finished),
        has_verifier_result=None if is_verifier_result_lost else result.verifier_result is not None,
        reward=reward,
        rewards=rewards,
        exception_type=exception.exception_type,
        exception_at=clock(exception.occurred_at, "/exception_info/occurred_at", bad).at,
        input_tokens_with_cache=agent_result.n_input_tokens,
        cache_read_tokens=agent_result.n_cache_tokens,
        output_tokens=agent_result.n_output_tokens,
        cost_usd=agent_result.cost_usd,
        step_count=None if result.step_results is None else len(result.step_results),
        **treatment(config, "/config", bad),
        **localization_modes(data, "", bad),
    )


def _attempt(index: int, step: StepResult, raw: msgspec.Raw, place: str, bad: list[BadRecord]) -> Attempt:
    agent_result = step.agent_result or AgentResult()
    with_cache, cached = agent_result.n_input_tokens, agent_result.n_cache_tokens
    verifier_result = step.verifier_result or VerifierResult()
    reward, _ = read_rewards(verifier_result.rewards, f"{place}/verifier_result/rewards", bad)
    started, finished = _phase(step.agent_execution, f"{place}/agent_execution", bad)
    return Attempt(
        place=place,
        evidence="harbor_step",
        attempt_index=index,
        step_name=step.step_name,
        reward=reward,
        input_tokens=None if with_cache is None or cached is None else with_cache - cached,
        input_tokens_with_cache=with_cache,
        cache_read_tokens=cached,
        output_tokens=agent_result.n_output_tokens,
        cost_usd=agent_result.cost_usd,
        wall_time_s=_seconds(started, finished),
        started_at=started.at,
        finished_at=finished.at,
        exception_type=step.exception_info.exception_type if step.exception_info else None,
        **localization_modes(raw, place, bad),
    )


def _phase(phase: Phase | None, place: str, bad: list[BadRecord]) -> tuple[Clock, Clock]:
    if phase is None:
        return Clock(), Clock()
    return clock(phase.started_at, f"{place}/started_at", bad), clock(phase.finished_at, f"{place}/finished_at", bad)


def _seconds(started: Clock, finished: Clock) -> float | None:
    if started.moment is None or finished.moment is None or started.is_local != finished.is_local:
        return None
    return (finished.moment - started.moment).total_seconds()


def _is_local(*clocks: Clock) -> bool | None:
    read = [moment for moment in clocks if moment.moment is not None]
    return any(moment.is_local for moment in read) if read else None


def _model(model: ModelInfo | None) -> str | None:
    if model is None or model.name is None:
        return None
    return f"{model.provider}/{model.name}" if model.provider else model.name
