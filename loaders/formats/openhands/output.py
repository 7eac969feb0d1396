"""`output.jsonl` of an OpenHands evaluation, and `*.swebench_eval.jsonl` beside it, which tells how it was graded."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from loaders.artifact import Artifact
from loaders.formats.harbor.fields import clock
from loaders.formats.openhands.fields import Metadata, Metrics, Model, Output, Report, Spent, TestResult, Usage
from loaders.formats.openhands.history import history_records
from loaders.formats.openhands.usage import tokens
from loaders.formats.rows.instance_rows import is_blank, row_keys, with_files
from loaders.json_lines import decode_lines
from loaders.salvage import read_element
from loaders.tables import Attempt, BadRecord, EvalRun, Record, Session

NAME = "openhands_output"
VERSION = 1
IDENTITY = "place"

_ERROR_CLASS = re.compile(r"\w*(?:Error|Exception|Timeout)\w*")
_LINE = msgspec.json.Decoder(msgspec.Raw)
_CRITIC = ".critic_attempt_"


def matches(artifact: Artifact) -> bool:
    """JSON Lines whose first row has an instance id and a `test_result`; not the copies that a critic chose from."""
    if not artifact.name.endswith(".jsonl") or _CRITIC in artifact.name:
        return False
    return {b"instance_id", b"test_result"} <= row_keys(artifact)


def flatten(artifact: Artifact) -> Iterator[Record]:
    """An `EvalRun`, and for each line its `Attempt`, its verdict and the stream of its events."""
    directory = str(artifact.directory)
    has_run = False
    session_index = 0
    for item in decode_lines(artifact.data, _LINE):
        if isinstance(item, BadRecord):
            yield item
            continue
        line_number, raw = item
        place = f"line {line_number}"
        bad: list[BadRecord] = []
        output: Output | None = read_element(raw, Output | None, place, bad)
        if output is not None and output.metadata is not None and not has_run:
            has_run = True
            yield _run(output.metadata, directory, place, bad)
        for problem in bad:
            problem.line_number = line_number
            yield problem
        if output is None:
            continue
        if output.instance_id is None:
            yield BadRecord(place=place, line_number=line_number, reason="the line names no instance")
            continue
        yield from _instance(output, directory, place, session_index)
        session_index += output.history is not None


def _run(metadata: Metadata, directory: str, place: str, bad: list[BadRecord]) -> EvalRun:
    return EvalRun(
        place=f"{place}/metadata",
        evidence="openhands_metadata",
        run_directory=directory,
        agent_type=metadata.agent_class,
        model_id=_model(metadata),
        dataset=metadata.dataset,
        attempt1_tool_cap=metadata.max_iterations,
        started_local_at=clock(metadata.start_time, f"{place}/metadata/start_time", bad).local_at,
    )


def _model(metadata: Metadata) -> str | None:
    return (metadata.llm_config or metadata.llm or Model()).model


def _instance(output: Output, directory: str, place: str, session_index: int) -> Iterator[Record]:
    metadata, metrics = output.metadata or Metadata(), output.metrics or Metrics()
    result = output.test_result or TestResult()
    said = output.git_patch if result.git_patch is msgspec.UNSET else result.git_patch
    patch = None if said is msgspec.UNSET else _cleaned(said)
    spent = output.cost or Spent()
    error = None if output.error is None else ((found := _ERROR_CLASS.search(output.error)) and found[0]) or "error"
    used = tokens(metrics.accumulated_token_usage or _summed(metrics.token_usages))
    cost_usd = spent.total_cost if metrics.accumulated_cost is None else metrics.accumulated_cost
    yield from with_files(
        Attempt(
            place=place,
            evidence="trajectory",
            run_directory=directory,
            task_id=output.instance_id,
            agent_type=metadata.agent_class,
            model_id=_model(metadata),
            is_patch_empty=None if said is msgspec.UNSET or (said is None and error) else is_blank(patch),
            patch=patch,
            input_tokens=used.input_tokens,
            input_tokens_with_cache=spent.input_tokens,
            cache_read_tokens=used.cache_read_tokens,
            cache_write_tokens=used.cache_write_tokens,
            output_tokens=spent.output_tokens if used.output_tokens is None else used.output_tokens,
            cost_usd=cost_usd,
            exit_status=error,
        )
    )
    verdict = output.report or result.report or Report(resolved=output.resolved)
    if verdict != Report():
        yield Attempt(
            place=f"{place}/report",
            evidence="results_row",
            run_directory=directory,
            task_id=output.instance_id,
            is_resolved=verdict.resolved,
            is_patch_empty=True if verdict.empty_generation else None,
            is_patch_applied=False if verdict.failed_apply_patch else None,
            is_error=verdict.error_eval,
            infra_failure="test_timeout" if verdict.test_timeout else None,
        )
    if output.history is None:
        return
    session = Session(
        place=place,
        session_index=session_index,
        telemetry="native_trajectory",
        run_directory=directory,
        task_id=output.instance_id,
        agent_type=metadata.agent_class,
        model_id=_model(metadata),
        exit_status=error,
        total_cost_usd=metrics.accumulated_cost,
        total_input_tokens=used.input_tokens,
        total_cache_read_tokens=used.cache_read_tokens,
        total_cache_write_tokens=used.cache_write_tokens,
        total_output_tokens=used.output_tokens,
        total_reasoning_tokens=used.reasoning_tokens,
        is_result_text_reported=True,
    )
    yield from history_records(output, session)


def _cleaned(patch: str | None) -> str | None:
    """The patch from its first diff on: the shell that made it may have printed something before."""
    if patch is None or patch.startswith("diff --git "):
        return patch
    start = patch.find("\ndiff --git ")
    return patch if start < 0 else patch[start + 1 :]


def _summed(usages: list[Usage] | None) -> Usage | None:
    if not usages:
        return None
    total = Usage()
    for name in ("prompt_tokens", "completion_tokens", "cache_read_tokens", "cache_write_tokens"):
        known = [value for usage in usages if (value := getattr(usage, name)) is not None]
        setattr(total, name, sum(known) if known else None)
    return total
