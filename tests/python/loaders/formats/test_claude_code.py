"""Claude Code's session files: the rules of the format on synthetic lines."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.claude_code import session as claude_code
from loaders.tables import BadRecord, Entry, Session, SessionEvent, ToolCall, VcsEvidence
from tests.python.loaders.formats.claude_code_inputs import (
    SESSION,
    USAGE,
    Json,
    answer,
    call,
    landed,
    line,
    of,
    result,
    say,
    session_file,
    user,
)


def entries(folder: Path, *lines: Any) -> list[Entry]:
    return of(landed(session_file(folder, *lines)), Entry)


def events(folder: Path, *lines: Any) -> list[tuple[str, int, str | None, str | None]]:
    found = of(landed(session_file(folder, *lines)), SessionEvent)
    return [(event.event_type, event.entry_index, event.from_value or event.to_value, event.detail) for event in found]


def test_an_api_message_over_several_lines_is_one_call_with_the_last_usage(tmp_path: Path) -> None:
    records = landed(
        session_file(
            tmp_path,
            user("u1", None),
            answer("a1", "u1", {"type": "thinking", "thinking": "hm"}, message_id="m", second=1),
            answer("a2", "a1", say("one"), message_id="m", second=2),
            answer("a3", "a2", call("t1", "Bash", command="ls"), message_id="m", second=3),
            result("r1", "a3", "t1", second=4),
            answer(
                "a4",
                "r1",
                say("two"),
                call("t2", "Read", file_path="/x"),
                message_id="m",
                second=5,
                usage=USAGE | {"output_tokens": 50, "output_tokens_details": {"thinking_tokens": 4}},
                stop_reason="tool_use",
            ),
            result("r2", "a4", "t2", second=6),
            answer("b1", "r2", say("end"), second=7),
        )
    )
    _, merged, first, second, last = of(records, Entry)
    assert (merged.entry_id, merged.parent_entry_id, merged.text) == ("a1", "u1", "one\ntwo")
    assert (merged.thinking_text, merged.thinking_block_lengths) == ("hm", [2])
    assert (merged.input_tokens, merged.cache_read_tokens, merged.cache_write_tokens) == (3, 100, 7)
    assert (merged.output_tokens, merged.reasoning_tokens, merged.stop_reason) == (50, 4, "tool_use")
    assert merged.occurred_at == datetime(2026, 1, 2, 3, 0, 5)
    assert [entry.parent_entry_id for entry in (first, second, last)] == ["a1", "r1", "r2"]
    assert all(entry.on_active_path for entry in of(records, Entry))
    assert [entry.is_llm_call for entry in of(records, Entry)] == [False, True, False, False, True]
    made = of(records, ToolCall)
    assert [(item.entry_index, item.call_index, item.tool_call_id, item.has_result) for item in made] == [
        (1, 0, "t1", True),
        (1, 1, "t2", True),
    ]
    assert [item.called_at for item in made] == [datetime(2026, 1, 2, 3, 0, second) for second in (3, 5)]
    assert not of(records, SessionEvent)


def test_parallel_results_are_no_branch_and_on_the_path(tmp_path: Path) -> None:
    lines = [
        user("u1", None),
        answer("a1", "u1", call("t1", "Read", file_path="/x"), message_id="m"),
        answer("a2", "a1", call("t2", "Read", file_path="/y"), message_id="m"),
        result("r1", "a1", "t1", second=1),
        result("r2", "a2", "t2", second=2),
        answer("b1", "r2", say("end"), second=3),
    ]
    assert all(entry.on_active_path for entry in entries(tmp_path, *lines))
    assert events(tmp_path, *lines) == []


def test_a_rewind_is_a_branch_and_leaves_the_active_path(tmp_path: Path) -> None:
    lines = [
        user("u1", None),
        answer("a1", "u1", say("first"), second=1),
        line("system", "s1", "a1", 2, subtype="turn_duration", durationMs=1),
        user("u2", "s1", "left behind", 3),
        answer("a2", "u2", call("t1", "Read", file_path="/x"), second=4),
        result("r1", "a2", "t1", second=5),
        user("u3", "a1", "instead", 6),
        answer("a3", "u3", say("second"), second=7),
    ]
    assert events(tmp_path, *lines) == [("branch", 6, "a1", None)]
    on_path = [entry.entry_id for entry in entries(tmp_path, *lines) if entry.on_active_path]
    assert on_path == ["u1", "a1", "s1", "u3", "a3"]
    again = [user("u1", None), answer("a1", "u1", say("x")), user("u2", None, "from the start", 1)]
    assert events(tmp_path, *again) == [("branch", 2, None, None)]


def test_a_lost_line_does_not_cut_the_path(tmp_path: Path) -> None:
    lines: list[Json | str] = [user("u1", None), '{"type":"assistant","uuid":"a1","par', user("u2", "a1", "go on")]
    records = landed(session_file(tmp_path, *lines))
    assert [entry.on_active_path for entry in of(records, Entry)] == [True, True]
    assert [bad.line_number for bad in of(records, BadRecord)] == [2]
    assert not of(records, SessionEvent)


@pytest.mark.parametrize(
    ("content", "fields", "entry_type", "text"),
    [
        ("fix it", {}, "message", "fix it"),
        ("", {}, "message", ""),
        ([], {}, "message", ""),
        ([say("a"), say("b")], {}, "message", "a\nb"),
        ([{"type": "image", "source": {}}], {}, "message", None),
        ([say("<ide_opened_file>x</ide_opened_file>"), say("fix it")], {}, "message", "fix it"),
        ([say("<ide_selection>x</ide_selection>")], {}, "environment", "<ide_selection>x</ide_selection>"),
        ("<system-reminder>x</system-reminder>", {}, "reminder", "<system-reminder>x</system-reminder>"),
        ("skill body", {"isMeta": True}, "meta", "skill body"),
        ("notice", {"origin": {"kind": "task-notification"}}, "meta", "notice"),
        ("typed", {"origin": {"kind": "human"}}, "message", "typed"),
        ("<task-notification>x", {}, "meta", "<task-notification>x"),
        ("short", {"isCompactSummary": True}, "compaction_summary", "short"),
        ("<command-name>/model</command-name>", {}, "command", "<command-name>/model</command-name>"),
        ("<command-message>x</command-message>", {}, "command", "<command-message>x</command-message>"),
        ("<local-command-stdout>x", {}, "command_output", "<local-command-stdout>x"),
        ("<local-command-caveat>x", {"isMeta": True}, "meta", "<local-command-caveat>x"),
        ("<bash-input>ls</bash-input>", {}, "bash_execution", "<bash-input>ls</bash-input>"),
        ("<bash-stdout>x</bash-stdout>", {}, "command_output", "<bash-stdout>x</bash-stdout>"),
        ("[Request interrupted by user]", {}, "interrupt", "[Request interrupted by user]"),
    ],
)
def test_user_lines_are_told_apart_by_syntax(
    tmp_path: Path, content: Any, fields: dict[str, Any], entry_type: str, text: str | None
) -> None:
    (entry,) = entries(tmp_path, user("u1", None, content, 9, **fields))
    assert (entry.entry_type, entry.role, entry.text) == (entry_type, "user", text)
    assert entry.message_at == entry.occurred_at == datetime(2026, 1, 2, 3, 0, 9)


def test_what_was_queued_while_the_agent_ran_is_a_message(tmp_path: Path) -> None:
    def queued(uuid: str, **fields: Any) -> Any:
        attachment = {"type": "queued_command", "prompt": "also this", "commandMode": "prompt"} | fields
        return line("attachment", uuid, "u0", 9, attachment=attachment)

    found = entries(
        tmp_path,
        user("u0", None),
        queued("q1", timestamp="2026-01-02T03:00:04.000Z"),
        queued("q2", prompt=[say("with"), {"type": "image"}], origin={"kind": "human"}),
        queued("q3", commandMode="task-notification"),
        queued("q4", origin={"kind": "peer"}),
        queued("q5", prompt="<task-notification>x"),
        line("attachment", "q6", "u0", attachment={"type": "todo_reminder"}),
    )
    assert [(entry.entry_type, entry.role, entry.text) for entry in found[1:]] == [
        ("message", "user", "also this"),
        ("message", "user", "with"),
        ("attachment", None, None),
        ("attachment", None, None),
        ("meta", "user", "<task-notification>x"),
        ("attachment", None, None),
    ]
    assert (found[1].message_at, found[1].occurred_at) == (datetime(2026, 1, 2, 3, 0, 4), datetime(2026, 1, 2, 3, 0, 9))


def test_bash_results_tell_exit_code_duration_truncation(tmp_path: Path) -> None:
    records = landed(
        session_file(
            tmp_path,
            answer("a1", None, *(call(f"t{number}", "Bash", command="x") for number in range(5))),
            result("r0", "a1", "t0", "Exit code 3\nboom", is_error=True, toolUseResult="Error: Exit code 3\nboom"),
            result("r1", "a1", "t1", "Exit code 3", toolUseResult={"stdout": "Exit code 3", "interrupted": False}),
            result("r2", "a1", "t2", [say("a"), say("b")], toolUseResult={"exitCode": 2, "durationMs": 1500}),
            result("r3", "a1", "t3", [], toolUseResult={"persistedOutputPath": "/p", "totalDurationMs": 10}),
        )
    )
    made = of(records, ToolCall)
    assert [item.exit_code for item in made] == [3, None, 2, None, None]
    assert [item.is_error for item in made] == [True, False, False, False, None]
    assert [item.duration_s for item in made] == [None, None, 1.5, 0.01, None]
    assert [item.result_text for item in made] == ["Exit code 3\nboom", "Exit code 3", "a\nb", "", None]
    assert [item.is_result_truncated for item in made] == [None, None, None, True, None]
    assert [item.has_result for item in made] == [True, True, True, True, False]


def test_results_without_ids_answer_the_calls_of_their_line(tmp_path: Path) -> None:
    records = landed(
        session_file(
            tmp_path,
            answer("a1", None, call(None, "bash", command="x"), call(None, "bash", command="y")),
            result("r1", "a1", None, "one"),
            result("r2", "a1", None, "two"),
            result("r3", "a1", None, "three"),
        )
    )
    assert [item.result_text for item in of(records, ToolCall)] == ["one", "two"]


REJECTED = "The user doesn't want to proceed with this tool use. The tool use was rejected"


def test_rejections_are_the_users(tmp_path: Path) -> None:
    lines = [
        answer("a1", None, *(call(f"t{number}", "Bash", command="x") for number in range(6))),
        result("r0", "a1", "t0", REJECTED, is_error=True),
        result("r1", "a1", "t1", "no", is_error=True, toolDenialKind="user-rejected"),
        result("r2", "a1", "t2", "no", is_error=True, toolDenialKind="permission-rule"),
        result("r3", "a1", "t3", "no", is_error=True, toolUseResult="User rejected tool use"),
        result("r4", "a1", "t4", REJECTED),
        result("r5", "a1", "gone", REJECTED, is_error=True),
    ]
    made = of(landed(session_file(tmp_path, *lines)), ToolCall)
    assert [item.is_rejected for item in made] == [True, True, False, True, False, None]
    assert events(tmp_path, *lines) == [
        ("rejection", 1, None, "Bash"),
        ("rejection", 2, None, "Bash"),
        ("rejection", 4, None, "Bash"),
        ("rejection", 6, None, None),
    ]


def test_a_stop_that_result_and_line_tell_is_one_interrupt(tmp_path: Path) -> None:
    lines = [
        user("u1", None),
        answer("a1", "u1", call("t1", "Bash", command="x"), second=1),
        result("r1", "a1", "t1", "", second=2, toolUseResult={"stdout": "", "interrupted": True}),
        user("i1", "r1", [say("[Request interrupted by user for tool use]")], 3),
        user("u2", "i1", "go on", 4),
        answer("a2", "u2", say("x"), second=5),
        user("i2", "a2", "[Request interrupted by user]", 6),
        answer("a3", "i2", call("t2", "Bash", command="x"), second=7),
        result("r3", "a3", "t2", "no", second=8, toolDenialKind="interrupted", is_error=True),
        answer("a4", "r3", call("t3", "Read", file_path="x"), second=9),
        user(
            "r4",
            "a4",
            [{"type": "tool_result", "tool_use_id": "t3"}, say("[Request interrupted by user for tool use]")],
        ),
    ]
    assert events(tmp_path, *lines) == [
        ("interrupt", 2, None, "Bash"),
        ("interrupt", 6, None, None),
        ("interrupt", 8, None, "Bash"),
        ("interrupt", 10, None, "tool_use"),
    ]


def test_a_compaction_keeps_the_path_and_what_it_preserved(tmp_path: Path) -> None:
    metadata = {
        "trigger": "manual",
        "preTokens": 900,
        "postTokens": 90,
        "preservedSegment": {"headUuid": "u2", "anchorUuid": "c2", "tailUuid": "a2"},
    }
    start = [
        user("u1", None),
        answer("a1", "u1", say("x"), second=1),
        user("u2", "a1", "more", 2),
        answer("a2", "u2", say("y"), second=3),
        line("system", "c1", None, 4, subtype="compact_boundary", logicalParentUuid="a2", compactMetadata=metadata),
        user("c2", "c1", "summary", 5, isCompactSummary=True),
    ]
    for parent in ("c2", "a2"):
        lines = [*start, user("u3", parent, "and now", 6), answer("a3", "u3", say("z"), second=7)]
        found = of(landed(session_file(tmp_path, *lines)), SessionEvent)
        assert [(event.event_type, event.entry_index, event.detail) for event in found] == [("compaction", 4, "manual")]
        assert (found[0].tokens_before, found[0].tokens_after) == (900, 90)
        assert all(entry.on_active_path for entry in entries(tmp_path, *lines))
    kinds = [(entry.entry_type, entry.role) for entry in entries(tmp_path, *start)[4:]]
    assert kinds == [("compaction", None), ("compaction_summary", "user")]


def test_synthetic_answers_are_no_calls(tmp_path: Path) -> None:
    records = landed(
        session_file(
            tmp_path,
            user("u1", None),
            answer("a1", "u1", say("API Error"), model="<synthetic>", isApiErrorMessage=True),
            answer("a2", "a1", say("No response requested."), model="<synthetic>", isApiErrorMessage=False),
        )
    )
    found = of(records, Entry)[1:]
    assert [(entry.is_llm_call, entry.is_error, entry.model_id, entry.input_tokens) for entry in found] == [
        (False, True, None, None),
        (False, False, None, None),
    ]
    assert of(records, Session)[0].model_id is None


def test_usage_is_null_where_it_is_missing_and_as_reported_else(tmp_path: Path) -> None:
    zero = dict.fromkeys(USAGE, 0)
    first, second, third = entries(
        tmp_path,
        answer("a1", None, say("x"), usage=None),
        answer("a2", "a1", usage=zero),
        answer("a3", "a2", say("x"), usage={"output_tokens": 1}, costUSD=0.5),
    )
    assert (first.input_tokens, first.usage_basis, first.text) == (None, None, "x")
    assert (second.input_tokens, second.cache_read_tokens, second.usage_basis, second.text) == (
        0,
        0,
        "excludes_cache",
        "",
    )
    assert (third.input_tokens, third.output_tokens, third.cost_usd) == (None, 1, 0.5)


def test_sidechains_in_the_file_are_sessions_of_their_own(tmp_path: Path) -> None:
    def side(made: Any, **fields: Any) -> Any:
        return made | {"isSidechain": True} | fields

    records = landed(
        session_file(
            tmp_path,
            user("u1", None),
            answer("a1", "u1", call("t1", "Task", prompt="x"), call("t2", "Task", prompt="y")),
            side(user("x1", None, "look", 1)),
            side(user("y1", None, "look", 1), agentId="abc"),
            side(answer("x2", "x1", say("one"), second=2)),
            side(answer("y2", "y1", say("two"), second=3), agentId="abc"),
            result("r1", "a1", "t1", "one", second=4),
            user("u2", "r1", "thanks", 5),
        )
    )
    main, first, second = of(records, Session)
    assert (main.native_session_id, main.is_subagent, main.parent_session_index) == (SESSION, False, None)
    assert (first.native_session_id, first.is_subagent) == (f"{SESSION}/agent-x1", True)
    assert (second.native_session_id, second.parent_session_index) == (f"{SESSION}/agent-abc", 0)
    assert second.parent_native_session_id == SESSION
    found = [(entry.session_index, entry.entry_index, entry.entry_id, entry.entry_type) for entry in of(records, Entry)]
    assert found[4:] == [
        (1, 0, "x1", "agent_prompt"),
        (1, 1, "x2", "message"),
        (2, 0, "y1", "agent_prompt"),
        (2, 1, "y2", "message"),
    ]
    assert all(entry.on_active_path for entry in of(records, Entry))
    assert not of(records, SessionEvent)


@pytest.mark.parametrize(
    ("session_id", "folder", "parent"),
    [
        (SESSION, "", SESSION),
        (SESSION, "other/subagents", SESSION),
        ("agent-abc", "outer/subagents/deeper", "outer"),
        ("agent-abc", "", None),
    ],
)
def test_a_subagent_file_names_its_parent(tmp_path: Path, session_id: str, folder: str, parent: str | None) -> None:
    fields = {"isSidechain": True, "agentId": "abc", "sessionId": session_id}
    lines = [user("u1", None) | fields, answer("a1", "u1", say("x"), second=1) | fields]
    (session,) = of(landed(session_file(tmp_path / folder, *lines, name="agent-abc.jsonl")), Session)
    assert session.native_session_id == (f"{parent}/agent-abc" if parent else "agent-abc")
    assert (session.is_subagent, session.parent_native_session_id) == (True, parent)
    assert (session.session_index, session.parent_session_index) == (0, None)


def test_a_resumed_file_marks_the_lines_that_it_copied(tmp_path: Path) -> None:
    old = {"sessionId": "older"}
    lines = [
        user("u1", None, second=1) | old,
        answer("a1", "u1", say("x"), second=2) | old,
        user("u2", "a1", "go on", 60),
        answer("a2", "u2", say("y"), second=70),
        user("u1", None, second=1) | old,
    ]
    records = landed(session_file(tmp_path, *lines))
    (session,) = of(records, Session)
    assert (session.native_session_id, session.parent_native_session_id) == (SESSION, "older")
    assert session.started_at == datetime(2026, 1, 2, 3, 1)
    found = of(records, Entry)
    assert [(entry.entry_id, entry.is_copied_context) for entry in found] == [
        ("u1", True),
        ("a1", True),
        ("u2", False),
        ("a2", False),
    ]
    renamed = of(landed(session_file(tmp_path, *lines[:4], name="renamed.jsonl")), Session)
    assert renamed[0].native_session_id == SESSION
    forked = [user("u1", None, forkedFrom={"sessionId": "older"}), user("u2", "u1", second=1)]
    records = landed(session_file(tmp_path, *forked))
    assert of(records, Session)[0].parent_native_session_id == "older"
    assert [entry.is_copied_context for entry in of(records, Entry)] == [True, False]


def test_clearing_begins_a_session(tmp_path: Path) -> None:
    clear = "<command-name>/clear</command-name>"
    lines = [
        user("u0", None, clear),
        user("u1", "u0", "one", 1),
        answer("a1", "u1", say("x"), second=2),
        user("u2", "a1", clear, 3),
        user("u3", "u2", "two", 4),
        answer("a3", "u3", say("y"), second=5),
    ]
    records = landed(session_file(tmp_path, *lines))
    first, second = of(records, Session)
    assert (first.native_session_id, first.parent_native_session_id) == (SESSION, None)
    assert (second.native_session_id, second.parent_session_index) == (f"{SESSION}/clear-u2", 0)
    assert (second.parent_native_session_id, second.is_subagent) == (SESSION, False)
    assert [(entry.session_index, entry.entry_index) for entry in of(records, Entry)] == [
        (0, 0),
        (0, 1),
        (0, 2),
        (1, 0),
        (1, 1),
        (1, 2),
    ]
    assert all(entry.on_active_path for entry in of(records, Entry))


def test_an_entry_keeps_its_id_when_the_file_grows(tmp_path: Path) -> None:
    lines = [
        user("u1", None),
        answer("a1", "u1", say("x"), message_id="m", second=1),
        answer("a2", "a1", call("t1", "Read", file_path="/x"), message_id="m", second=2),
        result("r1", "a2", "t1", second=3),
        answer("b1", "r1", say("y"), second=4),
    ]
    whole = [entry.entry_id for entry in entries(tmp_path, *lines)]
    for count in range(1, len(lines) + 1):
        part = [entry.entry_id for entry in entries(tmp_path, *lines[:count])]
        assert part == whole[: len(part)]


def test_session_fields_modes_effort_and_commits(tmp_path: Path) -> None:
    git = {"gitOperation": {"commit": {"sha": "abc1234", "kind": "committed"}}}
    records = landed(
        session_file(
            tmp_path,
            {"type": "summary", "summary": "x", "leafUuid": "u1"},
            {"type": "permission-mode", "permissionMode": "plan", "sessionId": SESSION},
            user("u1", None, entrypoint="cli", permissionMode="default"),
            answer("a1", "u1", call("t1", "Bash", command="git commit"), effort="high", second=1),
            result("r1", "a1", "t1", toolUseResult=git, second=2),
            user("u2", "r1", permissionMode="plan", second=3),
            answer("a2", "u2", say("x"), effort="low", second=4),
            line("unheard-of", "z1", "a2", 5),
            line("message", "z2", "z1", 5),
        )
    )
    (session,) = of(records, Session)
    assert (session.agent_type, session.agent_version, session.telemetry) == ("claude-code", "2.1.0", "session_jsonl")
    assert (session.origin, session.git_branch, session.working_directory) == ("cli", "trunk", "/synthetic")
    assert (session.model_id, session.place) == ("synthetic-1", "line 3")
    assert session.finished_at == datetime(2026, 1, 2, 3, 0, 5)
    found = [
        (event.event_type, event.entry_index, event.from_value, event.to_value) for event in of(records, SessionEvent)
    ]
    assert found == [
        ("permission_mode_change", 0, None, "default"),
        ("thinking_level_change", 1, None, "high"),
        ("permission_mode_change", 3, "default", "plan"),
        ("thinking_level_change", 4, "high", "low"),
    ]
    (link,) = of(records, VcsEvidence)
    assert (link.evidence, link.commit, link.native_session_id, link.branch) == (
        "git_link",
        "abc1234",
        SESSION,
        "trunk",
    )
    assert [entry.entry_type for entry in of(records, Entry)][-2:] == ["unheard-of", "unknown"]


@pytest.mark.parametrize(
    "head",
    [
        '{"uuid":"a","parentUuid":null,"sessionId":"s","harness":"swival","type":"user","message":{"role":"user"}}',
        '{"type":"session","version":3,"id":"s","timestamp":"2026-01-02T03:04:05Z","cwd":"/x"}',
        '{"type":"message","id":"a","parentId":null,"message":{"role":"user","content":"x"}}',
        '{"uuid":"a","sessionId":"s","type":"user","message":{"role":"user","parts":[{"text":"x"}]}}',
        '{"type":"session_meta","payload":{"id":"x"}}',
        '{"type":"user","session_id":"s","uuid":"a","message":{"role":"user","content":"x"}}',
        "[]",
        "not json",
    ],
)
def test_other_formats_are_refused(tmp_path: Path, head: str) -> None:
    assert not claude_code.matches(session_file(tmp_path, head))


def test_a_file_of_one_line_is_enough(tmp_path: Path) -> None:
    artifact = session_file(tmp_path, user("u1", None))
    assert claude_code.matches(artifact)
    assert len(of(landed(artifact), Entry)) == 1
    assert not claude_code.matches(session_file(tmp_path, user("u1", None), name="session.json"))
    note = session_file(tmp_path, {"type": "summary", "summary": "x", "leafUuid": "u"})
    assert claude_code.matches(note)
    assert landed(note) == []
    long = session_file(tmp_path, user("u1", None, "x" * 100_000))
    assert claude_code.matches(Artifact(long.path, tmp_path))
    with pytest.raises(UnreadableArtifactError, match="the file is empty"):
        landed(session_file(tmp_path))
