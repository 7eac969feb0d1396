"""Inspect's log of one task and one model: an `.eval` file (a zip of JSON documents) or one JSON document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

import msgspec

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.inspect_ai import container
from loaders.formats.inspect_ai.fields import EvalConfig, EvalSpec, Log, Plan, Results, Sample, Stats
from loaders.formats.inspect_ai.sample import Run, sample_records
from loaders.salvage import quote_constants, read_document, read_element
from loaders.tables import BadRecord, EvalRun, Record
from loaders.values import utc

NAME = "inspect_log"
VERSION = 1
IDENTITY = "content"

_HEADERS = ("header.json", "_journal/start.json")
_SAMPLES = "samples/"
_EVAL = re.compile(rb'"eval"\s*:\s*\{')
_TELLS_A_RUN = re.compile(rb'"(?:eval_id|run_id|task_id)"\s*:')
_TASK = re.compile(rb'"task"\s*:\s*"')


class _Document(NamedTuple):
    """One JSON document of a log, with the place that its own pointers begin at."""

    place: str
    data: bytes | msgspec.Raw


def matches(artifact: Artifact) -> bool:
    """A zip named `.eval` that begins with a member of a log; JSON with an `eval` that names a task and a run."""
    head = artifact.head
    if artifact.name.endswith(".eval"):
        return container.is_zip(head) and container.first_name(head).startswith((*_HEADERS, "_journal/", _SAMPLES))
    if not artifact.name.endswith(".json"):
        return False
    found = _EVAL.search(head)
    return found is not None and bool(_TELLS_A_RUN.search(head, found.end()) and _TASK.search(head, found.end()))


def flatten(artifact: Artifact) -> Iterator[Record]:
    """One `EvalRun`, and for each sample a `Trial`, its `Task`, its stream and what could not be read of it."""
    is_zip = artifact.name.endswith(".eval")
    bad: list[BadRecord] = []
    log, documents = _unzipped(artifact.data, bad) if is_zip else _whole(artifact.data, bad)
    run = _run(artifact, log)
    yield _eval_run(artifact, log, run)
    yield from bad
    session_indexes = count()
    for document in documents:
        if isinstance(document, BadRecord):
            yield document
            continue
        found: list[BadRecord] = []
        sample = read_element(document.data, Sample | None, document.place, found)
        yield from found
        if sample is not None:
            yield from sample_records(sample, run, session_indexes, document.place)


def _whole(data: bytes, bad: list[BadRecord]) -> tuple[Log, Iterator[_Document | BadRecord]]:
    log, found = read_document(data, Log)
    bad.extend(found)
    return log, (_Document(f"/samples/{number}", raw) for number, raw in enumerate(log.samples or ()))


def _unzipped(data: bytes, bad: list[BadRecord]) -> tuple[Log, Iterator[_Document | BadRecord]]:
    found, has_directory = container.members(data)
    if not has_directory:
        bad.append(BadRecord(place="/", reason="the zip file is torn: it has no directory"))
    by_name = {member.name: member for member in found}
    log = Log()
    for name in _HEADERS:
        if name in by_name:
            try:
                log, problems = read_document(container.unpack(data, by_name[name]), Log)
            except (container.UnreadableMemberError, UnreadableArtifactError) as error:
                bad.append(BadRecord(place=name, reason=str(error)))
                continue
            bad.extend(BadRecord(place=name + problem.place, reason=problem.reason) for problem in problems)
            break
    samples = [member for member in found if member.name.startswith(_SAMPLES) and member.name.endswith(".json")]
    if log.eval is None and not samples:
        raise UnreadableArtifactError("neither a header nor a sample can be read")
    return log, _members(data, samples)


def _members(data: bytes, samples: list[container.Member]) -> Iterator[_Document | BadRecord]:
    left = container.LARGEST_LOG_BYTES
    for member in samples:
        try:
            content = container.unpack(data, member, min(left, container.LARGEST_MEMBER_BYTES))
        except container.UnreadableMemberError as error:
            yield BadRecord(place=member.name, reason=str(error))
            continue
        left -= len(content)
        yield _Document(member.name, quote_constants(content))


def _run(artifact: Artifact, log: Log) -> Run:
    spec = log.eval or EvalSpec()
    config = spec.config or EvalConfig()
    steps = (log.plan or Plan()).steps or []
    solvers = [step.solver for step in steps if step.solver is not None]
    dataset = spec.task
    if dataset is not None and spec.task_version is not None:
        dataset = f"{dataset}@{spec.task_version}"
    own_id = spec.eval_id or spec.task_id or spec.run_id
    stem = artifact.name.removesuffix(".eval").removesuffix(".json")
    return Run(
        log_path=str(artifact.logical_path),
        run_name=stem if own_id is None else f"{(spec.task or 'task').replace('/', '_')}_{own_id}",
        dataset=dataset,
        agent_type=spec.solver or (solvers[-1] if solvers else None),
        model_id=spec.model,
        first_scorer=next((scorer.name for scorer in spec.scorers or () if scorer.name is not None), None),
        time_limit_s=config.time_limit,
    )


def _eval_run(artifact: Artifact, log: Log, run: Run) -> EvalRun:
    config = (log.eval or EvalSpec()).config or EvalConfig()
    stats = log.stats or Stats()
    return EvalRun(
        evidence="inspect_log",
        run_directory=str(artifact.directory),
        run_name=run.run_name,
        agent_type=run.agent_type,
        model_id=run.model_id,
        dataset=run.dataset,
        concurrency=config.max_samples,
        attempts_per_task=config.epochs,
        timeout_s=config.time_limit,
        trial_count=(log.results or Results()).total_samples,
        started_at=utc(stats.started_at or (log.eval.created if log.eval else None)),
        finished_at=utc(stats.completed_at),
    )
