"""SWE-agent: 96 real trajectories of 0.x and the 1.x demonstrations recounted with plain json, and synthetic ones."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, TypeVar

import pytest

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.mini_swe_agent import trajectory as mini_swe_agent
from loaders.formats.swe_agent import trajectory as swe_agent
from loaders.formats.swe_agent.action import ACI_COMMANDS, action_call, is_refused
from loaders.tables import Attempt, AttemptFile, Entry, FileEdit, Session, ToolCall
from tests.python.loaders.formats.harbor_inputs import flattened, survives, write

T = TypeVar("T")
Document = dict[str, Any]


def _of(rows: list[Any], kind: type[T]) -> list[T]:
    return [row for row in rows if isinstance(row, kind)]


@pytest.fixture(scope="module")
def real(fixtures: Path) -> list[tuple[Artifact, Document, list[Any]]]:
    """(artifact, document, rows) of each of the 96 trajectories of auto-code-rover."""
    root = fixtures / "swe_agent_traj"
    found = []
    for path in sorted((root / "auto-code-rover").rglob("*.traj")):
        artifact = Artifact(path, root)
        assert swe_agent.matches(artifact)
        assert not mini_swe_agent.matches(artifact)
        rows, bad = flattened(swe_agent, artifact)
        assert bad == {}
        found.append((artifact, json.loads(artifact.data), rows))
    return found


def test_real_counts(real: list[tuple[Artifact, Document, list[Any]]]) -> None:
    steps = [step for _, document, _ in real for step in document["trajectory"]]
    words = Counter(step["action"].split()[0] for step in steps)
    rows = [row for _, _, rows in real for row in rows]
    landed = Counter(type(row).__name__ for row in rows)
    assert len(real) == landed["Session"] == landed["Attempt"] == 96
    assert len(steps) == landed["Entry"] == 921
    assert words["exit_cost"] == 2
    assert landed["ToolCall"] == 919
    assert sum(entry.is_llm_call is True for entry in _of(rows, Entry)) == 919
    tools = Counter(call.tool_name for call in _of(rows, ToolCall))
    assert tools == Counter(
        {word: count for word, count in words.items() if word in ACI_COMMANDS}
        | {"bash": sum(count for word, count in words.items() if word not in ACI_COMMANDS and word != "exit_cost")}
    )
    assert {call.has_result for call in _of(rows, ToolCall)} == {True}


def test_real_edits_are_those_that_were_applied(real: list[tuple[Artifact, Document, list[Any]]]) -> None:
    expected, refused = [], 0
    for artifact, document, _ in real:
        for number, step in enumerate(document["trajectory"]):
            action, observation = step["action"], step["observation"] or ""
            if not action.startswith("edit"):
                continue
            if "File updated." not in observation:
                refused += 1
                continue
            start, end = re.match(r"edit (\d+):(\d+)", action).groups()  # type: ignore[union-attr]
            body = action.split("\n", 1)[1].partition("end_of_edit")[0]
            path = re.search(r"^\[File: (.+) \(\d+ lines total\)\]", observation, re.MULTILINE)
            assert path is not None
            expected.append((str(artifact.path), number, path[1], int(start), int(end), body.count("\n")))
    found = [
        (str(artifact.path), edit.entry_index, edit.path, edit.start_line, edit.end_line, edit.new_length)
        for artifact, _, rows in real
        for edit in _of(rows, FileEdit)
        if edit.operation == "edit"
    ]
    assert found == expected
    assert (len(found), refused) == (149, 52)
    edits = [edit for _, _, rows in real for edit in _of(rows, FileEdit)]
    created = sum(
        step["action"].startswith("create ") and step["observation"].startswith("[File: ")
        for _, document, _ in real
        for step in document["trajectory"]
    )
    assert Counter(edit.range_basis for edit in edits) == {"exact": 149, "whole_file": created}
    assert created == 77
    refusals = Counter(call.tool_name for _, _, rows in real for call in _of(rows, ToolCall) if call.is_error is True)
    assert refusals == {"edit": 52, "find_file": 3, "open": 2, "search_dir": 1}


def test_real_sessions_and_attempts(real: list[tuple[Artifact, Document, list[Any]]]) -> None:
    exits = Counter()  # type: ignore[var-annotated]
    for artifact, document, rows in real:
        (session,) = _of(rows, Session)
        (attempt,) = _of(rows, Attempt)
        info = document["info"]
        assert session.task_id == attempt.task_id == artifact.path.stem
        assert session.run_directory == attempt.run_directory == str(artifact.path.parent)
        assert session.total_cost_usd == attempt.cost_usd == info["model_stats"]["instance_cost"]
        assert session.total_input_tokens == info["model_stats"]["tokens_sent"]
        assert session.is_usage_reported is False
        submission = info.get("submission")
        assert attempt.patch == submission
        assert attempt.is_patch_empty is (not (submission or "").strip())
        diffs = re.findall(r"^diff --git a/(\S+)", submission or "", re.MULTILINE)
        assert [file.path for file in _of(rows, AttemptFile)] == diffs
        exits[session.exit_status, attempt.is_patch_empty] += 1
    assert exits == {
        ("submitted", False): 88,
        ("submitted", True): 5,
        ("exit_cost", True): 2,
        ("early_exit", True): 1,
    }


def test_real_open_file_is_the_one_before_the_action(real: list[tuple[Artifact, Document, list[Any]]]) -> None:
    for _, _, rows in real:
        calls = _of(rows, ToolCall)
        assert calls[0].open_path is None
        for call in calls:
            if call.tool_name == "goto" and call.is_error is None and call.result_text:
                assert f"[File: {call.open_path} (" in call.result_text


def test_first_generation_demonstration(fixtures: Path) -> None:
    root = fixtures / "swe_agent_traj" / "SWE-agent"
    (path,) = root.rglob("pydicom__pydicom-1458.traj")
    rows, bad = flattened(swe_agent, Artifact(path, root))
    assert bad == {}
    calls = _of(rows, ToolCall)
    assert [call.tool_name for call in calls] == [
        *("create", "edit", "bash", "find_file", "open", "edit", "edit", "edit", "edit", "bash", "bash", "submit")
    ]
    assert [call.is_error for call in calls][5:9] == [True, True, True, None]
    edits = _of(rows, FileEdit)
    assert [(edit.start_line, edit.end_line, edit.new_length) for edit in edits] == [
        (None, None, None),
        (1, 1, 18),
        (287, 296, 11),
    ]
    assert edits[2].path == "/pydicom__pydicom/pydicom/pixel_data_handlers/numpy_handler.py"
    assert calls[4].path_argument == "pydicom/pixel_data_handlers/numpy_handler.py"
    assert (calls[3].pattern_argument, calls[3].path_argument) == ("numpy_handler.py", None)


def test_second_generation_state_is_the_one_after_the_action(fixtures: Path) -> None:
    root = fixtures / "swe_agent_traj" / "SWE-agent"
    (path,) = root.rglob("*function_calling__install-1/*.traj")
    rows, bad = flattened(swe_agent, Artifact(path, root))
    assert bad == {}
    assert rows[0].model_id == "gpt-4o"
    calls = _of(rows, ToolCall)
    assert len(calls) == 11
    assert [call.open_path for call in calls[:7]] == [
        None,
        *["/testbed/reproduce.py"] * 5,
        "/testbed/src/marshmallow/fields.py",
    ]
    assert [call.is_error for call in calls] == [None] * 6 + [True] + [None] * 4
    assert (calls[5].path_argument, calls[4].pattern_argument, calls[4].path_argument) == (
        "src/marshmallow/fields.py",
        "fields.py",
        "src",
    )
    assert [(edit.path, edit.start_line, edit.end_line) for edit in _of(rows, FileEdit)] == [
        ("reproduce.py", None, None),
        ("/testbed/reproduce.py", 1, 1),
        ("/testbed/src/marshmallow/fields.py", 1475, 1475),
    ]
    assert calls[0].duration_s == 0.2396368359986809


def test_cursor_edits_have_no_range(fixtures: Path) -> None:
    root = fixtures / "swe_agent_traj" / "SWE-agent"
    for path in root.rglob("*cursors*/*.traj"):
        rows, _ = flattened(swe_agent, Artifact(path, root))
        edits = [edit for edit in _of(rows, FileEdit) if edit.operation == "edit"]
        assert [(edit.range_basis, edit.start_line, edit.new_length) for edit in edits] == [
            ("unknown", None, 9),
            ("unknown", None, 1),
        ]


def test_a_history_alone_is_no_trajectory(fixtures: Path) -> None:
    root = fixtures / "swe_agent_traj" / "SWE-agent"
    (path,) = root.rglob("function_calling_simple.traj")
    assert not swe_agent.matches(Artifact(path, root))


def _step(action: str, observation: object = "", **more: Any) -> Document:
    return {"action": action, "observation": observation, "response": "r", "thought": "t", **more}


SYNTHETIC: Document = {
    "environment": "main",
    "trajectory": [
        _step("open a.py", "[File: /w/a.py (9 lines total)]", state={"open_file": "/w/a.py", "working_dir": "/w"}),
        _step("edit 2:3\nx\ny\n\nend_of_edit", "File updated.", state={"open_file": "/w/a.py", "working_dir": "/w"}),
        _step("edit 5:5\nend_of_edit", "File updated.", state={"open_file": "/w/a.py", "working_dir": "/w"}),
        _step(
            "str_replace_editor str_replace /w/b.py --old_str 'it'\"'\"'s\n' --new_str 'a\nb\n'",
            "The file /w/b.py has been edited.",
            state={"open_file": "n/a", "working_dir": "/w"},
            execution_time=1.5,
        ),
        _step("str_replace_editor view /w/b.py --view_range 1 5", "1\tx", state=None),
        _step("ls -a\npwd", [{"type": "text", "text": "out"}]),
        _step("", "", response="", thought="Exit due to timeout"),
    ],
    "history": [{"role": "user", "content": "demo", "is_demo": True}],
    "info": {"exit_status": "submitted", "submission": None, "model_stats": {"instance_cost": 0.5, "total_cost": 99.0}},
}


def test_synthetic_calls(tmp_path: Path) -> None:
    rows, bad = flattened(swe_agent, write(tmp_path, "run/trajs/a__a-1/a__a-1.traj", SYNTHETIC))
    assert bad == {}
    assert (rows[0].run_directory, rows[0].total_cost_usd) == (str(tmp_path / "run"), 0.5)
    calls = _of(rows, ToolCall)
    assert [(call.tool_name, call.sub_command, call.open_path, call.working_directory) for call in calls] == [
        ("open", None, None, None),
        ("edit", None, "/w/a.py", "/w"),
        ("edit", None, "/w/a.py", "/w"),
        ("str_replace_editor", "str_replace", "/w/a.py", "/w"),
        ("str_replace_editor", "view", None, "/w"),
        ("bash", None, None, None),
    ]
    assert [call.command for call in calls] == [None] * 5 + ["ls -a\npwd"]
    assert (calls[5].result_text, calls[5].result_length, calls[3].duration_s) == ("out", 3, 1.5)
    edits = _of(rows, FileEdit)
    assert [(e.path, e.range_basis, e.start_line, e.end_line, e.old_length, e.new_length) for e in edits] == [
        ("/w/a.py", "exact", 2, 3, 2, 3),
        ("/w/a.py", "exact", 5, 5, 1, 0),
        ("/w/b.py", "unknown", None, None, 1, 2),
    ]
    entries = _of(rows, Entry)
    assert [entry.is_llm_call for entry in entries] == [True] * 6 + [False]
    assert {entry.thinking_block_lengths is None for entry in entries} == {True}
    (attempt,) = _of(rows, Attempt)
    assert (attempt.is_patch_empty, attempt.patch) == (True, None)


@pytest.mark.parametrize(("info", "expected"), [({}, None), ({"submission": " "}, True), ({"exit_status": "x"}, True)])
def test_synthetic_empty_patches(tmp_path: Path, info: Document, expected: bool | None) -> None:
    rows, _ = flattened(swe_agent, write(tmp_path, "a.traj", SYNTHETIC | {"info": info}))
    assert _of(rows, Attempt)[0].is_patch_empty is expected


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ('search_dir "a b" src', ("search_dir", "src", "a b", None)),
        ("search_file 'x y'", ("search_file", None, "x y", None)),
        ("find_file x.py", ("find_file", None, "x.py", None)),
        ("open src/it's.py 10", ("open", "src/it", None, None)),
        ('create "a\\"b.py"', ("create", 'a"b.py', None, None)),
        ("goto 7", ("goto", None, None, None)),
        ("submit", ("submit", None, None, None)),
        ("opener x", ("bash", None, None, "opener x")),
        ("open", ("open", None, None, None)),
    ],
)
def test_synthetic_actions(action: str, expected: tuple[str | None, ...]) -> None:
    made = action_call(action)
    assert made is not None
    call, _ = made
    assert (call.tool_name, call.path_argument, call.pattern_argument, call.command) == expected
    assert json.loads(call.arguments or "") == {"action": action}


def test_synthetic_blank_actions_and_refusals() -> None:
    assert action_call(" \n") is None
    assert is_refused("open", "File x.py not found\n") is True
    assert is_refused("create", "Error: File 'x' already exists.") is True
    assert is_refused("edit", "[File: a (1 lines total)]\nFile updated.") is None
    assert is_refused("open", "[File: a]\nFile x not found") is None
    assert is_refused("bash", "Error: no") is None
    assert is_refused("edit", None) is None


def test_synthetic_bad_elements_cost_themselves_alone(tmp_path: Path) -> None:
    document = json.loads(json.dumps(SYNTHETIC))
    document["trajectory"][0] = "open"
    document["trajectory"][1]["observation"] = 5
    document["trajectory"][2]["state"] = "{not json"
    document["info"]["model_stats"]["instance_cost"] = "free"
    document["replay_config"] = {"agent": {"model": 5}}
    rows, bad = flattened(swe_agent, write(tmp_path, "a.traj", document))
    assert set(bad) == {
        "/trajectory/0",
        "/trajectory/1/observation",
        "/trajectory/2/state",
        "/info/model_stats/instance_cost",
        "/replay_config/agent/model",
    }
    calls = _of(rows, ToolCall)
    assert [call.entry_index for call in calls] == [1, 2, 3, 4, 5]
    assert (calls[0].has_result, calls[0].open_path) == (False, None)


def test_unreadable_and_damaged(tmp_path: Path) -> None:
    for content in (b"", b"[]", b'{"trajectory": [', b'"x"', b"\xff\xfe"):
        with pytest.raises(UnreadableArtifactError):
            flattened(swe_agent, write(tmp_path, "a.traj", content))
    assert not swe_agent.matches(write(tmp_path, "a.traj", '{"trajectory": [{"type": "llm_call"}]}'))
    assert not swe_agent.matches(write(tmp_path, "a.json", json.dumps(SYNTHETIC)))
    document = SYNTHETIC | {"replay_config": json.dumps({"agent": {"model": {"name": "m"}}})}
    sound = json.dumps(document).encode()
    assert 0 < survives(swe_agent, lambda data: write(tmp_path, "a.traj", data), sound, 250) < 250
