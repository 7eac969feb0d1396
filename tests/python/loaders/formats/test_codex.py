"""What the lines of a Codex rollout land as, rule by rule. All lines are made up."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.codex import rollout as codex
from loaders.tables import BadRecord, Entry, FileEdit, Session, SessionEvent, ToolCall
from tests.python.loaders.formats.codex_inputs import (
    PARENT,
    THREAD,
    Json,
    call,
    context,
    counted,
    event,
    item,
    landed,
    line,
    meta,
    of,
    output,
    patch,
    rollout,
    said,
    thought,
    typed,
    wrapped,
)


def shapes(folder: Path, *lines: Json | str) -> list[tuple[str | None, str, str | None]]:
    """(role, entry type, text) of the entries."""
    records = landed(rollout(folder, *lines))
    return [(entry.role, entry.entry_type, entry.text) for entry in of(records, Entry)]


def answers(folder: Path, *lines: Json | str) -> list[Entry]:
    return [entry for entry in of(landed(rollout(folder, *lines)), Entry) if entry.is_llm_call]


def only_call(folder: Path, *lines: Json | str) -> ToolCall:
    (found,) = of(landed(rollout(folder, *lines)), ToolCall)
    return found


def test_the_session(tmp_path: Path) -> None:
    git = {"commit_hash": "c0ffee", "branch": "trunk", "repository_url": "git@git.invalid:a.git"}
    records = landed(rollout(tmp_path, meta(git=git), context("synthetic-1"), *typed("please", 5)))
    (session,) = of(records, Session)
    assert session.native_session_id == THREAD
    assert session.telemetry == "session_jsonl"
    assert session.origin == "codex_cli_rs/cli"
    assert (session.agent_type, session.agent_version, session.model_id) == ("codex", "0.100.0", "synthetic-1")
    assert (session.git_commit, session.git_branch) == ("c0ffee", "trunk")
    assert session.repository_url == "git@git.invalid:a.git"
    assert session.working_directory == "/synthetic"
    assert session.started_at == datetime(2026, 1, 2, 2, 59, 59, 500_000)
    assert session.finished_at == datetime(2026, 1, 2, 3, 0, 5)
    assert (session.is_subagent, session.parent_native_session_id) == (False, None)


def test_the_header_that_the_file_name_tells_is_its_own(tmp_path: Path) -> None:
    parent, own = meta(PARENT), meta(forked_from_id=PARENT)
    (session,) = of(landed(rollout(tmp_path, parent, own, *typed("a"))), Session)
    assert (session.native_session_id, session.parent_native_session_id) == (THREAD, PARENT)
    (session,) = of(landed(rollout(tmp_path, own, parent, name="other.jsonl")), Session)
    assert (session.native_session_id, session.parent_native_session_id) == (THREAD, PARENT)
    assert session.is_subagent is False


def test_an_id_from_the_file_name(tmp_path: Path) -> None:
    (session,) = of(landed(rollout(tmp_path, *typed("a"))), Session)
    assert session.native_session_id == THREAD
    (session,) = of(landed(rollout(tmp_path, *typed("a"), name="named.jsonl")), Session)
    assert session.native_session_id == "named"


@pytest.mark.parametrize(
    "fields",
    [
        {"source": {"subagent": {"thread_spawn": {"parent_thread_id": PARENT, "depth": 1}}}},
        {"source": {"subagent": "review"}, "parent_thread_id": PARENT},
        {"source": "cli", "thread_source": "subagent", "forked_from_id": PARENT},
    ],
)
def test_a_subagent_has_a_parent_and_no_person(tmp_path: Path, fields: Json) -> None:
    records = landed(rollout(tmp_path, meta(**fields), *typed("look for it")))
    (session,) = of(records, Session)
    assert (session.is_subagent, session.parent_native_session_id) == (True, PARENT)
    assert [(entry.role, entry.entry_type) for entry in of(records, Entry)] == [("user", "agent_prompt")]
    if isinstance(fields["source"], dict):
        assert session.origin == "codex_cli_rs/subagent"


def test_a_turn_that_is_written_twice_is_one(tmp_path: Path) -> None:
    lines = [
        *typed("please"),
        said("assistant", "yes", 1),
        event("agent_message", 1, message="yes"),
        *typed("again", 2),
    ]
    assert shapes(tmp_path, meta(), *lines) == [
        ("user", "message", "please"),
        ("assistant", "message", "yes"),
        ("user", "message", "again"),
    ]


def test_what_the_person_did_not_type(tmp_path: Path) -> None:
    lines = [
        said("developer", "rules"),
        said("user", "<environment_context>x</environment_context>"),
        said("user", "# AGENTS.md instructions for /synthetic\n\ntext"),
        said("user", "<user_shell_command>\nls\n</user_shell_command>"),
        said("user", "something else"),
        event("user_message", message="<user_instructions>a</user_instructions>", kind="user_instructions"),
        event("user_message", message="renamed", kind="environment_context"),
        *typed("please"),
    ]
    assert [shape[:2] for shape in shapes(tmp_path, meta(), *lines)] == [
        ("system", "instructions"),
        ("user", "environment"),
        ("user", "environment"),
        ("user", "bash_execution"),
        ("user", "meta"),
        ("user", "environment"),
        ("user", "environment"),
        ("user", "message"),
    ]


def test_an_image_beside_a_text_is_no_second_turn(tmp_path: Path) -> None:
    parts = [{"type": "input_text", "text": "<image>"}, {"type": "input_image"}, {"type": "input_text", "text": "this"}]
    lines = [item("message", role="user", content=parts), event("user_message", message="this")]
    assert shapes(tmp_path, meta(), *lines) == [("user", "message", "this")]


def test_turns_of_a_file_without_user_events(tmp_path: Path) -> None:
    lines = [said("user", "<environment_context>x"), said("user", "please"), said("assistant", "yes")]
    assert [shape[1] for shape in shapes(tmp_path, meta(), *lines)] == ["environment", "message", "message"]


def test_turns_and_speech_of_completed_items(tmp_path: Path) -> None:
    def completed(kind: str, text: str) -> Json:
        return event("item_completed", item={"type": kind, "id": "i", "content": [{"type": "text", "text": text}]})

    both = [event("user_message", message="one"), completed("UserMessage", "one"), completed("UserMessage", "two")]
    assert shapes(tmp_path, meta(), *both, completed("AgentMessage", "yes")) == [
        ("user", "message", "one"),
        ("user", "message", "two"),
        ("assistant", "message", "yes"),
    ]
    once = shapes(tmp_path, meta(), *typed("one"), completed("AgentMessage", "yes"), said("assistant", "yes"))
    assert once[1:] == [("assistant", "message", "yes")]
    once = shapes(tmp_path, meta(), completed("AgentMessage", "yes"), event("agent_message", message="yes"))
    assert once == [("assistant", "message", "yes")]


def test_files_without_envelopes(tmp_path: Path) -> None:
    lines: list[Json] = [
        {"id": THREAD, "timestamp": "2025-06-01T00:00:00Z", "instructions": None, "git": {"branch": "trunk"}},
        {"record_type": "state"},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "please"}]},
        {"type": "reasoning", "id": "r", "summary": []},
        {"type": "function_call", "name": "shell", "call_id": "c", "arguments": '{"command":["bash","-lc","ls"]}'},
        {"type": "function_call_output", "call_id": "c", "output": wrapped("a\n", 2)},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "done"}]},
    ]
    artifact = rollout(tmp_path, *lines, name="old.jsonl")
    assert codex.matches(artifact)
    records = landed(artifact)
    (session,) = of(records, Session)
    assert (session.native_session_id, session.git_branch) == (THREAD, "trunk")
    assert session.started_at == datetime(2025, 6, 1)
    assert [entry.entry_type for entry in of(records, Entry)] == ["message", "message", "tool_result", "message"]
    (found,) = of(records, ToolCall)
    assert (found.command, found.exit_code, found.result_text, found.duration_s) == ("ls", 2, "a\n", 0.5)
    assert not of(records, BadRecord)


def test_an_llm_call_is_one_entry(tmp_path: Path) -> None:
    lines = [
        *typed("please"),
        thought("why", "how", second=1),
        thought(second=2),
        said("assistant", "first", 3),
        said("assistant", "second", 4),
        call("a", second=5, cmd="ls"),
        call("b", second=6, cmd="pwd"),
        counted((100, 40, 20, 5), (100, 40, 20, 5), 7),
        output("a", "x", 8),
        counted((100, 40, 20, 5), (100, 40, 20, 5), 8),
        output("b", "x", 9),
        event("token_count", 9, info=None),
        said("assistant", "done", 10),
        counted((250, 140, 30, 5), (150, 100, 10, 0), 11),
    ]
    first, second = answers(tmp_path, meta(), context("synthetic-1"), *lines)
    assert first.text == "first\nsecond"
    assert first.thinking_text == "why\n\nhow"
    assert first.thinking_block_lengths == [8, 0]
    assert first.occurred_at == datetime(2026, 1, 2, 3, 0, 6)
    assert first.model_id == "synthetic-1"
    assert (first.input_tokens, first.cache_read_tokens, first.cache_write_tokens) == (60, 40, None)
    assert (first.output_tokens, first.reasoning_tokens, first.usage_basis) == (20, 5, "cache_subtracted")
    assert (second.input_tokens, second.cache_read_tokens, second.output_tokens) == (50, 100, 10)
    calls = of(landed(rollout(tmp_path, meta(), *lines)), ToolCall)
    assert [(each.call_index, each.has_result) for each in calls] == [(0, True), (1, True)]


def test_tokens_told_before_the_parts_of_their_call(tmp_path: Path) -> None:
    lines = [
        *typed("please"),
        counted((10, 0, 1, 0), (10, 0, 1, 0)),
        thought("a"),
        call("a", cmd="ls"),
        output("a", "x"),
        counted((30, 0, 3, 0), (20, 0, 2, 0)),
        said("assistant", "more"),
        counted((60, 0, 6, 0), (30, 0, 3, 0)),
        said("assistant", "done"),
    ]
    assert [(entry.text, entry.input_tokens) for entry in answers(tmp_path, meta(), *lines)] == [
        ("", 10),
        ("more", 20),
        ("done", 30),
    ]


def test_tokens_told_after_the_result(tmp_path: Path) -> None:
    lines = [
        *typed("please"),
        call("a", cmd="ls"),
        output("a", "x"),
        counted((10, 0, 1, 0)),
        call("b", cmd="ls"),
        output("b", "x"),
        counted((30, 0, 3, 0)),
        said("assistant", "never counted"),
        *typed("more"),
        counted((60, 0, 6, 0)),
    ]
    found = answers(tmp_path, meta(), *lines)
    assert [(entry.text, entry.input_tokens) for entry in found] == [
        ("", 10),
        ("", 20),
        ("never counted", None),
        (None, 30),
    ]


def test_a_total_that_begins_anew(tmp_path: Path) -> None:
    lines = [
        said("assistant", "a"),
        counted((100, 0, 10, 0), (100, 0, 10, 0)),
        said("assistant", "b"),
        counted((30, 0, 3, 0), (20, 0, 2, 0)),
        said("assistant", "c"),
        counted((0, 0, 0, 0), (0, 0, 0, 0)),
        counted((70, 0, 7, 0), (70, 0, 7, 0)),
    ]
    assert [entry.input_tokens for entry in answers(tmp_path, meta(), *typed("x"), *lines)] == [100, 20, 70]


def test_cache_writes_are_not_uncached_input(tmp_path: Path) -> None:
    told = {"input_tokens": 100, "cached_input_tokens": 30, "cache_write_input_tokens": 50, "output_tokens": 7}
    info = {"total_token_usage": told, "last_token_usage": told}
    (entry,) = answers(tmp_path, meta(), said("assistant", "a"), event("token_count", info=info))
    assert (entry.input_tokens, entry.cache_read_tokens, entry.cache_write_tokens) == (20, 30, 50)
    assert entry.reasoning_tokens is None


def test_a_fork_does_not_count_what_its_parent_used(tmp_path: Path) -> None:
    own_turn, old_turn = "019a0000-0001-7000-8000-000000000003", "01990000-0001-7000-8000-000000000004"
    lines = [
        meta(forked_from_id=PARENT),
        meta(PARENT),
        event("task_started", turn_id=old_turn),
        *typed("old"),
        counted((9_000, 0, 900, 0)),
        event("task_started", 9, turn_id=own_turn),
        *typed("new", 9),
        said("assistant", "yes", 9),
        counted((9_100, 0, 910, 0), (100, 0, 10, 0), 9),
    ]
    entries = of(landed(rollout(tmp_path, *lines)), Entry)
    assert [(entry.text, entry.is_copied_context) for entry in entries] == [
        ("old", True),
        ("new", False),
        ("yes", False),
    ]
    assert [entry.input_tokens for entry in entries] == [None, None, 100]
    plain = of(landed(rollout(tmp_path, meta(), event("task_started", turn_id=old_turn), *typed("a"))), Entry)
    assert [entry.is_copied_context for entry in plain] == [None]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", ("plain", None, None, None)),
        (wrapped("inner", 3), ("inner", 3, 0.5, None)),
        ('{"output": 3}', ("", None, None, None)),
        ('{"other": "json"}', ('{"other": "json"}', None, None, None)),
        ("Exit code: 1\nWall time: 2.5 seconds\nOutput:\nx", (None, 1, 2.5, None)),
        (
            "Chunk ID: a\nWall time: 1.0 seconds\nProcess exited with code 0\nOutput:\nExit code: 9\n",
            (None, 0, 1.0, None),
        ),
        ("Chunk ID: a\nWall time: 1.0 seconds\nProcess running with session ID 7\nOutput:\n", (None, None, 1.0, None)),
        ("Exit code: 0\nWall time: 1 seconds\nTotal output lines: 900\nOutput:\nx", (None, 0, 1.0, True)),
        ("some\nExit code: 5\n", ("some\nExit code: 5\n", None, None, None)),
        (
            [{"type": "input_text", "text": "a"}, {"type": "input_image"}, {"type": "input_text", "text": "b"}],
            ("a\nb",),
        ),
        ({"type": "input_text", "text": "a"}, ("a", None, None, None)),
        ({"content": "a", "success": False}, ("a", None, None, None)),
        ({"stdout": "a", "exitCode": 4}, ("a", 4, None, None)),
        (None, (None, None, None, None)),
    ],
)
def test_results(tmp_path: Path, value: Any, expected: tuple[Any, ...]) -> None:
    found = only_call(tmp_path, meta(), call("c", cmd="ls"), output("c", value, 3))
    assert found.has_result
    assert found.result_at == datetime(2026, 1, 2, 3, 0, 3)
    text = expected[0] if expected[0] is not None or value is None else value
    assert found.result_text == text
    assert found.result_length == (None if text is None else len(text))
    told = (found.exit_code, found.duration_s, found.is_result_truncated)
    assert told == (expected[1:] or (None, None, None))
    assert found.is_error is (True if isinstance(value, dict) and value.get("success") is False else None)
    assert found.is_rejected is False


def test_what_events_add_to_a_result(tmp_path: Path) -> None:
    ended = event(
        "exec_command_end", call_id="c", exit_code=7, status="failed", duration={"secs": 1, "nanos": 5 * 10**8}
    )
    for lines in ([ended, output("c", "x")], [output("c", "x"), ended]):
        found = only_call(tmp_path, meta(), call("c", cmd="ls"), *lines)
        assert (found.exit_code, found.duration_s, found.is_error) == (7, 1.5, True)
    done = event("mcp_tool_call_end", call_id="c", result={"Ok": {"isError": True}}, duration={"secs": 2, "nanos": 0})
    found = only_call(tmp_path, meta(), call("c", "mcp__a__b"), done, output("c", "x"))
    assert (found.tool_name, found.duration_s, found.is_error) == ("mcp__a__b", 2.0, True)
    completed = {"type": "CommandExecution", "id": "c", "exit_code": 0, "status": "completed"}
    found = only_call(tmp_path, meta(), call("c", cmd="ls"), event("item_completed", item=completed), output("c", "x"))
    assert (found.exit_code, found.is_error) == (0, False)


@pytest.mark.parametrize("is_told_by_event", [True, False])
def test_a_refused_call(tmp_path: Path, is_told_by_event: bool) -> None:
    ended = event("exec_command_end", call_id="c", exit_code=-1, status="declined")
    lines = [ended, output("c", "no")] if is_told_by_event else [output("c", "exec command rejected by user")]
    records = landed(rollout(tmp_path, meta(), *typed("x"), call("c", cmd="rm x"), *lines))
    (found,) = of(records, ToolCall)
    assert (found.is_rejected, found.is_error) == (True, None)
    (refusal,) = of(records, SessionEvent)
    assert (refusal.event_type, refusal.detail, refusal.entry_index) == ("rejection", "exec_command", 2)


def test_kinds_of_calls(tmp_path: Path) -> None:
    local = {"type": "exec", "command": ["bash", "-lc", "make"], "working_directory": "/synthetic/sub"}
    lines = [
        item("local_shell_call", call_id="l", action=local, status="completed"),
        item("web_search_call", id="w", status="completed", action={"type": "search", "query": "dogs"}),
        item("image_generation_call", id="i", status="generating", revised_prompt="a dog"),
        item("tool_search_call", call_id="t", arguments={"query": "cats"}),
        item("tool_search_output", call_id="t", tools=[]),
        call("v", "view_image", path="a.png"),
        output("x", "nobody asked"),
    ]
    calls = of(landed(rollout(tmp_path, meta(), *lines)), ToolCall)
    assert [(each.tool_name, each.has_result, each.entry_index, each.call_index) for each in calls] == [
        ("local_shell_call", False, 0, 0),
        ("web_search_call", True, 0, 1),
        ("image_generation_call", False, 0, 2),
        ("tool_search_call", True, 0, 3),
        ("view_image", False, 2, 0),
    ]
    assert (calls[0].command, calls[0].working_directory) == ("make", "/synthetic/sub")
    assert (calls[1].pattern_argument, calls[1].is_error, calls[1].result_text) == ("dogs", False, None)
    assert calls[2].arguments == '{"revised_prompt":"a dog"}'
    assert calls[4].path_argument == "a.png"


def test_settings_compactions_and_interrupts(tmp_path: Path) -> None:
    lines = [
        context("one", 1, effort="low"),
        *typed("x", 2),
        context("one", 3, effort="low"),
        line("compacted", {"message": "short", "replacement_history": []}, 4),
        event("context_compacted", 4),
        context("two", 5, effort="low"),
        event("turn_aborted", 6, reason="interrupted"),
        said("user", "<turn_aborted>\nstopped", 6),
        event("turn_aborted", 7, reason="review_ended"),
    ]
    records = landed(rollout(tmp_path, meta(), *lines))
    assert [
        (each.event_type, each.entry_index, each.from_value, each.to_value, each.detail)
        for each in of(records, SessionEvent)
    ] == [
        ("model_change", 0, None, "one", None),
        ("thinking_level_change", 1, None, "low", None),
        ("compaction", 3, None, None, None),
        ("model_change", 4, "one", "two", None),
        ("interrupt", 5, None, None, "interrupted"),
    ]
    entries = of(records, Entry)
    assert [entry.entry_type for entry in entries[2:]] == ["message", "compaction", "model_change", "interrupt"]
    assert entries[3].text == "short"


def test_turns_that_were_rolled_back_leave_the_active_path(tmp_path: Path) -> None:
    lines = [
        *typed("one", 1),
        said("assistant", "first", 2),
        *typed("two", 3),
        said("assistant", "second", 4),
        call("c1", cmd="ls", second=5),
        *typed("three", 6),
        event("thread_rolled_back", 7, num_turns=2),
        *typed("two again", 8),
        event("thread_rolled_back", 9, num_turns=99),
        event("thread_rolled_back", 10, num_turns="many"),
        said("assistant", "last", 11),
    ]
    records = landed(rollout(tmp_path, meta(), *lines))
    paths = [(entry.text, entry.entry_type, entry.on_active_path) for entry in of(records, Entry)]
    assert paths == [
        ("one", "message", False),
        ("first", "message", False),
        ("two", "message", False),
        ("second", "message", False),
        ("three", "message", False),
        (None, "rollback", False),
        ("two again", "message", False),
        (None, "rollback", True),
        (None, "rollback", True),
        ("last", "message", True),
    ]
    events = [(each.event_type, each.detail) for each in of(records, SessionEvent)]
    assert events == [("rollback", "2"), ("rollback", "2"), ("rollback", None)]
    records = landed(rollout(tmp_path, meta(), *lines[:6], event("thread_rolled_back", 7, num_turns=1)))
    assert [entry.on_active_path for entry in of(records, Entry)] == [True, True, False, False, True]
    assert {entry.on_active_path for entry in of(landed(rollout(tmp_path, meta(), *lines[:6])), Entry)} == {None}


def test_a_compaction_and_an_interrupt_that_are_told_once(tmp_path: Path) -> None:
    lines = [event("context_compacted"), said("user", "<turn_aborted>")]
    records = landed(rollout(tmp_path, meta(), *lines))
    assert [each.event_type for each in of(records, SessionEvent)] == ["compaction", "interrupt"]
    assert [(entry.role, entry.entry_type) for entry in of(records, Entry)] == [
        (None, "compaction"),
        ("user", "interrupt"),
    ]


UPDATE = "*** Begin Patch\n*** Update File: a.txt\n@@\n two\n-three\n+THREE\n*** End Patch"
CREATE = "*** Begin Patch\n*** Add File: a.txt\n+one\n+two\n+three\n*** End Patch"


def edits(folder: Path, *lines: Json | str) -> list[tuple[Any, ...]]:
    found = of(landed(rollout(folder, meta(), *lines)), FileEdit)
    return [
        (edit.path, edit.operation, edit.start_line, edit.end_line, edit.range_basis, edit.entry_index)
        for edit in found
    ]


def test_patches_are_located_in_what_the_session_has_shown(tmp_path: Path) -> None:
    created = [patch("a", CREATE), output("a", wrapped("Success. Updated the following files:\nA a.txt\n"))]
    heredoc = f"apply_patch <<'EOF'\n{UPDATE}\nEOF"
    for command in ({"cmd": heredoc}, {"command": ["bash", "-lc", heredoc]}, {"command": ["apply_patch", UPDATE]}):
        name = "exec_command" if "cmd" in command else "shell"
        assert edits(tmp_path, *created, call("b", name, **command), output("b", "Exit code: 0\nOutput:\n")) == [
            ("a.txt", "create", 1, 3, "whole_file", 0),
            ("a.txt", "patch", 3, 3, "inferred", 2),
        ]
    assert edits(tmp_path, patch("b", UPDATE), output("b", "Done!")) == [("a.txt", "patch", None, None, "unknown", 0)]


@pytest.mark.parametrize(("command", "line_number"), [("cat a.txt", 3), ("sed -n '5,80p' sub/../a.txt", 7)])
def test_a_plain_read_shows_lines(tmp_path: Path, command: str, line_number: int) -> None:
    read = [
        call("r", cmd=command),
        output("r", "Wall time: 0 seconds\nProcess exited with code 0\nOutput:\n1\ntwo\nthree\n"),
    ]
    changed = [patch("b", UPDATE), output("b", wrapped("Success. Updated the following files:\nM a.txt"))]
    assert [edit[2:5] for edit in edits(tmp_path, *read, *changed)] == [(line_number, line_number, "inferred")]


@pytest.mark.parametrize(
    "answer",
    [
        [output("a", "apply_patch verification failed: no such line")],
        [output("a", wrapped("no", 1))],
        [output("a", "patch rejected by user")],
        [
            event("patch_apply_end", call_id="a", success=False),
            output("a", wrapped("Success. Updated the following files:")),
        ],
        [],
    ],
)
def test_patches_that_were_not_applied(tmp_path: Path, answer: list[Json]) -> None:
    assert edits(tmp_path, patch("a", CREATE), *answer) == []


def test_changes_that_an_event_tells_are_exact(tmp_path: Path) -> None:
    changes: dict[str, Json] = {
        "/synthetic/a.txt": {
            "type": "update",
            "unified_diff": "@@ -7,2 +7,2 @@\n two\n-three\n+THREE\n",
            "move_path": None,
        },
        "/synthetic/b.txt": {"type": "add", "content": "x\ny\n"},
        "/synthetic/c.txt": {"type": "delete", "content": "z\n"},
    }
    old_shape = {path: {told["type"]: told} for path, told in changes.items()}
    for told in (changes, old_shape):
        ended = event("patch_apply_end", call_id="a", success=True, changes=told)
        expected = [
            ("/synthetic/a.txt", "patch", 8, 8, "exact", 0),
            ("/synthetic/b.txt", "create", 1, 2, "whole_file", 0),
            ("/synthetic/c.txt", "delete", 1, 1, "exact", 0),
        ]
        assert edits(tmp_path, patch("a", UPDATE), ended, output("a", "")) == expected
        assert edits(tmp_path, patch("a", UPDATE), ended) == expected
    indexes = [edit.edit_index for edit in of(landed(rollout(tmp_path, meta(), patch("a", UPDATE), ended)), FileEdit)]
    assert indexes == [0, 1, 2]


def test_bad_lines_cost_themselves_alone(tmp_path: Path) -> None:
    deep = '{"type":"event_msg","payload":{"info":' + "[" * 50_000 + "]" * 50_000 + "}}"
    lines: list[Json | str] = [
        meta(),
        "{torn",
        "[]",
        '{"payload": 3}',
        "{}",
        '{"payload": {}}',
        deep,
        *typed("still here"),
    ]
    records = landed(rollout(tmp_path, *lines))
    assert [bad.line_number for bad in of(records, BadRecord)] == [2, 3, 4, 5, 6, 7]
    assert [entry.text for entry in of(records, Entry)] == ["still here"]


def test_an_empty_file_and_one_without_anything(tmp_path: Path) -> None:
    with pytest.raises(UnreadableArtifactError, match="the file is empty"):
        landed(rollout(tmp_path, " "))
    assert [type(record) for record in landed(rollout(tmp_path, "{torn"))] == [BadRecord]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (json.dumps(meta()), True),
        (
            '{"timestamp":"2026-01-01T00:00:00Z","type":"session_meta","payload":{"base_instructions":"' + "x" * 70_000,
            True,
        ),
        ('{"id":"a","timestamp":"2025-06-01T00:00:00Z","instructions":null}', True),
        ('{"id":"a","timestamp":"2025-06-01T00:00:00Z","instructions":"' + "x" * 70_000, True),
        ('{"record_type":"state"}', True),
        ('{"type":"message","role":"user","content":[{"type":"input_text","text":"a"}]}', True),
        ('{"type":"message","id":"a","message":{"role":"user","content":"a"}}', False),
        ('{"type":"session","id":"a","timestamp":"2026-01-01T00:00:00Z","cwd":"/synthetic"}', False),
        ('{"type":"event_msg","payload":"text"}', False),
        ('{"role":"user","content":"a"}', False),
        ("not json", False),
    ],
)
def test_recognised(tmp_path: Path, text: str, expected: bool) -> None:
    assert codex.matches(rollout(tmp_path, text)) is expected
    path = tmp_path / "other.json"
    path.write_text(text)
    assert codex.matches(Artifact(path, tmp_path)) is False
