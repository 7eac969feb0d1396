"""TraceBench: exact records of a small trace, whose is whose, the real file, and files that are broken or odd."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats import FORMATS
from loaders.formats.tracebench import trace as tracebench
from loaders.tables import BadRecord, Entry, Record, Session, ToolCall
from tests.python.loaders.formats.landable import land

R = TypeVar("R", bound=Record)


def action(name: Any, at: Any = 1_800_000_000.0, **state: Any) -> dict[str, Any]:
    return {"timestamp": at, "action": name, "state": state}


def written(folder: Path, content: Any, name: str = "trace.json") -> Artifact:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return Artifact(path, folder)


def of(records: list[Record], kind: type[R]) -> list[R]:
    return [record for record in records if isinstance(record, kind)]


FULL = [
    action("retrieve_context", query="slow login"),
    action("generate_fix", 1_800_000_001, code_patch="maybe cache it", path="app/login.py"),
    action("run_tests", "2027-01-15T08:00:02Z", tests_passed=False),
    action("retry_fix", 1_800_000_003.5, attempt=2),
    action("final_answer", 1_800_000_004.0, status="incomplete"),
]


def test_every_action_is_an_entry_and_all_but_the_answer_a_call(tmp_path: Path) -> None:
    records = list(tracebench.flatten(written(tmp_path, FULL)))
    (session,) = of(records, Session)
    assert (session.telemetry, session.started_at, session.finished_at) == (
        "native_trajectory",
        datetime(2027, 1, 15, 8, 0, 0),
        datetime(2027, 1, 15, 8, 0, 4),
    )
    assert session.native_session_id is not None
    assert len(session.native_session_id) == 64
    assert [row.entry_id for row in of(records, Entry)] == [f"{session.native_session_id}/{n}" for n in range(5)]
    assert [(row.place, row.entry_type, row.role, row.text) for row in of(records, Entry)] == [
        ("/0", "retrieve_context", "assistant", None),
        ("/1", "generate_fix", "assistant", None),
        ("/2", "run_tests", "assistant", None),
        ("/3", "retry_fix", "assistant", None),
        ("/4", "final_answer", "assistant", "incomplete"),
    ]
    calls = of(records, ToolCall)
    assert [(row.tool_name, row.arguments, row.path_argument, row.has_result, row.result_text) for row in calls] == [
        ("retrieve_context", '{"query":"slow login"}', None, True, None),
        ("generate_fix", '{"code_patch":"maybe cache it","path":"app/login.py"}', "app/login.py", True, None),
        ("run_tests", '{"tests_passed":false}', None, True, '{"tests_passed":false}'),
        ("retry_fix", '{"attempt":2}', None, True, None),
    ]
    assert [row.called_at for row in calls] == [
        datetime(2027, 1, 15, 8, 0, 0),
        datetime(2027, 1, 15, 8, 0, 1),
        datetime(2027, 1, 15, 8, 0, 2),
        datetime(2027, 1, 15, 8, 0, 3, 500_000),
    ]


def test_the_real_trace_lands(fixtures: Path) -> None:
    artifact = Artifact(fixtures / "tracebench" / "trace.json", fixtures)
    assert [each.NAME for each in FORMATS if each.matches(artifact)] == [tracebench.NAME]
    raw = json.loads(artifact.data)
    records = list(tracebench.flatten(artifact))
    assert [row.entry_type for row in of(records, Entry)] == [step["action"] for step in raw]
    assert [json.loads(row.arguments or "") for row in of(records, ToolCall)] == [step["state"] for step in raw[:-1]]
    assert not of(records, BadRecord)


@pytest.mark.parametrize(
    ("content", "name", "is_trace"),
    [
        (FULL, "trace.json", True),
        ([action("x")], "any.json", True),
        (json.dumps([{"state": {"text": "}" * 9}, "action": "x", "timestamp": 1}]), "a.json", True),
        ([{"timestamp": 1, "action": "x"}], "trace.json", False),
        (action("x"), "trace.json", False),
        ([[action("x")]], "trace.json", False),
        (FULL, "trace.jsonl", False),
        ("", "trace.json", False),
    ],
)
def test_a_trace_is_told_by_its_first_action(tmp_path: Path, content: Any, name: str, is_trace: bool) -> None:
    assert tracebench.matches(written(tmp_path, content, name)) is is_trace


def test_a_bad_action_costs_itself_alone(tmp_path: Path) -> None:
    content = [
        action("a"),
        7,
        {"timestamp": 1, "state": {}},
        action("b", "no clock"),
        action("final_answer", None, code=1),
        action("final_answer", float("nan"), status="\ud83d"),
        {"action": "final_answer"},
    ]
    records = list(tracebench.flatten(written(tmp_path, content)))
    assert [row.place for row in of(records, BadRecord)] == ["/1", "/2"]
    assert [(row.place, row.occurred_at is None, row.text) for row in of(records, Entry)] == [
        ("/0", False, None),
        ("/3", True, None),
        ("/4", True, '{"code":1}'),
        ("/5", True, "\ufffd"),
        ("/6", True, None),
    ]
    land(records)


@pytest.mark.parametrize("content", ["", "  ", '{"action": "x"}', '[{"action": "x"'])
def test_what_is_no_list_of_actions_is_unreadable(tmp_path: Path, content: str) -> None:
    with pytest.raises(UnreadableArtifactError):
        list(tracebench.flatten(written(tmp_path, content)))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["status", "path", "command"]), inner),
    max_leaves=6,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.dictionaries(st.sampled_from(["timestamp", "action", "state"]), JSON_VALUES) | JSON_VALUES))
def test_odd_values_never_raise_and_cost_no_other_action(tmp_path: Path, steps: list[Any]) -> None:
    records = list(tracebench.flatten(written(tmp_path, [*steps, action("final_answer", status="kept")])))
    land(records)
    assert [row.text for row in of(records, Entry)][-1] == "kept"
    assert len(of(records, Entry)) + len({row.place.split("/")[1] for row in of(records, BadRecord)}) == len(steps) + 1


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 600), flips=st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), max_size=4))
def test_damaged_bytes_never_raise(tmp_path: Path, cut: int, flips: list[tuple[int, int]]) -> None:
    data = bytearray(json.dumps(FULL).encode())
    for position, value in flips:
        data[position % len(data)] = value
    path = tmp_path / "damaged.json"
    path.write_bytes(bytes(data)[: len(data) - cut])
    tracebench.matches(Artifact(path, tmp_path))
    with suppress(UnreadableArtifactError):
        land(list(tracebench.flatten(Artifact(path, tmp_path))))
