"""mini-swe-agent: 27 real trajectories of 2.x recounted with plain json, the older ones, and synthetic documents."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.atif import trajectory as atif
from loaders.formats.mini_swe_agent import trajectory as mini_swe_agent
from loaders.tables import Attempt, AttemptFile, Entry, Session, ToolCall
from tests.python.loaders.formats.harbor_inputs import flattened, survives, write

T = TypeVar("T")
Document = dict[str, Any]

PATCH = "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1 +1,2 @@\n-a\n+b\n+c\n"


def _response(index: int, **changes: Any) -> Document:
    return {
        "id": f"r{index}",
        "created": 1_700_000_000 + index,
        "model": "m",
        "object": "chat.completion",
        "choices": [{"finish_reason": "tool_calls", "message": {"role": "assistant", "content": "raw"}}],
        "usage": {
            "prompt_tokens": 100,
            "completion_tokens": 9,
            "prompt_tokens_details": {"cached_tokens": 40},
            "cache_creation_input_tokens": 20,
            "completion_tokens_details": {"reasoning_tokens": 5},
        },
    } | changes


def _call(call_id: str, command: str) -> Document:
    return {"id": call_id, "function": {"name": "bash", "arguments": json.dumps({"command": command})}}


def _result(call_id: str, code: int, output: str, at: float) -> Document:
    content = json.dumps({"returncode": code, "output": output})
    return {
        "role": "tool",
        "tool_call_id": call_id,
        "content": content,
        "extra": {"returncode": code, "raw_output": output, "timestamp": at},
    }


SYNTHETIC: Document = {
    "info": {
        "model_stats": {"instance_cost": 0.25, "api_calls": 3},
        "config": {"model": {"model_name": "p/m"}, "environment": {"cwd": "/testbed"}},
        "mini_version": "2.4.6",
        "exit_status": "Submitted",
        "submission": PATCH,
    },
    "messages": [
        {"role": "system", "content": "rules"},
        {"role": "user", "content": [{"type": "text", "text": "fix"}]},
        {
            "role": "assistant",
            "content": "two at once",
            "reasoning_content": "hmm",
            "tool_calls": [_call("b", "ls"), _call("a", "pwd")],
            "extra": {"actions": [], "cost": 0.1, "timestamp": 1_700_000_010.5, "response": _response(1)},
        },
        _result("a", 0, "/testbed\n", 1_700_000_011),
        _result("b", 2, "no", 1_700_000_012),
        {
            "role": "user",
            "content": "No tool calls found.",
            "extra": {"interrupt_type": "FormatError", "cost": 0.05, "response": _response(2)},
        },
        {
            "role": "assistant",
            "content": "submit",
            "tool_calls": [_call("a", "echo COMPLETE")],
            "extra": {"cost": 0.1, "timestamp": 1_700_000_020, "response": _response(3, usage=None)},
        },
        {"role": "exit", "content": "bye", "extra": {"exit_status": "Submitted", "submission": PATCH}},
    ],
    "trajectory_format": "mini-swe-agent-1.1",
}


def _of(rows: list[Any], kind: type[T]) -> list[T]:
    return [row for row in rows if isinstance(row, kind)]


@pytest.fixture(scope="module")
def real(science: Path) -> list[tuple[Artifact, list[Any]]]:
    """(artifact, rows) of each of the 27 real native trajectories."""
    found = []
    for path in sorted(science.rglob("mini-swe-agent.trajectory.json")):
        artifact = Artifact(path, science)
        assert mini_swe_agent.matches(artifact)
        assert not atif.matches(artifact)
        rows, bad = flattened(mini_swe_agent, artifact)
        assert bad == {}
        found.append((artifact, rows))
    return found


def test_real_counts(real: list[tuple[Artifact, list[Any]]]) -> None:
    messages = [message for artifact, _ in real for message in json.loads(artifact.data)["messages"]]
    roles = Counter(message["role"] for message in messages)
    rejected = [message for message in messages if message["role"] == "user" and "response" in message.get("extra", {})]
    reasoned = sum(bool(message.get("reasoning_content")) for message in messages)
    calls = sum(len(message.get("tool_calls") or []) for message in messages)
    assert (len(real), roles["assistant"], len(rejected), reasoned, calls) == (27, 1513, 45, 1478, 1519)
    rows = [row for _, rows in real for row in rows]
    landed = Counter(type(row).__name__ for row in rows)
    assert landed["Session"] == landed["Attempt"] == 27
    assert landed["ToolCall"] == 1519
    assert landed["Entry"] == len(messages) + 45
    entries = _of(rows, Entry)
    assert sum(entry.is_llm_call is True for entry in entries) == 1513 + 45
    assert sum(bool(entry.thinking_block_lengths) for entry in entries if "extra" not in entry.place) == 1478
    assert Counter(entry.entry_type for entry in entries if entry.entry_type != "message") == {
        "observation": roles["tool"],
        "interrupt": 45,
        "exit": 26,
    }
    assert all(call.has_result for call in _of(rows, ToolCall))
    exit_statuses = Counter(session.exit_status for session in _of(rows, Session))
    assert exit_statuses == {"Submitted": 19, "RepeatedFormatError": 6, "ServiceUnavailableError": 1, "": 1}


def test_real_tokens_are_those_of_the_converted_totals(real: list[tuple[Artifact, list[Any]]]) -> None:
    for artifact, rows in real:
        totals = json.loads((artifact.directory / "trajectory.json").read_bytes())["final_metrics"]
        entries = _of(rows, Entry)
        read = sum(entry.cache_read_tokens or 0 for entry in entries)
        assert read == totals["total_cached_tokens"]
        assert sum(entry.input_tokens or 0 for entry in entries) + read == totals["total_prompt_tokens"]
        assert sum(entry.output_tokens or 0 for entry in entries) == totals["total_completion_tokens"]
        reasoning = sum(entry.reasoning_tokens or 0 for entry in entries)
        assert reasoning == totals["extra"]["total_reasoning_tokens"]


def test_real_calls_and_clocks(real: list[tuple[Artifact, list[Any]]]) -> None:
    for artifact, rows in real:
        document = json.loads(artifact.data)
        (session,) = _of(rows, Session)
        (attempt,) = _of(rows, Attempt)
        assert session.telemetry == "native_trajectory"
        assert session.llm_call_count == document["info"]["model_stats"]["api_calls"]
        assert (session.run_directory, session.task_id, attempt.task_id, attempt.is_patch_empty) == (None,) * 4
        calls = {call.place: call for call in _of(rows, ToolCall)}
        for number, message in enumerate(document["messages"]):
            results = [other for other in document["messages"][number + 1 : number + 3] if other["role"] == "tool"]
            for index, given in enumerate(message.get("tool_calls") or []):
                call = calls[f"/messages/{number}/tool_calls/{index}"]
                result = next(other for other in results if other["tool_call_id"] == given["id"])
                assert call.command == json.loads(given["function"]["arguments"])["command"]
                assert call.exit_code == result["extra"]["returncode"]
                at = datetime.fromtimestamp(result["extra"]["timestamp"], UTC).replace(tzinfo=None)
                assert call.result_at == at
                assert call.called_at is not None
                assert call.called_at <= at


def test_first_generation_with_info(fixtures: Path) -> None:
    root = fixtures / "harbor_jobs" / "golden_atif" / "rfcs"
    artifact = Artifact(root / "0001-trajectory-format" / "mini-swe-agent-trajectory.json", root)
    assert mini_swe_agent.matches(artifact)
    rows, bad = flattened(mini_swe_agent, artifact)
    assert bad == {}
    (session,) = _of(rows, Session)
    assert (session.format_version, session.agent_version) == ("mini-swe-agent-1", "1.13.4")
    assert (session.total_cost_usd, session.llm_call_count) == (0.010520999999999999, 3)
    calls = _of(rows, ToolCall)
    assert [call.exit_code for call in calls] == [0, 0, None]
    assert [call.command for call in calls][1] == "cat hello.txt"
    assert [call.result_text for call in calls] == ["", "Hello, world!\n", ""]
    entries = _of(rows, Entry)
    assert len(entries) == 8
    assert sum(entry.is_llm_call is True for entry in entries) == 3
    messages = json.loads(artifact.data)["messages"]
    usages = [message["extra"]["response"]["usage"] for message in messages if message["role"] == "assistant"]
    answers = [entry for entry in entries if entry.is_llm_call]
    assert [entry.output_tokens for entry in answers] == [usage["completion_tokens"] for usage in usages]


@pytest.mark.parametrize(("name", "messages", "calls"), [("github_issue", 22, 10), ("local", 6, 2)])
def test_bare_lists_of_messages(fixtures: Path, name: str, messages: int, calls: int) -> None:
    root = fixtures / "swe_agent_traj" / "mini-swe-agent"
    artifact = Artifact(root / "tests" / "test_data" / f"{name}.traj.json", root)
    assert mini_swe_agent.matches(artifact)
    assert len(json.loads(artifact.data)) == messages
    rows, bad = flattened(mini_swe_agent, artifact)
    assert bad == {}
    entries = _of(rows, Entry)
    assert len(entries) == messages
    assert len(_of(rows, ToolCall)) == calls
    assert all(call.has_result for call in _of(rows, ToolCall))
    assert {entry.thinking_block_lengths is None for entry in entries if entry.is_llm_call} == {True}
    assert (rows[0].task_id, rows[0].run_directory) == (name, str(artifact.directory))
    assert entries[2].place == "/2"


def test_synthetic_session_and_attempt(tmp_path: Path) -> None:
    rows, bad = flattened(mini_swe_agent, write(tmp_path, "run/a__a-1/a__a-1.traj.json", SYNTHETIC))
    assert bad == {}
    (session,) = _of(rows, Session)
    assert (session.run_directory, session.task_id) == (str(tmp_path / "run"), "a__a-1")
    assert (session.model_id, session.working_directory, session.submission) == ("p/m", "/testbed", PATCH)
    (attempt,) = _of(rows, Attempt)
    assert (attempt.evidence, attempt.task_id, attempt.run_directory) == ("trajectory", "a__a-1", str(tmp_path / "run"))
    assert (attempt.patch, attempt.is_patch_empty, attempt.cost_usd) == (PATCH, False, 0.25)
    (file,) = _of(rows, AttemptFile)
    assert (file.path, file.added_lines, file.deleted_lines, file.attempt_place) == ("x.py", 2, 1, attempt.place)


def test_synthetic_entries(tmp_path: Path) -> None:
    rows, _ = flattened(mini_swe_agent, write(tmp_path, "a.traj.json", SYNTHETIC))
    entries = _of(rows, Entry)
    assert [(entry.place.removeprefix("/messages/"), entry.entry_type, entry.role) for entry in entries] == [
        ("0", "message", "system"),
        ("1", "message", "user"),
        ("2", "message", "assistant"),
        ("3", "observation", "tool"),
        ("4", "observation", "tool"),
        ("5/extra/response", "message", "assistant"),
        ("5", "interrupt", "user"),
        ("6", "message", "assistant"),
        ("7", "exit", None),
    ]
    assert [entry.entry_index for entry in entries] == list(range(9))
    assert entries[1].text == "fix"
    answer, rejected, last = entries[2], entries[5], entries[7]
    assert str(answer.message_at) == "2023-11-14 22:13:21"
    assert str(answer.occurred_at) == "2023-11-14 22:13:30.500000"
    assert (answer.input_tokens, answer.cache_read_tokens, answer.cache_write_tokens) == (40, 40, 20)
    assert (answer.output_tokens, answer.reasoning_tokens, answer.usage_basis) == (9, 5, "cache_subtracted")
    assert (answer.thinking_text, answer.thinking_block_lengths, answer.cost_usd) == ("hmm", [3], 0.1)
    assert (rejected.text, rejected.message_id, rejected.cost_usd, rejected.is_llm_call) == ("raw", "r2", 0.05, True)
    assert (last.input_tokens, last.usage_basis, last.thinking_block_lengths) == (None, None, [])


def test_synthetic_results_join_by_call_id(tmp_path: Path) -> None:
    rows, _ = flattened(mini_swe_agent, write(tmp_path, "a.traj.json", SYNTHETIC))
    calls = _of(rows, ToolCall)
    assert [(call.entry_index, call.call_index, call.result_text, call.exit_code) for call in calls] == [
        (2, 0, "no", 2),
        (2, 1, "/testbed\n", 0),
        (7, 0, None, None),
    ]
    assert [call.has_result for call in calls] == [True, True, False]


@pytest.mark.parametrize(
    ("path", "changes", "expected"),
    [
        ("run/x.traj.json", {"submission": ""}, True),
        ("run/x.traj.json", {"submission": None}, True),
        ("run/x.traj.json", {"submission": "All done."}, None),
        ("run/x.traj.json", {"submission": "", "exit_status": "LimitsExceeded"}, None),
        ("job/trial/agent/mini-swe-agent.trajectory.json", {"submission": ""}, None),
        ("job/trial/agent/mini-swe-agent.trajectory.json", {}, False),
    ],
)
def test_synthetic_empty_patches(tmp_path: Path, path: str, changes: Document, expected: bool | None) -> None:
    document = SYNTHETIC | {"info": SYNTHETIC["info"] | changes}
    rows, _ = flattened(mini_swe_agent, write(tmp_path, path, document))
    (attempt,) = _of(rows, Attempt)
    assert attempt.is_patch_empty is expected
    assert (attempt.task_id is None) is ("agent" in path)


def test_synthetic_submission_that_was_never_written(tmp_path: Path) -> None:
    info = {name: value for name, value in SYNTHETIC["info"].items() if name != "submission"}
    rows, _ = flattened(mini_swe_agent, write(tmp_path, "a.traj.json", SYNTHETIC | {"info": info}))
    assert _of(rows, Attempt)[0].is_patch_empty is None
    assert rows[0].submission is None


def test_synthetic_fenced_commands(tmp_path: Path) -> None:
    messages = [
        {"role": "user", "content": "fix"},
        {"role": "assistant", "content": "<think>plan</think>Look:\n\n```bash\nls\n```"},
        {"role": "user", "content": "<returncode>3</returncode>\n<output>\nno\n</output>"},
        {"role": "assistant", "content": "```bash\na\n```\n```bash\nb\n```"},
        {"role": "user", "content": "exactly one, please"},
        {"role": "assistant", "content": "nothing"},
        {"role": "assistant", "content": "```mswea_bash_command\nsleep 9\n```"},
        {"role": "user", "content": "The last command timed out"},
    ]
    rows, _ = flattened(mini_swe_agent, write(tmp_path, "a.traj.json", messages))
    calls = _of(rows, ToolCall)
    assert [(call.command, call.exit_code, call.result_text) for call in calls] == [
        ("ls", 3, "no\n"),
        ("sleep 9", None, "The last command timed out"),
    ]
    entries = _of(rows, Entry)
    assert (entries[1].text, entries[1].thinking_block_lengths) == ("Look:\n\n```bash\nls\n```", [4])
    assert [entry.role for entry in entries if not entry.is_llm_call] == ["user", "tool", "user", "tool"]


def test_synthetic_responses_api(tmp_path: Path) -> None:
    answer = {
        "object": "response",
        "id": "resp_1",
        "created_at": 1_700_000_000.0,
        "model": "m",
        "status": "completed",
        "output": [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "why"}]},
            {"type": "reasoning", "summary": [], "encrypted_content": "zzz"},
            {"type": "message", "content": [{"type": "output_text", "text": "Looking."}]},
            {"type": "function_call", "call_id": "c1", "name": "bash", "arguments": '{"command": "ls"}'},
        ],
        "usage": {
            "input_tokens": 50,
            "input_tokens_details": {"cached_tokens": 20},
            "output_tokens": 8,
            "output_tokens_details": {"reasoning_tokens": 6},
        },
        "extra": {"cost": 0.1, "timestamp": 1_700_000_003.0, "actions": [{"command": "ls", "tool_call_id": "c1"}]},
    }
    output = json.dumps({"returncode": 0, "output": "a\n"})
    result = {"type": "function_call_output", "call_id": "c1", "output": output, "extra": {"returncode": 0}}
    rows, bad = flattened(mini_swe_agent, write(tmp_path, "a.traj.json", {"messages": [answer, result]}))
    assert bad == {}
    entry, observation = _of(rows, Entry)
    assert (entry.text, entry.thinking_text, entry.thinking_block_lengths) == ("Looking.", "why", [3, 0])
    assert (entry.input_tokens, entry.cache_read_tokens, entry.reasoning_tokens) == (30, 20, 6)
    assert (entry.stop_reason, entry.message_id, entry.is_llm_call) == ("completed", "resp_1", True)
    (call,) = _of(rows, ToolCall)
    assert (call.place, call.command, call.result_text, call.exit_code) == ("/messages/0/output/3", "ls", "a\n", 0)
    assert (observation.role, observation.text) == ("tool", None)


def test_synthetic_usage_that_excludes_the_cache(tmp_path: Path) -> None:
    usage = {"input_tokens": 5, "cache_read_input_tokens": 70, "cache_creation_input_tokens": 9, "output_tokens": 2}
    message = {"role": "assistant", "content": "x", "extra": {"response": _response(1, usage=usage)}}
    rows, _ = flattened(mini_swe_agent, write(tmp_path, "a.traj.json", {"messages": [message]}))
    (entry,) = _of(rows, Entry)
    assert (entry.input_tokens, entry.cache_read_tokens, entry.cache_write_tokens) == (5, 70, 9)
    assert entry.usage_basis == "excludes_cache"


def test_synthetic_bad_elements_cost_themselves_alone(tmp_path: Path) -> None:
    document = json.loads(json.dumps(SYNTHETIC))
    document["info"]["model_stats"]["api_calls"] = "three"
    document["messages"][0] = None
    document["messages"][2]["extra"]["response"]["usage"]["prompt_tokens"] = {}
    document["messages"][2]["tool_calls"][0]["function"]["name"] = None
    rows, bad = flattened(mini_swe_agent, write(tmp_path, "a.traj.json", document))
    assert set(bad) == {
        "/info/model_stats/api_calls",
        "/messages/0",
        "/messages/2/extra/response/usage/prompt_tokens",
        "/messages/2/tool_calls/0",
    }
    assert [call.result_text for call in _of(rows, ToolCall)] == ["/testbed\n", None]
    assert len(_of(rows, Entry)) == 8


def test_synthetic_message_by_message_as_in_one_pass(tmp_path: Path) -> None:
    sound, _ = flattened(mini_swe_agent, write(tmp_path, "a.traj.json", SYNTHETIC))
    torn = {**SYNTHETIC, "messages": [*SYNTHETIC["messages"], 17]}
    rows, bad = flattened(mini_swe_agent, write(tmp_path, "a.traj.json", torn))
    assert rows == sound
    assert set(bad) == {f"/messages/{len(SYNTHETIC['messages'])}"}


def test_synthetic_output_that_stands_beside_the_message_alone(tmp_path: Path) -> None:
    document = json.loads(json.dumps(SYNTHETIC))
    for number, kept in ((3, "kept\n"), (4, 17)):
        del document["messages"][number]["content"]
        document["messages"][number]["extra"]["raw_output"] = kept
    rows, bad = flattened(mini_swe_agent, write(tmp_path, "a.traj.json", document))
    assert "kept\n" in {call.result_text for call in _of(rows, ToolCall)}
    assert set(bad) == {"/messages/4/extra/raw_output"}


def test_what_is_no_trajectory(tmp_path: Path) -> None:
    body = json.dumps(SYNTHETIC)
    assert mini_swe_agent.matches(write(tmp_path, "mini-swe-agent.trajectory.json", body))
    assert not mini_swe_agent.matches(write(tmp_path, "a.json", body))
    assert not mini_swe_agent.matches(write(tmp_path, "b.traj.json", '{"steps": []}'))
    assert not mini_swe_agent.matches(write(tmp_path, "c.traj.json", "[1, 2]"))
    assert not mini_swe_agent.matches(write(tmp_path, "d.traj.json", ""))


def test_unreadable_and_damaged(tmp_path: Path) -> None:
    for content in (b"", b"[", b'{"info": {', b'"x"', b"[1", b"\xff\xfe"):
        with pytest.raises(UnreadableArtifactError):
            flattened(mini_swe_agent, write(tmp_path, "a.traj.json", content))
    sound = json.dumps(SYNTHETIC).encode()
    assert 0 < survives(mini_swe_agent, lambda data: write(tmp_path, "a.traj.json", data), sound, 250) < 250
    bare = json.dumps(SYNTHETIC["messages"]).encode()
    assert 0 < survives(mini_swe_agent, lambda data: write(tmp_path, "a.traj.json", data), bare, 150) < 150
