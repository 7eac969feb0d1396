"""Every real session file of pi and its derivatives, recounted with plain json."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from loaders.artifact import Artifact
from loaders.formats.pi import session as pi_session
from loaders.formats.pi.edits import display_changes
from loaders.formats.shared.file_contents import FileContents
from loaders.formats.shared.line_changes import Change
from loaders.tables import BadRecord, Entry, FileEdit, PhaseEvent, Session, SessionEvent, ToolCall
from tests.python.loaders.formats.pi_inputs import Json, landed, of, plain_objects, session_file, user

# file: (user, assistant, toolResult, calls, calls without a result, errors, compactions, model changes, bad lines)
COUNTS: dict[str, tuple[int, ...]] = {
    "agent-sessions__pi_small": (2, 2, 0, 0, 0, 0, 2, 1, 0),
    "gjc__01-youtube-transcript-extraction": (8, 156, 203, 205, 2, 35, 0, 0, 1),
    "gjc__04-awesome-agent-ide": (6, 60, 77, 78, 1, 5, 0, 2, 1),
    "pi-mono__before-compaction": (55, 484, 448, 454, 6, 12, 2, 5, 0),
    "pi-mono__html-export-0ec8509d_v2": (4, 25, 21, 21, 0, 2, 0, 1, 0),
    "pi-mono__html-export-87220540_v2": (1, 1, 0, 0, 0, 0, 0, 1, 0),
    "pi-mono__large-session": (88, 453, 373, 391, 18, 19, 0, 1, 0),
    "pi-mono__session": (44, 220, 189, 189, 0, 12, 1, 0, 0),
    "teich__example_openclaw_session": (2, 1, 0, 0, 0, 0, 0, 1, 0),
    "teich__example_pi_session": (19, 157, 144, 144, 0, 6, 0, 1, 0),
}


@pytest.mark.parametrize("name", COUNTS)
def test_real_sessions_against_plain_json(fixtures: Path, name: str) -> None:
    path = fixtures / "pi_sessions" / f"{name}.jsonl"
    artifact = Artifact(path, fixtures)
    assert pi_session.matches(artifact)
    records = landed(artifact)
    objects, bad_lines = plain_objects(path)
    messages = [value["message"] for value in objects if value["type"] == "message"]
    blocks = [block for message in messages if message["role"] == "assistant" for block in message["content"]]
    results = {message["toolCallId"]: message for message in messages if message["role"] == "toolResult"}
    calls = of(records, ToolCall)
    entries = of(records, Entry)
    roles = Counter(message["role"] for message in messages)
    events = Counter(event.event_type for event in of(records, SessionEvent))

    assert len(of(records, Session)) == 1
    assert len(entries) == sum(value["type"] != "session" for value in objects)
    assert [row.entry_index for row in entries] == list(range(len(entries)))
    prompts = sum(row.entry_type == "message" and row.role == "user" for row in entries)
    answers = [row for row in entries if row.is_llm_call]
    tool_results = [row for row in entries if row.entry_type == "tool_result"]
    assert (
        prompts,
        len(answers),
        len(tool_results),
        len(calls),
        sum(not row.has_result for row in calls),
        sum(row.is_error or False for row in calls),
        events["compaction"],
        events["model_change"],
        len(of(records, BadRecord)),
    ) == COUNTS[name]
    assert (prompts, len(answers), len(tool_results)) == (roles["user"], roles["assistant"], roles["toolResult"])
    assert sum(row.entry_type == "bash_execution" and row.role == "user" for row in entries) == roles["bashExecution"]
    assert events["interrupt"] == sum(message.get("stopReason") == "aborted" for message in messages)
    levels = [value["thinkingLevel"] for value in objects if value["type"] == "thinking_level_change"]
    assert events["thinking_level_change"] == sum(
        level != before for level, before in zip(levels, [None, *levels], strict=False)
    )
    assert set(events) <= {"compaction", "model_change", "thinking_level_change", "interrupt"}
    assert not of(records, PhaseEvent)
    assert {entry_type for row in entries if (entry_type := row.entry_type) not in ("message", "tool_result")} == {
        value["type"] for value in objects if value["type"] not in ("session", "message")
    } | ({"bash_execution"} if roles["bashExecution"] else set())
    assert len(of(records, BadRecord)) == bad_lines
    assert all(row.text is None for row in tool_results)

    plain_calls = [block for block in blocks if block["type"] == "toolCall"]
    assert Counter(row.tool_name for row in calls) == Counter(block["name"] for block in plain_calls)
    for row, block in zip(calls, plain_calls, strict=True):
        assert row.tool_call_id == block["id"]
        assert json.loads(row.arguments or "null") == block["arguments"]
        plain = results.get(block["id"])
        assert row.has_result == (plain is not None)
        if plain is not None:
            texts = [part["text"] for part in plain["content"] if part["type"] == "text"]
            assert row.result_text == "\n".join(texts)
            assert row.is_error == plain["isError"]
            code = (row.result_text or "").rpartition("Command exited with code ")[2]
            expected = int(code) if plain["isError"] and "exited with code" in (row.result_text or "") else None
            assert row.exit_code == expected

    usages = [message["usage"] for message in messages if message["role"] == "assistant"]
    for column, key in (
        ("input_tokens", "input"),
        ("output_tokens", "output"),
        ("cache_read_tokens", "cacheRead"),
        ("cache_write_tokens", "cacheWrite"),
    ):
        assert sum(getattr(row, column) for row in answers) == sum(usage[key] for usage in usages)
    assert all(row.usage_basis == "excludes_cache" for row in answers)
    assert sum(row.cost_usd or 0 for row in answers) == pytest.approx(sum(usage["cost"]["total"] for usage in usages))
    thinking = [block["thinking"] for block in blocks if block["type"] == "thinking"]
    assert [length for row in answers for length in row.thinking_block_lengths or ()] == [len(t) for t in thinking]
    text_length = sum(len(block["text"]) for block in blocks if block["type"] == "text")
    assert sum(len(row.text.replace("\n", "")) for row in answers if row.text) == sum(
        len(block["text"].replace("\n", "")) for block in blocks if block["type"] == "text"
    )
    assert text_length == 0 or any(row.text for row in answers)
    assert all(row.on_active_path for row in entries)


# file: (changes with a line from the artifact, from what the stream has shown, writes of files that are not known)
EDITS = {
    "gjc__01-youtube-transcript-extraction": (0, 16, 17),
    "gjc__04-awesome-agent-ide": (5, 0, 8),
    "pi-mono__before-compaction": (280, 46, 15),
    "pi-mono__html-export-0ec8509d_v2": (3, 0, 0),
    "pi-mono__large-session": (242, 0, 3),
    "pi-mono__session": (92, 24, 0),
    "teich__example_pi_session": (43, 0, 1),
}


@pytest.mark.parametrize("name", COUNTS)
def test_real_edits_against_their_diffs(fixtures: Path, name: str) -> None:
    """Changed lines of every real display diff, counted by their sign alone; numbers of added lines as they stand."""
    path = fixtures / "pi_sessions" / f"{name}.jsonl"
    lines = Counter[str]()
    numbers: list[int] = []
    for value in plain_objects(path)[0]:
        message: Json = value.get("message") or {}
        details = message.get("details") or {}
        if message.get("role") == "toolResult" and not message["isError"] and "diff" in details:
            for line in details["diff"].split("\n"):
                lines[line[:1]] += 1
                numbers += [int(number) for number in re.findall(r"^\+ *(\d+)[ |]", line)]
    edits = of(landed(Artifact(path, fixtures)), FileEdit)
    exact = [edit for edit in edits if edit.range_basis == "exact"]
    assert sum(edit.added_lines or 0 for edit in exact) == lines["+"]
    assert sum(edit.deleted_lines or 0 for edit in exact) == lines["-"]
    assert [number for edit in exact for number in added_numbers(edit)] == numbers
    assert all(edit.end_line == (edit.start_line or 0) + (edit.old_length or 0) - 1 for edit in exact)
    bases = Counter(edit.range_basis for edit in edits)
    assert (bases["exact"], bases["inferred"], bases["whole_file"]) == EDITS.get(name, (0, 0, 0))
    assert bases["unknown"] == 0


def added_numbers(edit: FileEdit) -> Iterator[int]:
    """Lines of the file after the change that it added: it counts in the file as the changes above left it."""
    start = edit.start_line or 0
    yield from range(start, start + (edit.new_length or 0))


def test_deleted_lines_are_those_that_the_session_has_shown(fixtures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What reads and earlier changes show of a file stands where changes say, but for 6 lines that moved unseen."""
    found = Counter[bool]()
    apply = FileContents.apply

    def checked(self: FileContents, path: str, changes: list[Change]) -> None:
        known, moved = self.known_lines(path), 0
        for change in changes:
            if change.old is not None and change.new is not None and change.start_line is not None:
                for at, line in enumerate(change.old, change.start_line - moved):
                    if at in known:
                        found[known[at] == line] += 1
                moved += len(change.new) - len(change.old)
        apply(self, path, changes)

    monkeypatch.setattr(FileContents, "apply", checked)
    for path in (fixtures / "pi_sessions").glob("*.jsonl"):
        landed(Artifact(path, fixtures))
    assert found == {True: 1684, False: 6}


def replayed(path: Path) -> Iterator[bool]:
    """For each edit of a text that the read before it showed: whether its changes make the old text into the new."""
    calls: dict[str, Json] = {}
    shown: dict[str, tuple[int, str]] = {}
    for value in plain_objects(path)[0]:
        message = value.get("message") or {}
        if message.get("role") == "assistant":
            calls |= {block["id"]: block for block in message["content"] if block["type"] == "toolCall"}
        if message.get("role") != "toolResult" or message["isError"] or message["toolCallId"] not in calls:
            continue
        made = calls[message["toolCallId"]]
        arguments, first = made["arguments"], (message["content"] or [{}])[0]
        if made["name"] == "read" and first.get("type") == "text":
            text = re.sub(r"\n\n(\[[^\n]*to continue\]|\.\.\. \([^\n]*\))$", "", first["text"])
            shown[arguments["path"]] = arguments.get("offset", 1), text
        elif made["name"] == "edit" and "oldText" in arguments and arguments["path"] in shown:
            offset, before = shown.pop(arguments["path"])
            if before.count(arguments["oldText"]) != 1:
                continue
            lines = before.split("\n")
            for change in display_changes(message["details"]["diff"]):
                at = (change.start_line or 0) - offset
                assert change.old is not None and change.new is not None
                if lines[at : at + len(change.old)] != change.old:
                    break
                lines[at : at + len(change.old)] = change.new
            yield lines == before.replace(arguments["oldText"], arguments["newText"]).split("\n")


def test_changes_replayed_on_what_was_read(fixtures: Path) -> None:
    found = Counter(same for path in (fixtures / "pi_sessions").glob("pi-mono*.jsonl") for same in replayed(path))
    found += Counter(replayed(fixtures / "pi_sessions" / "teich__example_pi_session.jsonl"))
    assert found == {True: 100}


# (file, line of the result): lines of the changes, from reads with a line number before them, by hand
CHECKED = {
    ("teich__example_pi_session", 68): [(332, 331, 0, 23), (357, 358, 2, 8), (366, 367, 2, 2)],
    ("teich__example_pi_session", 74): [(313, 312, 0, 2)],
    ("teich__example_pi_session", 80): [(620, 619, 0, 1)],
    ("pi-mono__large-session", 22): [(2, 2, 1, 2), (5, 19, 15, 0)],
    ("pi-mono__large-session", 56): [(721, 738, 18, 0), (723, 724, 2, 1)],
    ("pi-mono__large-session", 108): [(194, 194, 1, 1)],
    ("pi-mono__large-session", 144): [(16, 15, 0, 2)],
    ("pi-mono__session", 16): [(238, 239, 2, 2)],
    ("pi-mono__session", 49): [(430, 430, 1, 0), (431, 430, 0, 1)],
    ("pi-mono__session", 61): [(490, 489, 0, 1), (498, 497, 0, 4)],
    ("pi-mono__before-compaction", 96): [(16, 17, 2, 2)],
    ("gjc__04-awesome-agent-ide", 132): [(378, 378, 1, 1)],
}


@pytest.mark.parametrize(("name", "line"), CHECKED)
def test_ranges_checked_by_hand(fixtures: Path, name: str, line: int) -> None:
    records = landed(Artifact(fixtures / "pi_sessions" / f"{name}.jsonl", fixtures))
    edits = [edit for edit in of(records, FileEdit) if edit.place == f"line {line}"]
    ranges = [(edit.start_line, edit.end_line, edit.old_length, edit.new_length) for edit in edits]
    assert ranges[: len(CHECKED[name, line])] == CHECKED[name, line]


def test_models_in_force(fixtures: Path) -> None:
    """A fork's header says what its settings were when it was made, not what the copied entries began with."""

    def models(name: str) -> list[tuple[str | None, str | None]]:
        records = landed(Artifact(fixtures / "pi_sessions" / f"{name}.jsonl", fixtures))
        return [(e.from_value, e.to_value) for e in of(records, SessionEvent) if e.event_type == "model_change"]

    opus = "anthropic/claude-opus-4-5"
    assert models("pi-mono__before-compaction") == [
        (opus, "anthropic/claude-3-opus-20240229"),
        ("anthropic/claude-3-opus-20240229", "anthropic/claude-opus-4-5-20251101"),
        ("anthropic/claude-opus-4-5-20251101", "anthropic/claude-sonnet-4-5"),
        ("anthropic/claude-sonnet-4-5", "anthropic/claude-sonnet-4-5-20250929"),
        ("anthropic/claude-sonnet-4-5-20250929", opus),
    ]
    assert models("pi-mono__large-session") == [("openai/gpt-5.1-codex", "anthropic/claude-sonnet-4-5")]
    assert models("gjc__04-awesome-agent-ide") == [
        (None, "openrouter/~anthropic/claude-fable-latest"),
        ("openrouter/~anthropic/claude-fable-latest", "zai/glm-5.2"),
    ]
    assert models("pi-mono__session") == []


def test_what_was_cut_off(fixtures: Path) -> None:
    """Arguments that were streamed in part are kept, and nothing is taken from them."""
    records = landed(Artifact(fixtures / "pi_sessions" / "pi-mono__before-compaction.jsonl", fixtures))
    cut = [call for call in of(records, ToolCall) if call.path_argument is None and call.command is None]
    assert [(call.place, call.tool_name) for call in cut] == [
        ("line 374", "bash"),
        ("line 386", "read"),
        ("line 678", "edit"),
    ]
    assert all(call.arguments and not call.has_result for call in cut)


def test_only_pi_sessions_match(fixtures: Path) -> None:
    matched = {path for path in fixtures.rglob("*.jsonl") if pi_session.matches(Artifact(path, fixtures))}
    assert matched == set((fixtures / "pi_sessions").glob("*.jsonl"))
    assert len(matched) == 10


def test_the_glued_line_keeps_both_objects(fixtures: Path) -> None:
    records = landed(Artifact(fixtures / "pi_sessions" / "pi-mono__session.jsonl", fixtures))
    lines = Counter(row.place for row in of(records, Entry))
    assert sorted(lines.values())[-2:] == [1, 2]


def test_header_versions_and_ids(fixtures: Path, tmp_path: Path) -> None:
    folder = fixtures / "pi_sessions"

    def session(name: str) -> Session:
        return of(landed(Artifact(folder / f"{name}.jsonl", fixtures)), Session)[0]

    first = session("pi-mono__before-compaction")
    assert first.format_version == "1"
    assert first.native_session_id == "ffae836b-9420-4060-ac13-7745215f90ff"
    assert first.parent_native_session_id == "d97339c6-6c10-4827-846b-9ff1d9c3dc37"
    assert (first.parent_path or "").endswith("_d97339c6-6c10-4827-846b-9ff1d9c3dc37.jsonl")
    assert first.started_at == datetime(2025, 12, 9, 0, 53, 29, 825000)
    assert first.working_directory == "/Users/badlogic/workspaces/pi-mono"
    headless = session("gjc__01-youtube-transcript-extraction")
    assert headless.native_session_id == "gjc__01-youtube-transcript-extraction"
    assert (headless.format_version, headless.working_directory) == (None, None)
    assert headless.started_at == datetime(2026, 7, 14, 8, 41, 44, 363000)
    assert session("pi-mono__html-export-0ec8509d_v2").format_version == "2"
    assert session("teich__example_pi_session").format_version == "3"
    (tmp_path / "task-7").mkdir()
    (generic,) = of(landed(session_file(tmp_path / "task-7", user("a", None))), Session)
    assert generic.native_session_id == "task-7"
