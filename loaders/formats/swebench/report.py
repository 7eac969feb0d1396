"""`report.json` of the SWE-bench harness, of Harbor's SWE-bench adapter and of SWE-smith (which writes it flat)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from loaders.artifact import Artifact
from loaders.formats.rows.instance_rows import Flag, Int64, Row, flag, members, pointer
from loaders.formats.swebench.layout import grading_place
from loaders.json_lines import decode_document
from loaders.tables import Attempt, BadRecord, Record, TestResult

NAME = "swebench_report"
VERSION = 1
IDENTITY = "place"

_FLAG = rb'"(?:patch_is_None|patch_exists|patch_successfully_applied|resolved|infra_failure(?:_reason)?|tests_status)"'
_FLAT = re.compile(rb"\s*\{\s*" + _FLAG + rb'\s*:\s*(?:true|false|null|["{01])')
_WRAPPED = re.compile(rb'\s*\{\s*"[^"]*"\s*:\s*\{\s*' + _FLAG + rb'\s*:\s*(?:true|false|null|["{01])')
_TELLING = re.compile(rb'"(?:patch_is_None|patch_exists|patch_successfully_applied|tests_status)"\s*:')

_TRANSITIONS = {
    "FAIL_TO_PASS": ("FAIL_TO_PASS", True),
    "FAIL_TO_FAIL": ("FAIL_TO_PASS", False),
    "PASS_TO_PASS": ("PASS_TO_PASS", True),
    "PASS_TO_FAIL": ("PASS_TO_PASS", False),
}


class _Outcome(msgspec.Struct, gc=False):
    success: list[str] | None = None
    failure: list[str] | None = None


class _Report(msgspec.Struct, gc=False):
    patch_is_none: Flag = msgspec.field(name="patch_is_None", default=None)
    patch_exists: Flag = None
    patch_successfully_applied: Flag = None
    resolved: Flag = None
    infra_failure: bool | str | None = None
    infra_failure_reason: str | None = None
    tests_status: dict[str, _Outcome | list[str] | Int64 | None] | None = None


_FLAT_REPORT = msgspec.json.Decoder(_Report)


class _Tests(NamedTuple):
    """Tests of one gold class with one outcome: their names where the report lists them, else only how many."""

    gold_class: str
    is_success: bool
    names: list[str] | None
    total: int


def matches(artifact: Artifact) -> bool:
    """A `report.json` whose document, or whose first member, begins with a field of the harness's report."""
    if artifact.name != "report.json":
        return False
    head = artifact.head
    return bool((_WRAPPED.match(head) or _FLAT.match(head)) and _TELLING.search(head))


def flatten(artifact: Artifact) -> Iterator[Record]:
    """An `Attempt` for each instance of the report and a `TestResult` for each test it lists."""
    where = grading_place(artifact.logical_path)
    if _FLAT.match(artifact.head):
        reports: Iterator[Row | BadRecord] = iter([Row("", where.folder, decode_document(artifact.data, _FLAT_REPORT))])
    else:
        reports = members(artifact.data, _Report)
    for row in reports:
        if isinstance(row, BadRecord):
            yield row
        else:
            yield from _records(row.place, row.key, row.value, where.run_directory, where.run_name)


def _records(
    place: str, task_id: str | None, report: _Report, run_directory: str | None, run_name: str | None
) -> Iterator[Record]:
    statuses = {name: value for name, value in (report.tests_status or {}).items() if value is not None}
    shapes = {isinstance(value, _Outcome) for value in statuses.values()}
    if len(shapes) == 2:
        yield BadRecord(
            place=place + pointer("tests_status"), reason="gold classes and plain transitions stand side by side"
        )
        statuses = {}
    tests = [group for name, value in statuses.items() for group in _groups(name.upper(), value)]
    counts = {(group.gold_class, group.is_success): group.total for group in tests}
    is_none, exists = flag(report.patch_is_none), flag(report.patch_exists)
    yield Attempt(
        place=place,
        evidence="report",
        run_directory=run_directory,
        run_name=run_name,
        task_id=task_id,
        is_resolved=flag(report.resolved),
        is_patch_empty=True if is_none or exists is False else None,
        is_patch_applied=flag(report.patch_successfully_applied),
        infra_failure=_infra_failure(report),
        report_shape=("gold_class" if True in shapes else "transition") if statuses else None,
        has_tests_status=bool(shapes) if len(shapes) < 2 else None,
        fail_to_pass_success=counts.get(("FAIL_TO_PASS", True)),
        fail_to_pass_failure=counts.get(("FAIL_TO_PASS", False)),
        pass_to_pass_success=counts.get(("PASS_TO_PASS", True)),
        pass_to_pass_failure=counts.get(("PASS_TO_PASS", False)),
        fail_to_fail_success=counts.get(("FAIL_TO_FAIL", True)),
        fail_to_fail_failure=counts.get(("FAIL_TO_FAIL", False)),
        pass_to_fail_success=counts.get(("PASS_TO_FAIL", True)),
        pass_to_fail_failure=counts.get(("PASS_TO_FAIL", False)),
    )
    for group in tests:
        for name in group.names or ():
            yield TestResult(
                place=place,
                attempt_place=place,
                task_id=task_id,
                gold_class=group.gold_class,
                test_name=name,
                is_success=group.is_success,
            )


def _groups(name: str, value: _Outcome | list[str] | int | None) -> Iterator[_Tests]:
    if name not in _TRANSITIONS:
        return
    if isinstance(value, _Outcome):
        for names, is_success in ((value.success, True), (value.failure, False)):
            if names is not None:
                yield _Tests(name, is_success, names, len(names))
        return
    gold_class, is_success = _TRANSITIONS[name]
    if isinstance(value, list):
        yield _Tests(gold_class, is_success, value, len(value))
    elif value is not None:
        yield _Tests(gold_class, is_success, None, value)


def _infra_failure(report: _Report) -> str | None:
    if report.infra_failure is False:
        return None
    named = report.infra_failure if isinstance(report.infra_failure, str) else None
    return report.infra_failure_reason or named or ("infra_failure" if report.infra_failure else None)
