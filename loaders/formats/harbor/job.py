"""Harbor's `config.json` and `result.json` of a job: one run, its treatment, its clocks, its counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeVar

import msgspec

from loaders.artifact import Artifact
from loaders.formats.harbor.fields import Agent, clock, last_folder, tool_caps
from loaders.salvage import Integer, read_document, read_element
from loaders.tables import BadRecord, EvalRun, Record

T = TypeVar("T")

NAME = "harbor_job"
VERSION = 1
IDENTITY = "place"

_NAMES_A_TRIAL = re.compile(rb'"trial_name"\s*:')
_JOB_KEY = re.compile(rb'"(job_name|jobs_dir|n_attempts|n_concurrent_trials)"\s*:')
_JOB_PART = re.compile(rb'"(agents|datasets|tasks|orchestrator)"\s*:\s*[\[{]')
_COUNTS_TRIALS = re.compile(rb'"n_total_trials"\s*:')


class Dataset(msgspec.Struct):
    name: str | None = None
    version: str | None = None
    path: str | None = None


class Orchestrator(msgspec.Struct):
    n_concurrent_trials: Integer | None = None


class JobConfig(msgspec.Struct):
    n_concurrent_trials: Integer | None = None
    orchestrator: Orchestrator | None = None
    n_attempts: Integer | None = None
    timeout_multiplier: float | None = None
    agents: list[msgspec.Raw] | None = None
    datasets: list[msgspec.Raw] | None = None
    tasks: list[msgspec.Raw] | None = None


class Counts(msgspec.Struct):
    n_trials: Integer | None = None
    n_retries: Integer | None = None


class JobResult(msgspec.Struct):
    started_at: str | None = None
    finished_at: str | None = None
    n_total_trials: Integer | None = None
    stats: Counts | None = None
    status: Counts | None = None


def matches(artifact: Artifact) -> bool:
    """True for the `config.json` of a job, never of a trial, and for a `result.json` that counts trials."""
    if artifact.name == "result.json":
        return _COUNTS_TRIALS.search(artifact.head) is not None
    if artifact.name != "config.json" or _NAMES_A_TRIAL.search(artifact.head):
        return False
    keys = set(_JOB_KEY.findall(artifact.head))
    return bool(keys) and len(keys | set(_JOB_PART.findall(artifact.head))) > 1


def flatten(artifact: Artifact) -> Iterator[Record]:
    """Yield one `EvalRun`, and a `BadRecord` an element that could not be read."""
    run, bad = _configured(artifact) if artifact.name == "config.json" else _finished(artifact)
    yield run
    yield from bad


def _configured(artifact: Artifact) -> tuple[EvalRun, list[BadRecord]]:
    config, bad = read_document(artifact.data, JobConfig)
    agent: Agent = _only(config.agents, Agent, "/agents", bad) or Agent()
    dataset: Dataset = _only(config.datasets, Dataset, "/datasets", bad) or Dataset()
    attempt1_tool_cap, retry_tool_cap = tool_caps(agent, "/agents/0", bad)
    concurrency = config.n_concurrent_trials
    if concurrency is None and config.orchestrator is not None:
        concurrency = config.orchestrator.n_concurrent_trials
    run = EvalRun(
        evidence="harbor_job_config",
        run_directory=str(artifact.directory),
        run_name=artifact.directory.name,
        agent_type=agent.name or agent.import_path,
        model_id=agent.model_name,
        dataset=None if config.tasks else _dataset(dataset),
        concurrency=concurrency,
        attempts_per_task=config.n_attempts,
        timeout_multiplier=config.timeout_multiplier,
        attempt1_tool_cap=attempt1_tool_cap,
        retry_tool_cap=retry_tool_cap,
    )
    return run, bad


def _finished(artifact: Artifact) -> tuple[EvalRun, list[BadRecord]]:
    result, bad = read_document(artifact.data, JobResult)
    stats, status = result.stats or Counts(), result.status or Counts()
    started = clock(result.started_at, "/started_at", bad)
    finished = clock(result.finished_at, "/finished_at", bad)
    run = EvalRun(
        evidence="harbor_job_result",
        run_directory=str(artifact.directory),
        run_name=artifact.directory.name,
        retry_count=status.n_retries if stats.n_retries is None else stats.n_retries,
        trial_count=stats.n_trials if result.n_total_trials is None else result.n_total_trials,
        started_at=started.at,
        finished_at=finished.at,
        started_local_at=started.local_at,
        finished_local_at=finished.local_at,
    )
    return run, bad


def _only(elements: list[msgspec.Raw] | None, kind: type[T], place: str, bad: list[BadRecord]) -> T | None:
    """The element of a list of one: what holds for every trial of the job."""
    return read_element(elements[0], kind, f"{place}/0", bad) if elements is not None and len(elements) == 1 else None


def _dataset(dataset: Dataset) -> str | None:
    if dataset.name is None:
        return last_folder(dataset.path)
    return f"{dataset.name}@{dataset.version}" if dataset.version else dataset.name
