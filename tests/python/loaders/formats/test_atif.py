"""ATIF: the 72 real trajectories and Harbor's golden ones recounted with plain json, and synthetic documents."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, TypeVar

import pytest

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.atif import trajectory as atif
from loaders.tables import Entry, FileEdit, Session, SessionEvent, ToolCall
from tests.python.loaders.formats.harbor_inputs import flattened, survives, write

T = TypeVar("T")
Document = dict[str, Any]

SYNTHETIC: Document = {
    "schema_version": "ATIF-v1.7",
    "session_id": "run-1",
    "trajectory_id": "main",
    "agent": {"name": "claude-code", "version": "2", "model_name": "m", "extra": {"x": 1}},
    "steps": [
        {"step_id": 1, "source": "system", "message": "rules"},
        {"step_id": 2, "source": "user", "message": [{"type": "text", "text": "fix"}, {"type": "image"}]},
        {
            "step_id": 3,
            "timestamp": "2026-01-02T03:04:05+02:00",
            "source": "agent",
            "model_name": "m2",
            "message": "look",
            "reasoning_content": "hmm",
            "tool_calls": [
                {"tool_call_id": "a", "function_name": "Grep", "arguments": {"pattern": "x", "path": "src"}},
                {"tool_call_id": "b", "function_name": "Write", "arguments": {"file_path": "f", "content": "1\n"}},
                {"tool_call_id": "c", "function_name": "Write", "arguments": {"file_path": "g", "content": "1\n"}},
                {"tool_call_id": "d", "function_name": "Read", "arguments": {"file_path": "f"}},
            ],
            "observation": {
                "results": [
                    {"source_call_id": "c", "content": "denied", "extra": {"tool_result_is_error": True}},
                    {"source_call_id": "b", "content": [{"type": "text", "text": "ok"}], "extra": {"duration_ms": 250}},
                    {"content": "first"},
                    {"source_call_id": "elsewhere", "content": "late"},
                ]
            },
            "metrics": {
                "prompt_tokens": 100,
                "completion_tokens": 7,
                "cached_tokens": 60,
                "cost_usd": 0.5,
                "extra": {
                    "cache_creation_input_tokens": 30,
                    "completion_tokens_details": {"reasoning_tokens": 3},
                },
            },
        },
        {"step_id": 4, "source": "agent", "message": "done", "llm_call_count": 0, "is_copied_context": True},
    ],
    "final_metrics": {
        "total_prompt_tokens": 100,
        "total_completion_tokens": 7,
        "total_cached_tokens": 60,
        "total_cost_usd": 0.5,
        "extra": {"total_cache_creation_input_tokens": 30, "total_reasoning_tokens": 3},
    },
    "continued_trajectory_ref": "trajectory.cont-1.json",
    "subagent_trajectories": [
        {
            "schema_version": "ATIF-v1.7",
            "session_id": "run-1",
            "trajectory_id": "sub",
            "agent": {"name": "helper"},
            "steps": [{"step_id": 1, "source": "agent", "message": "sub"}],
            "subagent_trajectories": [{"trajectory_id": "sub-sub", "steps": [{"source": "user", "message": "deep"}]}],
        },
        {"trajectory_id": "second", "steps": []},
    ],
}


def _of(rows: list[Any], kind: type[T]) -> list[T]:
    return [row for row in rows if isinstance(row, kind)]


@pytest.fixture(scope="module")
def real(science: Path) -> list[tuple[Document, list[Any]]]:
    """(document, rows) of each of the 72 real trajectories."""
    artifacts = [Artifact(path, science) for path in sorted(science.rglob("trajectory.json"))]
    found = []
    for artifact in artifacts:
        assert atif.matches(artifact)
        rows, bad = flattened(atif, artifact)
        assert bad == {}
        found.append((json.loads(artifact.data), rows))
    return found


def test_real_counts(real: list[tuple[Document, list[Any]]]) -> None:
    landed = Counter(type(row).__name__ for _, rows in real for row in rows)
    steps = [step for document, _ in real for step in document["steps"]]
    unpaired = 0
    for step in steps:
        results = (step.get("observation") or {}).get("results", [])
        unpaired += len(results) - len(step.get("tool_calls", []))
    assert len(real) == landed["Session"] == 72
    assert sum(len(step.get("tool_calls", [])) for step in steps) == landed["ToolCall"] == 7186
    assert (len(steps), unpaired) == (7258, 107)
    assert landed["Entry"] == 7258 + 107
    assert sum(len(step.get("tool_calls", [])) > 1 for step in steps) == 46
    assert landed["FileEdit"] == landed["SessionEvent"] == 0


def test_real_rows_say_what_the_steps_say(real: list[tuple[Document, list[Any]]]) -> None:
    reasoned = 0
    for document, rows in real:
        (session,) = _of(rows, Session)
        assert session.converted_from == "mini-swe-agent-1.1"
        assert session.is_reasoning_lost is True
        assert session.run_directory is session.task_id is None
        totals = document["final_metrics"]
        assert session.total_input_tokens == totals["total_prompt_tokens"] - totals["total_cached_tokens"]
        assert session.total_cost_usd is None
        assert session.total_reasoning_tokens == totals["extra"]["total_reasoning_tokens"]
        entries = {entry.place: entry for entry in _of(rows, Entry)}
        calls = {call.place: call for call in _of(rows, ToolCall)}
        assert sorted(entry.entry_index for entry in entries.values()) == list(range(len(entries)))
        for number, step in enumerate(document["steps"]):
            entry = entries[f"/steps/{number}"]
            assert entry.text == step["message"]
            assert entry.is_llm_call is (step["source"] == "agent")
            reasoned += bool(entry.thinking_block_lengths)
            if "metrics" in step:
                metrics = step["metrics"]
                assert entry.cache_read_tokens == metrics.get("cached_tokens")
                assert entry.input_tokens == metrics["prompt_tokens"] - metrics.get("cached_tokens", 0)
                assert entry.reasoning_tokens == metrics["extra"]["completion_tokens_details"]["reasoning_tokens"]
                assert entry.usage_basis == "cache_subtracted"
            for index, given in enumerate(step.get("tool_calls", [])):
                call = calls[f"/steps/{number}/tool_calls/{index}"]
                result = json.loads(step["observation"]["results"][index]["content"])
                assert call.command == given["arguments"]["command"]
                assert call.exit_code == result["returncode"]
                assert call.has_result
                assert call.is_result_truncated is ("output" not in result)
                assert (call.result_text or "").startswith(result.get("output", result.get("output_head")))
                assert call.result_length == len(call.result_text or "")
    assert reasoned == 24


def test_real_actions_that_were_not_executed(real: list[tuple[Document, list[Any]]]) -> None:
    calls = [call for _, rows in real for call in _of(rows, ToolCall)]
    refused = [call for call in calls if call.result_text == "action was not executed"]
    assert len(refused) > 0
    assert {(call.exit_code, call.is_error, call.has_result) for call in refused} == {(-1, None, True)}
    assert sum(call.exit_code == -1 for call in calls) == 117


GOLDEN = {
    "terminus_2/hello-world-context-summarization.trajectory.json": (10, 7, 4),
    "terminus_2/hello-world-context-summarization.trajectory.summarization-1-answers.json": (7, 2, 0),
    "terminus_2/hello-world-context-summarization.trajectory.summarization-1-questions.json": (2, 0, 0),
    "terminus_2/hello-world-context-summarization.trajectory.summarization-1-summary.json": (5, 2, 0),
    "terminus_2/hello-world-context-summarization-linear-history.trajectory.json": (8, 0, 4),
    "terminus_2/hello-world-context-summarization-linear-history.trajectory.cont-1.json": (12, 0, 0),
    "terminus_2/hello-world-invalid-json.trajectory.json": (6, 3, 0),
    "terminus_2/hello-world-timeout.trajectory.json": (4, 3, 0),
    "openhands/hello-world.trajectory.json": (6, 2, 0),
    "openhands/hello-world.trajectory.no_function_calling.json": (5, 0, 0),
}
"""(entries, tool calls, events): steps, and the observations of steps without calls."""


def test_golden_trajectories(fixtures: Path) -> None:
    root = fixtures / "harbor_jobs" / "golden_atif"
    claimed = {}
    for path in sorted(root.rglob("*.json")):
        artifact = Artifact(path, root)
        if atif.matches(artifact):
            rows, bad = flattened(atif, artifact)
            assert bad == {}
            counts = Counter(type(row) for row in rows)
            claimed[str(path.relative_to(root / "tests" / "golden"))] = (
                counts[Entry],
                counts[ToolCall],
                counts[SessionEvent],
            )
            assert rows[0].run_directory == str(path.parent)
            assert rows[0].task_id == path.name.partition(".")[0]
            assert rows[0].is_reasoning_lost is None
    assert claimed == GOLDEN


def test_golden_subagents_and_continuations(fixtures: Path) -> None:
    root = fixtures / "harbor_jobs" / "golden_atif" / "tests" / "golden" / "terminus_2"
    name = "hello-world-context-summarization"
    rows, _ = flattened(atif, Artifact(root / f"{name}.trajectory.summarization-1-answers.json", root))
    session = rows[0]
    assert session.is_subagent
    assert session.parent_path == f"{name}.trajectory.json"
    assert session.parent_native_session_id == "NORMALIZED_SESSION_ID"
    copied = [entry.is_copied_context for entry in _of(rows, Entry)]
    assert copied == [True, True, True, True, True, None, None]
    rows, _ = flattened(atif, Artifact(root / f"{name}-linear-history.trajectory.json", root))
    assert rows[0].continues_path == "trajectory.cont-1.json"
    assert not rows[0].is_subagent
    events = _of(rows, SessionEvent)
    assert [event.event_type for event in events] == ["compaction", "subagent", "subagent", "subagent"]
    assert events[1].detail == "trajectory.summarization-1-summary.json"
    rows, _ = flattened(atif, Artifact(root / "hello-world-invalid-json.trajectory.json", root))
    assert [bool(entry.thinking_block_lengths) for entry in _of(rows, Entry) if entry.is_llm_call] == [True] * 4
    rows, _ = flattened(atif, Artifact(root.parent / "openhands" / "hello-world.trajectory.json", root.parent))
    (edit,) = _of(rows, FileEdit)
    assert (edit.path, edit.operation, edit.range_basis, edit.new_length) == (
        "/app/hello.txt",
        "create",
        "whole_file",
        1,
    )
    assert [call.has_result for call in _of(rows, ToolCall)] == [True, False]


def test_synthetic_session_and_entries(tmp_path: Path) -> None:
    rows, bad = flattened(atif, write(tmp_path, "runs/t-1.trajectory.json", SYNTHETIC))
    assert bad == {}
    session = rows[0]
    assert (session.native_session_id, session.format_version) == ("run-1", "ATIF-v1.7")
    assert (session.run_directory, session.task_id) == (str(tmp_path / "runs"), "t-1")
    assert (session.total_input_tokens, session.total_cache_write_tokens) == (10, 30)
    assert session.converted_from is session.is_reasoning_lost is None
    entries = [entry for entry in _of(rows, Entry) if entry.session_index == 0]
    assert [(entry.role, entry.entry_type) for entry in entries] == [
        ("system", "message"),
        ("user", "message"),
        ("assistant", "message"),
        ("tool", "observation"),
        ("assistant", "message"),
    ]
    assert [entry.entry_index for entry in entries] == [0, 1, 2, 3, 4]
    answer = entries[2]
    assert entries[1].text == "fix"
    assert str(answer.occurred_at) == "2026-01-02 01:04:05"
    assert (answer.input_tokens, answer.cache_read_tokens, answer.cache_write_tokens) == (10, 60, 30)
    assert (answer.output_tokens, answer.reasoning_tokens, answer.cost_usd, answer.model_id) == (7, 3, 0.5, "m2")
    assert (answer.thinking_text, answer.thinking_block_lengths) == ("hmm", [3])
    assert (entries[3].text, entries[3].place) == ("late", "/steps/2/observation/results/3")
    assert (entries[4].is_llm_call, entries[4].is_copied_context, entries[4].usage_basis) == (False, True, None)


def test_synthetic_results_join_by_id_then_by_order(tmp_path: Path) -> None:
    rows, _ = flattened(atif, write(tmp_path, "trajectory.json", SYNTHETIC))
    calls = _of(rows, ToolCall)
    assert [call.result_text for call in calls] == ["first", "ok", "denied", None]
    assert [call.is_error for call in calls] == [None, None, True, None]
    assert [call.has_result for call in calls] == [True, True, True, False]
    assert calls[1].duration_s == 0.25
    assert [edit.path for edit in _of(rows, FileEdit)] == ["f"]
    assert rows[0].task_id == "run-1"


def test_synthetic_embedded_subagents(tmp_path: Path) -> None:
    rows, _ = flattened(atif, write(tmp_path, "job/trial/agent/trajectory.json", SYNTHETIC))
    sessions = _of(rows, Session)
    assert [(s.session_index, s.native_session_id, s.parent_session_index, s.is_subagent) for s in sessions] == [
        (0, "run-1", None, False),
        (1, "sub", 0, True),
        (2, "second", 0, True),
        (3, "sub-sub", 1, True),
    ]
    assert [s.parent_native_session_id for s in sessions] == [None, "run-1", "run-1", "sub"]
    assert {s.run_directory for s in sessions} == {None}
    deep = [entry for entry in _of(rows, Entry) if entry.session_index == 3]
    assert [(e.text, e.entry_index, e.place) for e in deep] == [
        ("deep", 0, "/subagent_trajectories/0/subagent_trajectories/0/steps/0")
    ]


def test_synthetic_bad_elements_cost_themselves_alone(tmp_path: Path) -> None:
    document = json.loads(json.dumps(SYNTHETIC))
    document["steps"][0] = 5
    document["steps"][1]["message"] = 7
    document["steps"][2]["tool_calls"][3]["function_name"] = None
    document["steps"][2]["metrics"]["prompt_tokens"] = "many"
    document["final_metrics"]["total_cost_usd"] = []
    document["subagent_trajectories"][0] = "sub"
    rows, bad = flattened(atif, write(tmp_path, "trajectory.json", document))
    assert set(bad) == {
        "/steps/0",
        "/steps/1/message",
        "/steps/2/tool_calls/3",
        "/steps/2/metrics/prompt_tokens",
        "/final_metrics/total_cost_usd",
        "/subagent_trajectories/0",
    }
    entries = [entry for entry in _of(rows, Entry) if entry.session_index == 0]
    assert entries[0].place == "/steps/1"
    assert (entries[1].input_tokens, entries[1].output_tokens) == (None, 7)
    assert len(_of(rows, ToolCall)) == 3


def test_half_a_surrogate_pair_costs_one_character(tmp_path: Path) -> None:
    text = json.dumps(SYNTHETIC).replace('"rules"', r'"cut \ud83d, whole \ud83d\ude00, text \\ud83d, low \udc80"')
    rows, bad = flattened(atif, write(tmp_path, "trajectory.json", text))
    assert bad == {}
    assert _of(rows, Entry)[0].text == "cut \ufffd, whole \U0001f600, text \\ud83d, low \ufffd"
    assert len(_of(rows, ToolCall)) == 4


def test_synthetic_step_by_step_as_in_one_pass(tmp_path: Path) -> None:
    sound, _ = flattened(atif, write(tmp_path, "trajectory.json", SYNTHETIC))
    torn = {**SYNTHETIC, "steps": [*SYNTHETIC["steps"], 17]}
    rows, bad = flattened(atif, write(tmp_path, "trajectory.json", torn))
    assert rows == sound
    assert set(bad) == {f"/steps/{len(SYNTHETIC['steps'])}"}


def test_what_is_no_atif(tmp_path: Path) -> None:
    body = json.dumps(SYNTHETIC)
    assert atif.matches(write(tmp_path, "x.trajectory.cont-2.json", body))
    assert atif.matches(write(tmp_path, "trajectory.summarization-1-summary.json", body))
    assert not atif.matches(write(tmp_path, "x.traces.json", body))
    assert not atif.matches(write(tmp_path, "my_trajectory.json", body))
    assert not atif.matches(write(tmp_path, "a/trajectory.json", '{"schema_version": "ATIF-v2.0"}'))
    assert not atif.matches(write(tmp_path, "b/trajectory.json", json.dumps({"message": body})))


def test_unreadable_and_damaged(tmp_path: Path) -> None:
    for content in (b"", b"   ", b"[]", b'{"schema_version": "ATIF-v1.7", "steps": [', b'"x"', b"\xff\xfe"):
        with pytest.raises(UnreadableArtifactError):
            flattened(atif, write(tmp_path, "trajectory.json", content))
    sound = json.dumps(SYNTHETIC).encode()
    unreadable = survives(atif, lambda data: write(tmp_path, "trajectory.json", data), sound, 250)
    assert 0 < unreadable < 250


def test_deep_nesting_of_subagents(tmp_path: Path) -> None:
    for depth in (50, 5_000):
        text = '{"steps":[{"source":"user","message":"m"}],"subagent_trajectories":[' * depth + "]}" * depth
        artifact = write(tmp_path, "trajectory.json", text)
        try:
            rows, bad = flattened(atif, artifact)
        except UnreadableArtifactError:
            assert depth == 5_000
        else:
            assert bad or len(_of(rows, Session)) == depth
