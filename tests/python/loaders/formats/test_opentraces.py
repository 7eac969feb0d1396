"""OpenTraces records: the real files recounted with plain json, and synthetic ones for every rule."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats import FORMATS
from loaders.formats.opentraces import record as opentraces
from loaders.formats.pi import session as pi_session
from loaders.tables import BadRecord, Entry, FileEdit, Judgement, Record, Session, SessionEvent, ToolCall, VcsEvidence
from tests.python.loaders.formats.damage import ANYTHING, DAMAGE, survives

R = TypeVar("R", bound=Record)
Json = dict[str, Any]

FILES = (
    "derived__opentraces-0.3.3_schema-0.3.0_attribution_from-pi",
    "derived__opentraces-0.3.3_schema-0.3.0_from-claude-code",
    "derived__opentraces-0.4.13_schema-0.9.0_from-pi-codex",
)
STAMP = "2026-01-02T03:04:05.000Z"
NO_USAGE = {"input_tokens": 0, "output_tokens": 0, "cache_read_tokens": 0, "cache_write_tokens": 0}


def usage(prompt: int, output: int, cache_read: int = 0, cache_write: int = 0) -> Json:
    return {
        "input_tokens": prompt,
        "output_tokens": output,
        "cache_read_tokens": cache_read,
        "cache_write_tokens": cache_write,
        "prefix_reuse_tokens": 0,
    }


def step(role: str, index: int, content: Any = None, **fields: Any) -> Json:
    """A synthetic step."""
    common = {"step_index": index, "role": role, "content": content, "call_type": "main", "parent_step": None}
    return {**common, "token_usage": NO_USAGE, "timestamp": STAMP, "tool_calls": [], "observations": []} | fields


def call(call_id: str, name: str, **arguments: Any) -> Json:
    return {"tool_call_id": call_id, "tool_name": name, "input": arguments, "duration_ms": None}


def seen(call_id: str, content: str | None = None, error: str | None = None, summary: str | None = None) -> Json:
    return {"source_call_id": call_id, "content": content, "output_summary": summary, "error": error}


def trace(*steps: Any, **fields: Any) -> Json:
    """A synthetic record."""
    common: Json = {"schema_version": "0.3.0", "trace_id": "trace", "session_id": "synthetic", "content_hash": "x"}
    agent = {"name": "some-agent", "version": "1.2", "model": "provider/m"}
    return {**common, "timestamp_start": STAMP, "timestamp_end": None, "agent": agent, "steps": list(steps)} | fields


def trace_file(folder: Path, text: str, name: str = "synthetic.jsonl") -> Artifact:
    path = folder / name
    path.write_text(text)
    return Artifact(path, folder)


def landed(folder: Path, *records: Any) -> list[Record]:
    return list(opentraces.flatten(trace_file(folder, "".join(json.dumps(record) + "\n" for record in records))))


def of(records: list[Record], kind: type[R]) -> list[R]:
    return [record for record in records if isinstance(record, kind)]


def plain_llm_calls(steps: list[Json]) -> int:
    """Agent steps, neighbours with one non-zero prompt counted once; messages that no model wrote left out."""
    prompt = ("input_tokens", "cache_read_tokens", "cache_write_tokens")

    def is_chunk(before: Json, after: Json) -> bool:
        counts = [after["token_usage"][key] for key in prompt]
        same = counts == [before["token_usage"][key] for key in prompt]
        return before["role"] == after["role"] == "agent" and any(counts) and same

    agents: int = sum(one["role"] == "agent" and one["model"] != "<synthetic>" for one in steps)
    return agents - sum(is_chunk(before, after) for before, after in pairwise(steps))


@pytest.mark.parametrize("name", FILES)
def test_real_records_against_plain_json(fixtures: Path, name: str) -> None:
    path = fixtures / "opentraces" / f"{name}.jsonl"
    artifact = Artifact(path, fixtures)
    assert next(module for module in FORMATS if module.matches(artifact)) is opentraces
    records = list(opentraces.flatten(artifact))
    documents = [json.loads(line) for line in path.read_text().splitlines()]
    assert not of(records, BadRecord)
    sessions = of(records, Session)
    assert [row.native_session_id for row in sessions] == [document["session_id"] for document in documents]
    assert [row.session_index for row in sessions] == list(range(len(documents)))
    for session, document in zip(sessions, documents, strict=True):
        steps, agent = document["steps"], document["agent"]
        entries = [row for row in of(records, Entry) if row.session_index == session.session_index]
        calls = [row for row in of(records, ToolCall) if row.session_index == session.session_index]
        observations = [found for one in steps for found in one["observations"]]
        own_shell = sum(found["source_call_id"].startswith("pi-user-bash:") for found in observations)
        results = [found for found in observations if found["error"] != "no_result"]

        assert (session.agent_type, session.agent_version, session.model_id) == tuple(agent.values())
        assert [row.entry_index for row in entries] == list(range(len(entries)))
        prompts = [row for row in entries if row.role == "user" and row.entry_type == "message"]
        assert len(prompts) == sum(one["role"] == "user" for one in steps) - own_shell
        assert sum(row.is_llm_call is True for row in entries) == plain_llm_calls(steps)
        assert [row.tool_name for row in calls] == [made["tool_name"] for one in steps for made in one["tool_calls"]]
        assert sum(row.has_result for row in calls) == len(results) - own_shell
        assert sum(row.is_error is True for row in calls) == sum(found["error"] == "tool_error" for found in results)
        if agent["name"] == "codex-cli":
            assert all(row.is_error is None for row in calls)
        text = sum(len(found["content"] or "") for found in results if "pi-user" not in found["source_call_id"])
        assert sum(row.result_length or 0 for row in calls) == text
        thought = [one["reasoning_content"] for one in steps if one["reasoning_content"]]
        lengths = [length for row in entries for length in row.thinking_block_lengths or ()]
        assert lengths == [0 if text.startswith("[redacted:") else len(text) for text in thought]


def test_chunks_of_one_message_are_one_call(fixtures: Path) -> None:
    native = fixtures / "claude_code" / "teich__example_claude_code.jsonl"
    messages: dict[str, int] = {}
    for text in native.read_text().splitlines():
        line = json.loads(text)
        if line.get("type") == "assistant":
            messages[line["message"]["id"]] = line["message"]["usage"]["output_tokens"]
    path = fixtures / "opentraces" / f"{FILES[1]}.jsonl"
    records = list(opentraces.flatten(Artifact(path, fixtures)))
    session = next(row for row in of(records, Session) if row.native_session_id == "teich__example_claude_code")
    answers = [row for row in of(records, Entry) if row.session_index == session.session_index and row.is_llm_call]
    assert [row.output_tokens for row in answers] == list(messages.values())
    assert session.total_output_tokens is None


def test_records_against_the_pi_sessions_that_they_were_made_from(fixtures: Path) -> None:
    path = fixtures / "opentraces" / f"{FILES[2]}.jsonl"
    records = list(opentraces.flatten(Artifact(path, fixtures)))
    # The importer loses a prompt and an answer that are glued together on one line of the second session.
    for number, (name, lost) in enumerate(
        [("pi-mono__html-export-0ec8509d_v2", 0), ("pi-mono__session", 1), ("teich__example_pi_session", 0)]
    ):
        native = list(pi_session.flatten(Artifact(fixtures / "pi_sessions" / f"{name}.jsonl", fixtures)))
        entries = [row for row in of(records, Entry) if row.session_index == number]
        calls = [row for row in of(records, ToolCall) if row.session_index == number]
        told = [(row.role, row.entry_type) for row in of(native, Entry)]
        found = Counter((row.role, row.entry_type) for row in entries)
        assert found["user", "message"] == told.count(("user", "message")) - lost
        assert found["assistant", "message"] == told.count(("assistant", "message")) - lost
        assert found["user", "bash_execution"] == told.count(("user", "bash_execution"))
        one = Counter((row.tool_call_id, row.is_error, row.exit_code, row.command) for row in calls)
        assert one == Counter(
            (row.tool_call_id, row.is_error, row.exit_code, row.command) for row in of(native, ToolCall)
        )
        session = next(row for row in of(records, Session) if row.session_index == number)
        assert session.native_session_id == of(native, Session)[0].native_session_id
        assert session.working_directory == of(native, Session)[0].working_directory
        if not lost:
            assert session.total_cache_read_tokens == sum(row.cache_read_tokens or 0 for row in of(native, Entry))


def test_input_of_codex_is_landed_without_the_cache(fixtures: Path) -> None:
    path = fixtures / "opentraces" / f"{FILES[2]}.jsonl"
    session = of(list(opentraces.flatten(Artifact(path, fixtures))), Session)[4]
    totals = json.loads(path.read_text().splitlines()[4])["metrics"]
    assert session.total_input_tokens == totals["total_input_tokens"] - totals["total_cache_read_tokens"]
    assert (session.origin, session.converted_from, session.working_directory) == (
        "exec",
        "codex_cli_rollout",
        "/workspace",
    )


def test_the_session(tmp_path: Path) -> None:
    record = trace(
        step("user", 1, "please"),
        generation_index=2,
        timestamp_end="2026-01-02T04:00:00Z",
        task={"repository": "o/r", "repository_url": "https://host/o/r", "base_commit": None},
        environment={"vcs": {"type": "git", "base_commit": "abc", "branch": "main"}},
        outcome={"terminal_state": "goal_reached"},
        metadata={"source": "synthetic_source", "cwd": "/work"},
    )
    row = of(landed(tmp_path, record), Session)[0]
    assert (row.native_session_id, row.telemetry, row.format_version, row.generation) == (
        "synthetic",
        "session_export",
        "0.3.0",
        2,
    )
    assert (row.agent_type, row.agent_version, row.model_id) == ("some-agent", "1.2", "provider/m")
    assert (row.repository_url, row.git_branch, row.git_commit) == ("https://host/o/r", "main", "abc")
    assert (row.started_at, row.finished_at) == (datetime(2026, 1, 2, 3, 4, 5), datetime(2026, 1, 2, 4))
    assert (row.working_directory, row.converted_from, row.exit_status) == ("/work", "synthetic_source", "goal_reached")
    assert (row.is_usage_reported, row.place) == (False, "line 1")


def test_ids_of_a_session_without_one(tmp_path: Path) -> None:
    text = json.dumps(trace(session_id=None, trace_id=None))
    records = landed(tmp_path, trace(session_id=None), trace(session_id=None, trace_id=None))
    assert [row.native_session_id for row in of(records, Session)] == ["trace", sha256(text.encode()).hexdigest()]


def test_roles(tmp_path: Path) -> None:
    steps = [step("system", 1, "rules"), step("user", 2, "please"), step("agent", 3, None), step("other", 4, "x")]
    rows = of(landed(tmp_path, trace(*steps)), Entry)
    assert [(row.role, row.entry_type, row.text, row.is_llm_call) for row in rows] == [
        ("system", "message", "rules", False),
        ("user", "message", "please", False),
        ("assistant", "message", "", True),
        (None, "message", "x", False),
    ]
    assert rows[1].message_at == rows[1].occurred_at == datetime(2026, 1, 2, 3, 4, 5)
    assert rows[2].message_at is None
    assert all(row.entry_id is None and row.on_active_path is None for row in rows)


@pytest.mark.parametrize(
    ("agent", "text", "entry_type"),
    [
        ("claude-code", "<command-name>/clear</command-name>", "command"),
        ("claude-code", "<local-command-stdout>synthetic</local-command-stdout>", "command_output"),
        ("claude-code", "Caveat: The messages below were generated by the user while running local commands", "meta"),
        ("claude-code", "[Request interrupted by user for tool use]", "interrupt"),
        ("claude-code", "This session is being continued from a previous conversation that", "compaction_summary"),
        ("claude-code", "<bash-input>ls</bash-input>", "bash_execution"),
        ("codex-cli", "<environment_context>\n", "environment"),
        ("codex-cli", "# AGENTS.md instructions for /work", "environment"),
        ("codex-cli", "<turn_aborted>", "interrupt"),
        ("some-agent", "<command-name>/clear</command-name>", "message"),
        ("claude-code", "what is <command-name>?", "message"),
    ],
)
def test_what_agents_write_in_the_role_of_the_user(tmp_path: Path, agent: str, text: str, entry_type: str) -> None:
    records = landed(tmp_path, trace(step("user", 1, text), agent={"name": agent}))
    assert of(records, Entry)[0].entry_type == entry_type
    assert [row.event_type for row in of(records, SessionEvent)] == ["interrupt"] * (entry_type == "interrupt")


def test_other_steps_of_the_user(tmp_path: Path) -> None:
    own = step("user", 1, "! ls", observations=[seen("pi-user-bash:1", "a b")])
    records = landed(tmp_path, trace(own, step("user", 2, "synthetic", call_type="warmup")))
    assert [row.entry_type for row in of(records, Entry)] == ["bash_execution", "meta"]
    assert not of(records, ToolCall)


def test_chunks_are_merged(tmp_path: Path) -> None:
    steps = [
        step("agent", 1, None, token_usage=usage(3, 5, 7), reasoning_content="hm", call_type="warmup"),
        step("agent", 2, "one", token_usage=usage(3, 5, 7)),
        step(
            "agent", 3, "two", token_usage=usage(3, 9, 7), tool_calls=[call("a", "x")], timestamp="2026-01-02T03:04:09Z"
        ),
        step("agent", 4, None, token_usage=usage(3, 9, 7), tool_calls=[call("b", "y")], observations=[seen("b", "ok")]),
        step("agent", 5, None, token_usage=usage(3, 2, 7)),
        step("agent", 6, None, token_usage=usage(4, 2, 7)),
        step("user", 7, "more"),
        step("agent", 8, None, token_usage=usage(4, 2, 7)),
    ]
    records = landed(tmp_path, trace(*steps, metrics={"total_input_tokens": 23, "total_output_tokens": 30}))
    rows = [row for row in of(records, Entry) if row.is_llm_call]
    assert [(row.input_tokens, row.output_tokens, row.cache_read_tokens) for row in rows] == [
        (3, 9, 7),
        (3, 2, 7),
        (4, 2, 7),
        (4, 2, 7),
    ]
    assert (rows[0].text, rows[0].thinking_text, rows[0].entry_type) == ("one\ntwo", "hm", "message")
    assert [(row.entry_index, row.call_index, row.tool_call_id, row.has_result) for row in of(records, ToolCall)] == [
        (0, 0, "a", False),
        (0, 1, "b", True),
    ]
    session = of(records, Session)[0]
    assert (session.total_input_tokens, session.total_output_tokens) == (None, 30)


def test_chunks_without_a_prompt_count(tmp_path: Path) -> None:
    steps = [step("agent", index, None, token_usage=usage(0, output)) for index, output in enumerate((5, 5, 6))]
    assert [row.output_tokens for row in of(landed(tmp_path, trace(*steps)), Entry)] == [5, 6]


def test_usage_of_all_zeros_is_none(tmp_path: Path) -> None:
    records = landed(tmp_path, trace(step("agent", 1, "a"), step("agent", 2, "b"), metrics={"total_output_tokens": 0}))
    assert [(row.input_tokens, row.output_tokens, row.usage_basis) for row in of(records, Entry)] == [(None,) * 3] * 2
    assert of(records, Session)[0].total_output_tokens is None


def test_a_warmup_is_a_call_of_its_own_type(tmp_path: Path) -> None:
    records = landed(tmp_path, trace(step("agent", 1, None, call_type="warmup", token_usage=usage(5, 1))))
    row = of(records, Entry)[0]
    assert (row.entry_type, row.is_llm_call, row.output_tokens) == ("warmup", True, 1)


def test_no_model_wrote_a_synthetic_message(tmp_path: Path) -> None:
    records = landed(tmp_path, trace(step("agent", 1, "out of credit", model="<synthetic>")))
    assert of(records, Entry)[0].is_llm_call is False


def test_redacted_reasoning(tmp_path: Path) -> None:
    steps = [step("agent", 1, reasoning_content="[redacted: synthetic]"), step("agent", 2), step("user", 3)]
    rows = of(landed(tmp_path, trace(*steps)), Entry)
    assert [(row.thinking_text, row.thinking_block_lengths) for row in rows] == [(None, [0]), (None, []), (None, None)]


def test_results_of_calls(tmp_path: Path) -> None:
    made = [
        call("a", "Bash", command="ls"),
        call("b", "Read", file_path="f"),
        call("c", "x"),
        call("d", "x"),
        call("e", "x"),
    ]
    found = [
        seen("a", "Exit code 2\nsynthetic", "tool_error"),
        seen("b", None, None, "short..."),
        seen("c", None, "no_result"),
        seen("d", "out", "exit_code:7"),
    ]
    records = landed(
        tmp_path,
        trace(
            step("agent", 1, tool_calls=made, observations=found), step("agent", 2, observations=[seen("e", "late")])
        ),
    )
    rows = of(records, ToolCall)
    assert [(row.has_result, row.is_error, row.exit_code, row.result_text) for row in rows] == [
        (True, True, 2, "Exit code 2\nsynthetic"),
        (True, False, None, "short..."),
        (False, None, None, None),
        (True, True, 7, "out"),
        (True, False, None, "late"),
    ]
    assert [(row.is_result_truncated, row.result_length) for row in rows[:2]] == [(None, 21), (True, None)]
    assert (rows[0].command, rows[1].path_argument) == ("ls", "f")


def test_duration_of_a_call(tmp_path: Path) -> None:
    made = call("a", "x") | {"duration_ms": 1500}
    assert of(landed(tmp_path, trace(step("agent", 1, tool_calls=[made]))), ToolCall)[0].duration_s == 1.5


def test_a_refused_call(tmp_path: Path) -> None:
    found = [
        seen("a", "The user doesn't want to proceed with this tool use. Synthetic.", "tool_error"),
        seen("b", "ok"),
    ]
    steps = [step("agent", 1, tool_calls=[call("a", "Edit"), call("b", "Edit")], observations=found)]
    records = landed(tmp_path, trace(*steps, agent={"name": "claude-code"}))
    assert [row.is_rejected for row in of(records, ToolCall)] == [True, False]
    assert [(row.event_type, row.detail) for row in of(records, SessionEvent)] == [("rejection", "Edit")]
    assert [row.is_rejected for row in of(landed(tmp_path, trace(*steps)), ToolCall)] == [None, None]


def test_errors_of_codex_are_not_known(tmp_path: Path) -> None:
    text = "Chunk ID: x\nWall time: 1 seconds\nProcess exited with code 1\nOutput:\n"
    steps = [step("agent", 1, tool_calls=[call("a", "exec_command", cmd="ls")], observations=[seen("a", text)])]
    row = of(landed(tmp_path, trace(*steps, agent={"name": "codex-cli"})), ToolCall)[0]
    assert (row.is_error, row.exit_code, row.command) == (None, 1, "ls")


def test_subagents_have_sessions_of_their_own(tmp_path: Path) -> None:
    steps = [
        step("user", 1, "please"),
        step("user", 2, "look around", call_type="subagent", parent_step=4),
        step("agent", 3, "found", call_type="subagent", parent_step=4, agent_role="explore", model="small"),
        step("agent", 4, "asking", tool_calls=[call("a", "Task")], subagent_trajectory_ref="agent-7"),
        step("agent", 5, "other", call_type="subagent"),
        step("agent", 6, "done"),
    ]
    records = landed(tmp_path, trace(*steps), trace(session_id="next"))
    rows = of(records, Session)
    assert [(row.session_index, row.native_session_id, row.is_subagent, row.parent_session_index) for row in rows] == [
        (0, "synthetic", False, None),
        (1, "synthetic/agent-7", True, 0),
        (2, "synthetic/agent-block_1", True, 0),
        (3, "next", False, None),
    ]
    assert (rows[1].parent_native_session_id, rows[1].model_id) == ("synthetic", "small")
    assert [(row.session_index, row.entry_index, row.entry_type, row.text) for row in of(records, Entry)] == [
        (0, 0, "message", "please"),
        (0, 1, "message", "asking"),
        (0, 2, "message", "done"),
        (1, 0, "agent_prompt", "look around"),
        (1, 1, "message", "found"),
        (2, 0, "message", "other"),
    ]


def test_edits_of_calls(tmp_path: Path) -> None:
    edit = {"file_path": "a.py", "old_string": "x\n", "new_string": "y\n"}
    made = [call("a", "Edit", **edit), call("b", "Write", file_path="n", content="1\n"), call("c", "Edit", **edit)]
    found = [seen("a", "ok"), seen("b", "ok"), seen("c", "no", "tool_error")]
    rows = of(landed(tmp_path, trace(step("agent", 1, tool_calls=made, observations=found))), FileEdit)
    assert [(row.path, row.operation, row.call_index) for row in rows] == [("a.py", "edit", 0), ("n", "write", 1)]


def test_lines_of_edits_are_inferred_from_what_was_shown(tmp_path: Path) -> None:
    shown = "one\ntwo\nthree\n"
    made = [
        call("a", "Read", file_path="a.py"),
        call("b", "Edit", file_path="a.py", old_string="two\n", new_string="2\n2\n"),
        call(
            "c", "edit", path="a.py", edits=[{"oldText": "one", "newText": "1"}, {"oldText": "three", "newText": "3"}]
        ),
        call("d", "Edit", file_path="b.py", old_string="x", new_string="y"),
        call("e", "Write", file_path="c.py", content="1\n2\n"),
    ]
    found = [seen("a", shown), *(seen(name, "ok") for name in "bcde")]
    rows = of(landed(tmp_path, trace(step("agent", 1, tool_calls=made, observations=found))), FileEdit)
    assert [(row.call_index, row.edit_index, row.range_basis, row.start_line, row.end_line) for row in rows] == [
        (1, 0, "inferred", 2, 2),
        (2, 0, "inferred", 1, 1),
        (2, 1, "inferred", 4, 4),
        (3, 0, "unknown", None, None),
        (4, 0, "whole_file", 1, 2),
    ]


@pytest.mark.parametrize(
    ("name", "arguments", "text", "line"),
    [
        ("Read", {}, "     1→one\n     2→two\n", 2),
        ("Read", {"offset": 7}, "     7→one\n     8→two\n\n<system-reminder>synthetic</system-reminder>", 8),
        ("read", {"offset": 7, "limit": 2}, "one\ntwo\n\n[3 more lines in file. Use offset=9 to continue]", 8),
        ("read", {"offset": 7, "limit": 3}, "one\ntwo\n\n[3 more lines in file. Use offset=10 to continue]", None),
        ("read", {"offset": 7}, "one\ntwo", None),
        ("read", {}, "one\ntwo\n\n[Showing lines 1-2 of 9 (50.0KB limit). Use offset=3 to continue]", 2),
        ("read_file", {}, "one\ntwo", None),
        ("read_file", {"tail": 2}, "41: one\n42: two", 42),
        ("read", {}, "x" * 9_996 + "\ntwo", None),
    ],
)
def test_what_a_reader_shows(tmp_path: Path, name: str, arguments: Json, text: str, line: int | None) -> None:
    made = [call("a", name, path="a.py", **arguments), call("b", "edit", path="a.py", oldText="two", newText="2")]
    steps = [step("agent", 1, tool_calls=made, observations=[seen("a", text), seen("b", "ok")])]
    (row,) = of(landed(tmp_path, trace(*steps)), FileEdit)
    assert (row.start_line, row.range_basis) == (line, "unknown" if line is None else "inferred")


def test_patches_of_codex(tmp_path: Path) -> None:
    text = "\n".join(
        [
            "*** Begin Patch",
            "*** Add File: new.py",
            "+one",
            "+two",
            "*** Update File: new.py",
            "*** Move to: moved.py",
            "@@",
            " one",
            "-two",
            "+2",
            "+3",
            "*** Delete File: old.py",
            "*** End Patch",
        ]
    )
    done = '{"output":"Success","metadata":{"exit_code":0,"duration_seconds":0.1}}'
    made = [call("a", "apply_patch", raw=text), call("b", "apply_patch", input=text)]
    found = [seen("a", done), seen("b", done.replace(":0,", ":1,"))]
    records = landed(
        tmp_path, trace(step("agent", 1, tool_calls=made, observations=found), agent={"name": "codex-cli"})
    )
    rows = of(records, FileEdit)
    assert [
        (row.path, row.operation, row.edit_index, row.range_basis, row.start_line, row.end_line) for row in rows
    ] == [
        ("new.py", "create", 0, "whole_file", 1, 2),
        ("new.py", "patch", 1, "inferred", 2, 2),
        ("old.py", "delete", 2, "unknown", None, None),
    ]
    assert [row.exit_code for row in of(records, ToolCall)] == [0, 1]


def test_a_patch_that_was_cut_off(tmp_path: Path) -> None:
    text = "*** Begin Patch\n*** Add File: a.py\n+one\n*** Add File: b.py\n+tw"
    listed = "Success. Updated the following files:\nA a.py\nA b.py\nM src/c d.py\n"
    done = json.dumps({"output": listed, "metadata": {"exit_code": 0}}, separators=(",", ":"))
    one = "*** Begin Patch\n*** Update File: a.py\n-one\n+1\n*** End Patch"
    made = [call("a", "apply_patch", raw=text), call("b", "apply_patch", raw=one)]
    records = landed(
        tmp_path, trace(step("agent", 1, tool_calls=made, observations=[seen("a", done), seen("b", "ok")]))
    )
    assert [(row.path, row.operation, row.range_basis, row.new_length) for row in of(records, FileEdit)] == [
        ("a.py", "create", "whole_file", 1),
        ("b.py", "create", "unknown", None),
        ("src/c d.py", "patch", "unknown", None),
        ("a.py", "patch", "inferred", 1),
    ]
    assert [row.path_argument for row in of(records, ToolCall)] == [None, "a.py"]


def attributed(*ranges: Json, experimental: bool = True, number: int = 1, path: str = "src/a.py") -> Json:
    conversation = {"url": f"opentraces://trace/step_{number}", "ranges": list(ranges)}
    return {"experimental": experimental, "files": [{"path": path, "conversations": [conversation]}]}


@pytest.mark.parametrize(
    ("confidence", "experimental", "lines"),
    [
        ("high", True, ("exact", 4, 6, 3)),
        ("medium", False, ("exact", 4, 6, 3)),
        ("medium", True, ("unknown", None, None, None)),
        (None, True, ("unknown", None, None, None)),
    ],
)
def test_attribution_fills_in_for_calls_without_edits(
    tmp_path: Path, confidence: str | None, experimental: bool, lines: tuple[Any, ...]
) -> None:
    made = [call("a", "apply", file="/repo/src/a.py"), call("b", "other")]
    steps = [step("agent", 1, tool_calls=made, observations=[seen("a", "ok"), seen("b", "ok")])]
    given_range = {"start_line": 4, "end_line": 6, "confidence": confidence, "change_type": "addition"}
    records = landed(tmp_path, trace(*steps, attribution=attributed(given_range, experimental=experimental)))
    (row,) = of(records, FileEdit)
    assert (row.range_basis, row.start_line, row.end_line, row.new_length) == lines
    assert (row.path, row.operation, row.call_index) == ("src/a.py", "patch", 0)


def test_attribution_does_not_repeat_the_edits_of_calls(tmp_path: Path) -> None:
    edit = call("a", "Edit", file_path="src/a.py", old_string="x", new_string="y")
    steps = [step("agent", 1, tool_calls=[edit], observations=[seen("a", "ok")])]
    given_range = {"start_line": 1, "end_line": 1, "confidence": "high"}
    records = landed(tmp_path, trace(*steps, attribution=attributed(given_range, given_range)))
    assert [row.operation for row in of(records, FileEdit)] == ["edit"]
    records = landed(tmp_path, trace(step("agent", 1), attribution=attributed(given_range, number=9)))
    assert not of(records, FileEdit)


def test_attribution_places_an_edit_that_names_no_lines(tmp_path: Path) -> None:
    edit = call("a", "Edit", file_path="/repo/src/a.py", old_string="x\n", new_string="y\nz\n")
    steps = [step("agent", 1, tool_calls=[edit], observations=[seen("a", "ok")])]
    for last, confidence, lines in [
        (8, "high", ("exact", 7, 7)),
        (9, "high", ("unknown", None, None)),
        (8, "low", ("unknown", None, None)),
    ]:
        given_range = {"start_line": 7, "end_line": last, "confidence": confidence}
        (row,) = of(landed(tmp_path, trace(*steps, attribution=attributed(given_range))), FileEdit)
        assert (row.range_basis, row.start_line, row.end_line) == lines


def test_patches_show_files_that_a_command_changed(tmp_path: Path) -> None:
    steps = [step("agent", 1, tool_calls=[call("a", "Bash", command="sed")], observations=[seen("a", "ok")])]
    anchor = {"found": True, "commit_sha": "abc", "path": None, "evidence_tier": "exact_blob_hash"}
    patches = [
        {"file_path": "a.py", "step_index": 1, "tool_call_id": "a", "anchor": anchor},
        {"file_path": "b.py", "step_index": 1, "anchor": {"found": False}},
        {"file_path": "c.py", "step_index": 8},
    ]
    records = landed(tmp_path, trace(*steps, patches=patches))
    rows = of(records, FileEdit)
    assert [(row.path, row.edit_index, row.range_basis, row.start_line) for row in rows] == [
        ("a.py", 0, "unknown", None),
        ("b.py", 1, "unknown", None),
    ]
    (link,) = of(records, VcsEvidence)
    assert (link.evidence, link.commit, link.path, link.tier) == ("git_link", "abc", "a.py", "exact_blob_hash")


def test_commits(tmp_path: Path) -> None:
    link = {
        "revision": "def",
        "repo_url": "https://host/o/r",
        "branch": "main",
        "tier": "tool_emitted",
        "commit_reachable": False,
        "content_alive": True,
    }
    records = landed(tmp_path, trace(outcome={"committed": True, "commit_sha": "abc"}, git_links=[link]))
    outcome, found = of(records, VcsEvidence)
    assert (outcome.evidence, outcome.commit, outcome.is_committed) == ("outcome", "abc", True)
    assert (found.evidence, found.commit, found.branch, found.tier) == ("git_link", "def", "main", "tool_emitted")
    assert (found.is_commit_reachable, found.is_content_alive, found.is_committed) == (False, True, None)
    assert found.native_session_id == outcome.native_session_id == "synthetic"
    assert not of(landed(tmp_path, trace(outcome={"committed": False, "commit_sha": None})), VcsEvidence)


def test_the_outcome(tmp_path: Path) -> None:
    outcome = {"success": False, "signal_source": "tests", "signal_confidence": "inferred", "terminal_state": "error"}
    rewarded = outcome | {"reward": 0.5, "reward_source": "judge"}
    rows = of(landed(tmp_path, trace(outcome=rewarded)), Judgement)
    assert [(row.signal, row.value, row.score, row.judge) for row in rows] == [
        ("outcome_success", "false", 0.0, "tests/inferred"),
        ("terminal_state", "error", None, "tests/inferred"),
        ("reward", None, 0.5, "judge"),
    ]
    assert {row.native_session_id for row in rows} == {"synthetic"}
    assert not of(landed(tmp_path, trace(outcome={"success": None, "signal_source": "deterministic"})), Judgement)


def test_compactions_stand_where_they_happened(tmp_path: Path) -> None:
    steps = [step("user", index, "x", timestamp=f"2026-01-02T03:04:0{index}Z") for index in range(4)]
    events = [
        {"timestamp": "2026-01-02T03:04:01.500Z", "tokens_before": 900},
        {"trigger": "manual", "pre_tokens": 700},
        {"trigger": "hook", "messages_removed": 3},
    ]
    rows = of(landed(tmp_path, trace(*steps, metadata={"compaction_events": events})), SessionEvent)
    assert [(row.event_type, row.entry_index, row.tokens_before, row.detail) for row in rows] == [
        ("compaction", 1, 900, None),
        ("compaction", 3, 700, "manual"),
    ]
    hooks = of(landed(tmp_path, trace(*steps, metadata={"compaction_events": events[2:]})), SessionEvent)
    assert [row.detail for row in hooks] == ["hook"]
    summary = step("user", 1, "This session is being continued from a previous conversation that ran out")
    record = trace(
        summary, steps[0], agent={"name": "claude-code"}, metadata={"compaction_events": [{"trigger": "auto"}]}
    )
    assert [row.entry_index for row in of(landed(tmp_path, record), SessionEvent)] == [0]


def test_a_document_instead_of_lines(tmp_path: Path) -> None:
    record = trace(step("user", 1, "please"))
    pretty = trace_file(tmp_path, json.dumps(record, indent=2), "synthetic.json")
    assert opentraces.matches(pretty)
    assert [row.place for row in of(list(opentraces.flatten(pretty)), Entry)] == ["/steps/0"]
    for indent in (2, None):
        listed = trace_file(tmp_path, json.dumps([record, record | {"session_id": "other"}], indent=indent), "a.json")
        ids = [row.native_session_id for row in of(list(opentraces.flatten(listed)), Session)]
        assert ids == ["synthetic", "other"]
    with pytest.raises(UnreadableArtifactError):
        list(opentraces.flatten(trace_file(tmp_path, json.dumps(record, indent=2)[:-9], "cut.json")))


def test_bad_parts_cost_themselves_alone(tmp_path: Path) -> None:
    steps = [
        step("user", 1, "please"),
        "no step",
        step("agent", 3, 7),
        step("agent", 4, "ok", token_usage={"output_tokens": "x"}),
    ]
    records = landed(
        tmp_path, trace(*steps, outcome={"reward": float("nan"), "success": True}), 5, {"schema_version": "0.3.0"}
    )
    assert [row.place for row in of(records, Entry)] == ["line 1/steps/0", "line 1/steps/2", "line 1/steps/3"]
    assert [row.place for row in of(records, BadRecord)] == [
        "line 1/outcome/reward",
        "line 1/steps/1",
        "line 1/steps/2/content",
        "line 1/steps/3/token_usage/output_tokens",
        "line 2",
        "line 3",
    ]
    assert [row.signal for row in of(records, Judgement)] == ["outcome_success"]


def test_a_torn_line_and_halved_characters(tmp_path: Path) -> None:
    text = json.dumps(trace(step("user", 1, "half \ud83d")))
    records = list(opentraces.flatten(trace_file(tmp_path, f"{text}\n{text[:80]}\n{text}\n")))
    assert [row.text for row in of(records, Entry)] == ["half \ufffd"] * 2
    assert [row.line_number for row in of(records, BadRecord)] == [2]


def test_what_is_opentraces(tmp_path: Path) -> None:
    text = json.dumps(trace())
    assert opentraces.matches(trace_file(tmp_path, text))
    assert opentraces.matches(trace_file(tmp_path, json.dumps(trace(step("user", 1, "x" * 100_000)))))
    assert not opentraces.matches(trace_file(tmp_path, text, "synthetic.txt"))
    assert not opentraces.matches(trace_file(tmp_path, json.dumps(trace(schema_version="ATIF-v1.7"))))
    assert not opentraces.matches(trace_file(tmp_path, json.dumps({"trace_id": "x", "spans": []})))


def test_an_empty_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableArtifactError, match="empty"):
        list(opentraces.flatten(trace_file(tmp_path, " \n")))


SOUND = trace(
    step("user", 1, "please"),
    step(
        "agent",
        2,
        "ok",
        token_usage=usage(3, 5),
        tool_calls=[call("a", "Edit", file_path="a", old_string="x", new_string="y"), call("b", "Bash", command="ls")],
        observations=[seen("a", "ok"), seen("b", "Exit code 1\nno", "tool_error")],
    ),
    step("agent", 3, "sub", call_type="subagent", parent_step=2),
    outcome={"success": True, "committed": True, "commit_sha": "abc", "reward": 1.0},
    attribution=attributed({"start_line": 1, "end_line": 2, "confidence": "high"}, number=2),
    patches=[{"file_path": "a", "tool_call_id": "b", "anchor": {"found": True, "commit_sha": "abc"}}],
    git_links=[{"revision": "abc", "tier": "orphan"}],
    metrics={"total_input_tokens": 3, "estimated_cost_usd": 0.5},
    metadata={"compaction_events": [{"timestamp": STAMP}], "pi": {"cwd": "/work"}},
    task={"repository": "o/r"},
    environment={"vcs": {"branch": "main"}},
    generation_index=0,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Paths of all elements of a document."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, inner in members for found in [(*path, key), *places(inner, (*path, key))]]


PLACES = places(SOUND)


@DAMAGE
@given(st.data())
def test_a_damaged_line_costs_itself_alone(tmp_path: Path, data: st.DataObject) -> None:
    sound = json.dumps(SOUND).encode()
    at = data.draw(st.integers(0, len(sound) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != 10))
    for damaged in (sound[:at], sound[:at] + bytes([byte]) + sound[at + 1 :]):
        records = survives(opentraces, tmp_path / "synthetic.jsonl", b"\n".join((sound, damaged, sound)))
        whole = [row for row in of(records, Entry) if not row.place.startswith("line 2")]
        assert len(whole) == 6


@DAMAGE
@given(st.data())
def test_a_damaged_document_raises_nothing_else(tmp_path: Path, data: st.DataObject) -> None:
    sound = json.dumps(SOUND, indent=1).encode()
    at = data.draw(st.integers(0, len(sound) - 1))
    byte = bytes([data.draw(st.integers(0, 255))])
    survives(opentraces, tmp_path / "synthetic.json", sound[:at])
    survives(opentraces, tmp_path / "synthetic.json", sound[:at] + byte + sound[at + 1 :])


@DAMAGE
@given(st.sampled_from(PLACES), ANYTHING)
def test_an_element_of_any_type_anywhere(tmp_path: Path, path: tuple[str | int, ...], value: Any) -> None:
    record: Any = json.loads(json.dumps(SOUND))
    holder = record
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    records = survives(opentraces, tmp_path / "synthetic.jsonl", json.dumps(record).encode())
    if path[0] != "steps" or len(path) > 2:
        assert len(of(records, Entry)) == 3
    indexes = Counter(row.session_index for row in of(records, Session))
    assert all(count == 1 for count in indexes.values())


def test_deep_nesting(tmp_path: Path) -> None:
    text = json.dumps(SOUND)
    deep = text.replace('"cwd": "/work"', '"deep": ' + "[" * 5000 + "]" * 5000)
    records = list(opentraces.flatten(trace_file(tmp_path, f"{deep}\n{text}\n")))
    assert len([row for row in of(records, Entry) if row.place.startswith("line 2")]) == 3
