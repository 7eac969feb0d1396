"""Summary of a SWE-bench run: lists of instance ids by outcome (schema 2, sb-cli, and the ten lists of 2024)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from loaders.artifact import Artifact
from loaders.formats.rows.instance_rows import id_list, object_keys, pointer
from loaders.formats.swebench.layout import run_folder_name, submission_directory
from loaders.json_lines import decode_document, describe
from loaders.tables import Attempt, BadRecord, EvalRun, Record

NAME = "swebench_summary"
VERSION = 2
IDENTITY = "place"

IdLists = dict[str, dict[str, str]]
"""List name -> instance id -> place of the id in the file."""

_OPENING = re.compile(rb'\s*\{\s*"(?:\w+_(?:instances|ids)|schema_version|failure_reasons)"\s*:')
_ID_LIST = re.compile(rb'"(?:submitted|completed|resolved|unresolved|error|failed|empty_patch)_ids"\s*:\s*\[')
_COUNT = re.compile(rb'"(?:total|submitted|completed|resolved)_instances"\s*:\s*\d')
_LISTS_2024 = (
    "no_generation",
    "generated",
    "with_logs",
    "install_fail",
    "reset_failed",
    "no_apply",
    "applied",
    "test_errored",
    "test_timeout",
    "resolved",
)
_OPENING_2024 = re.compile(rb'\s*\{\s*"(?:' + "|".join(_LISTS_2024).encode() + rb')"\s*:\s*\[')
_TELLING_2024 = {b"generated", b"with_logs", b"applied", b"no_apply"}
_ERRORS_2024 = ("install_fail", "reset_failed", "test_errored", "test_timeout")
_ERRORS = ("error_ids", "failed_ids", "infra_failure_ids", "ambiguous_failure_ids")
_NOT_RUN = ("incomplete_ids", "pending_ids")
_UNNAMED = ("report", "output.report")
"""Names that OpenHands gives a summary: they tell no run, which is the one that it lies beside."""

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_REASONS = msgspec.json.Decoder(dict[str, str | None])


def matches(artifact: Artifact) -> bool:
    """JSON that opens with a summary's own key and holds id lists with counts, or the 2024 lists."""
    if not artifact.name.endswith(".json"):
        return False
    head = artifact.head
    if _OPENING.match(head):
        return bool(_ID_LIST.search(head) and _COUNT.search(head))
    return bool(_OPENING_2024.match(head)) and bool(object_keys(head) & _TELLING_2024)


def flatten(artifact: Artifact) -> Iterator[Record]:
    """An `EvalRun`, and an `Attempt` for each instance that a list names other than as not run."""
    document = decode_document(artifact.data, _MEMBERS)
    lists: IdLists = {}
    is_2024 = bool(_OPENING_2024.match(artifact.head))
    for name, raw in document.items():
        if name in _LISTS_2024 if is_2024 else name.endswith("_ids"):
            lists[name] = {}
            for entry in id_list(raw, pointer(name)):
                if isinstance(entry, BadRecord):
                    yield entry
                else:
                    lists[name].setdefault(entry[1], entry[0])
    path = artifact.logical_path
    if is_2024:
        run_directory = submission_directory(path, "results") if path.name == "results.json" else None
        yield EvalRun(evidence="swebench_summary", run_directory=run_directory)
        yield from _attempts_2024(lists, run_directory)
        return
    reasons: dict[str, str | None] = {}
    if "failure_reasons" in document:
        try:
            reasons = _REASONS.decode(document["failure_reasons"])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            yield BadRecord(place="/failure_reasons", reason=describe(error))
    run_name = run_folder_name(path) or (None if path.stem in _UNNAMED else path.stem)
    yield EvalRun(evidence="swebench_summary", run_name=run_name)
    yield from _attempts(lists, reasons, run_name)


def _attempts(lists: IdLists, reasons: dict[str, str | None], run_name: str | None) -> Iterator[Attempt]:
    completed, resolved = lists.get("completed_ids"), lists.get("resolved_ids")
    unresolved, empty = lists.get("unresolved_ids", {}), lists.get("empty_patch_ids", {})
    has_errors = any(name in lists for name in _ERRORS)
    for task_id, place in _places(lists, without=_NOT_RUN).items():
        errors = [name for name in _ERRORS if task_id in lists.get(name, ())]
        is_completed = None if completed is None else task_id in completed
        is_resolved: bool | None = None
        if resolved is not None and task_id in resolved:
            is_resolved = True
        elif task_id in unresolved or (resolved is not None and is_completed and not errors):
            is_resolved = False
        is_empty = True if task_id in empty else False if is_completed else None
        yield Attempt(
            place=place,
            evidence="summary",
            run_name=run_name,
            task_id=task_id,
            is_resolved=is_resolved,
            is_patch_empty=is_empty,
            is_completed=is_completed,
            is_error=bool(errors) if has_errors else None,
            infra_failure=reasons.get(task_id) or _failure(errors),
        )


def _failure(errors: list[str]) -> str | None:
    return next((name.removesuffix("_ids") for name in errors if name.endswith("_failure_ids")), None)


def _attempts_2024(lists: IdLists, run_directory: str | None) -> Iterator[Attempt]:
    applied, resolved = lists.get("applied", {}), lists.get("resolved")
    evaluated = lists.get("with_logs", {}).keys() | applied.keys()
    has_errors = any(name in lists for name in _ERRORS_2024)
    for task_id, place in _places(lists).items():
        error = next((name for name in _ERRORS_2024 if task_id in lists.get(name, ())), None)
        is_resolved: bool | None = None
        if resolved is not None and task_id in resolved:
            is_resolved = True
        elif resolved is not None and task_id in evaluated:
            is_resolved = False
        is_applied = True if task_id in applied else False if task_id in lists.get("no_apply", {}) else None
        yield Attempt(
            place=place,
            evidence="summary",
            run_directory=run_directory,
            task_id=task_id,
            is_resolved=is_resolved,
            is_patch_empty=True if task_id in lists.get("no_generation", {}) else False if is_applied else None,
            is_patch_applied=is_applied,
            is_error=error is not None if has_errors else None,
            infra_failure=error,
        )


def _places(lists: IdLists, without: tuple[str, ...] = ()) -> dict[str, str]:
    """Every id with the place where it first stands."""
    places: dict[str, str] = {}
    for name, ids in lists.items():
        if name not in without:
            for task_id, place in ids.items():
                places.setdefault(task_id, place)
    return places
