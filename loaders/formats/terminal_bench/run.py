"""What Terminal-Bench writes of a whole run: `run_metadata.json` of its start, `results.json` of its end."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from loaders.artifact import Artifact
from loaders.formats.harbor.fields import clock, last_folder
from loaders.formats.terminal_bench.layout import leaderboard_place
from loaders.salvage import Integer, read_document
from loaders.tables import BadRecord, EvalRun, Record

NAME = "terminal_bench_run"
VERSION = 1
IDENTITY = "place"

METADATA = "run_metadata.json"
HOLDS_RESULTS = re.compile(rb'"results"\s*:\s*\[')
_COUNTS_RESOLVED = re.compile(rb'"(?:n_resolved|is_resolved|pass_at_k|accuracy|unresolved_ids)"\s*:')
_NAMES_A_RUN = re.compile(rb'"run_id"\s*:')
_TELLS_ITS_TREATMENT = re.compile(rb'"(?:agent_name|dataset_name|dataset_path|n_concurrent_trials|n_attempts)"\s*:')


class RunMetadata(msgspec.Struct):
    dataset_name: str | None = None
    dataset_version: str | None = None
    dataset_path: str | None = None
    agent_name: str | None = None
    model_name: str | None = None
    n_concurrent_trials: Integer | None = None
    n_attempts: Integer | None = None
    start_time: str | None = None
    end_time: str | None = None


class RunResults(msgspec.Struct):
    results: list[msgspec.Raw] | None = None


def matches(artifact: Artifact) -> bool:
    """`run_metadata.json` with a run id and a treatment; `results.json` with a list of results and their outcome."""
    if artifact.name == METADATA:
        head = artifact.head
        return _NAMES_A_RUN.search(head) is not None and _TELLS_ITS_TREATMENT.search(head) is not None
    return (
        artifact.name == "results.json"
        and HOLDS_RESULTS.search(artifact.head) is not None
        and _COUNTS_RESOLVED.search(artifact.head) is not None
    )


def flatten(artifact: Artifact) -> Iterator[Record]:
    """Yield one `EvalRun`, and a `BadRecord` an element that could not be read."""
    run, bad = _started(artifact) if artifact.name == METADATA else _ended(artifact)
    yield run
    yield from bad


def _started(artifact: Artifact) -> tuple[EvalRun, list[BadRecord]]:
    metadata, bad = read_document(artifact.data, RunMetadata)
    run = EvalRun(
        evidence="terminal_bench_metadata",
        run_directory=str(artifact.directory),
        run_name=artifact.directory.name,
        submission=leaderboard_place(artifact.directory).submission,
        agent_type=metadata.agent_name,
        model_id=metadata.model_name,
        dataset=_dataset(metadata),
        concurrency=metadata.n_concurrent_trials,
        attempts_per_task=metadata.n_attempts,
        started_at=clock(metadata.start_time, "/start_time", bad).at,
        finished_at=clock(metadata.end_time, "/end_time", bad).at,
    )
    return run, bad


def _ended(artifact: Artifact) -> tuple[EvalRun, list[BadRecord]]:
    summary, bad = read_document(artifact.data, RunResults)
    place = leaderboard_place(artifact.directory)
    run = EvalRun(
        evidence="terminal_bench_results",
        run_directory=str(artifact.directory),
        run_name=artifact.directory.name,
        submission=place.submission,
        agent_type=place.agent_type,
        model_id=place.model_id,
        dataset=place.dataset,
        trial_count=None if summary.results is None else len(summary.results),
    )
    return run, bad


def _dataset(metadata: RunMetadata) -> str | None:
    if metadata.dataset_name is None:
        return last_folder(metadata.dataset_path)
    version = metadata.dataset_version
    return f"{metadata.dataset_name}@{version}" if version else metadata.dataset_name
