"""Replay: what is read of a warehouse written by hand (synthetic), what a screen shows, what keys do."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import duckdb
import pytest
from click.testing import CliRunner, Result
from hypothesis import example, given
from hypothesis import strategies as st

from agent_signals.__main__ import main
from agent_signals.replay.screen import screen, transcript
from agent_signals.replay.terminal import View
from agent_signals.replay.text import cell_count, cut, readable_arguments, safe_text, wrapped
from agent_signals.replay.trace import Step, Trace, read_trace
from agent_signals.trace_file import TRACE_FILE

ROOT = Path(__file__).parents[3]
SESSION, ATTEMPT = "5e55-synthetic", "7r1a1-synthetic#0"
NOTHING = Step(**dict.fromkeys(field.name for field in fields(Step)))  # type: ignore[arg-type]
STEPS = [
    replace(NOTHING, context="eval", action_number=1, action_name="user_message", failure_types=[], message_text="Fix"),
    replace(
        NOTHING,
        context="eval",
        action_number=2,
        step_index=0,
        action_name="generate_fix",
        tool_name="edit",
        action_target="a.py",
        action_outcome="succeeded",
        edit_ranges=["a.py:3-4"],
        added_lines=2,
        failure_types=["blind_patch"],
        started_at=datetime(2026, 1, 2, 3, 4, 5),
        duration_s=1.5,
        arguments_text='{"new":"x\\ny","path":"a.py"}',
        result_text="\x1b[31mdone\x1b[0m",
    ),
    replace(
        NOTHING,
        context="eval",
        action_number=3,
        action_name="run_tests",
        action_outcome="succeeded",
        is_test_passed=False,
        failure_types=["failing_tests", "ended_red"],
        result_text="1 failed\n" * 40,
    ),
    replace(
        NOTHING, context="eval", action_number=4, action_name="final_answer", failure_types=[], message_text="Done"
    ),
]
TRACE = Trace(ATTEMPT, STEPS, 75, 75, {"blind_patch": "a change of a file that was never read"})


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, ["replay", *arguments], env=environment)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A warehouse with a session of two steps and an attempt of one, their texts in landed files, an older version."""
    folder = tmp_path / "landing" / "load=000002"
    folder.mkdir(parents=True)
    with duckdb.connect(str(tmp_path / "build.duckdb")) as connection:
        connection.execute(
            f"""
            create schema intermediate; create schema marts; create schema seeds;
            create table intermediate.int_trace_state as
            select
                span_id, context, action_number, call_number, null::bigint as turn_index, null::bigint as step_index,
                'model-a' as model_id, false as is_subagent, null::boolean as on_active_path, action_name, tool_name,
                action_target, null as action_outcome, null::boolean as is_test_passed, []::varchar[] as edit_ranges,
                null::bigint as added_lines, null::bigint as deleted_lines, null as phase, failure_types,
                null::timestamp as started_at, null::double as duration_s, null::bigint as text_tokens,
                null::bigint as result_tokens, null::bigint as context_tokens, null::bigint as output_tokens,
                null::double as cost_usd, call_number is null as is_first_of_entry, 2 as content_load_id,
                'f' as source_file_id, session_index, 5 as entry_index, call_number as call_index
            from (values
                ('{SESSION}', 'product', 1, null, 'final_answer', null, null, []::varchar[], 0),
                ('{SESSION}', 'product', 2, 0, 'generate_fix', 'edit', 'a.py', ['uncertain_fix'], 0),
                ('{ATTEMPT}', 'eval', 1, null, 'agent_message', null, null, [], 1)
            ) as steps (
                span_id, context, action_number, call_number, action_name, tool_name, action_target, failure_types,
                session_index
            );
            create table intermediate.int_attempt_unit as
            select '{ATTEMPT}' as attempt_id, 'runs/first' as run_id, 'own__lib-12' as task_id;
            create table marts.trace_score as
            select '{SESSION}' as span_id, null as attempt_id, 90 as trace_score, 80 as trace_score_per_occurrence
            union all select '{ATTEMPT}', '{ATTEMPT}', 100, 100;
            create table seeds.failure_type as select 'uncertain_fix' as failure_type, 'synthetic doubt' as description;
            copy (
                select
                    load_id, 'f' as source_file_id, session_index, 5 as entry_index, text,
                    null::varchar as thinking_text
                from (values (2, null, 'Said so'), (1, null, 'An older version'), (2, 1, 'Another')) as
                    entries (load_id, session_index, text)
            ) to '{folder}/entry.parquet';
            copy (
                select 2 as load_id, 'f' as source_file_id, 0 as session_index, 5 as entry_index, 0 as call_index,
                    null::varchar as command, '{{"new":"maybe"}}' as arguments, 'changed' as result_text
            ) to '{folder}/tool_call.parquet';
            """
        )
    return tmp_path


def test_a_trace_is_read_with_its_text(home: Path) -> None:
    trace = read_trace(home, SESSION)
    assert (trace.span_id, trace.score, trace.score_per_occurrence, trace.failures) == (SESSION, 90, 80, [1])
    assert [(step.message_text, step.arguments_text, step.result_text) for step in trace.steps] == [
        ("Said so", None, None),
        (None, '{"new":"maybe"}', "changed"),
    ]


@pytest.mark.parametrize("name", [ATTEMPT, "7r1a", "lib-12", "runs/first"])
def test_a_part_of_id_run_or_task_is_enough(home: Path, name: str) -> None:
    assert read_trace(home, name).span_id == ATTEMPT


def test_into_a_pipe_all_steps_are_written_without_colours(home: Path) -> None:
    result = run(SESSION, "--home", str(home))
    assert result.exit_code == 0
    assert "\x1b" not in result.output
    assert [line for line in result.output.splitlines() if line and "─" not in line] == [
        SESSION,
        "score 90 (80 per occurrence), 1 failure",
        "step 1 of 2",
        "final_answer",
        "model-a",
        "message",
        "Said so",
        "step 2 of 2",
        "generate_fix   edit   a.py",
        "model-a",
        "! uncertain_fix: synthetic doubt",
        "arguments",
        "new: maybe",
        "result",
        "changed",
    ]


def test_into_a_file(home: Path, tmp_path: Path) -> None:
    written = tmp_path / "trace.txt"
    assert run(SESSION, "--home", str(home), "--output", str(written)).output == ""
    assert written.read_text(encoding="utf-8") == run(SESSION, "--home", str(home)).output


def test_errors_say_what_to_do(home: Path, tmp_path: Path) -> None:
    near = run("own_lib-13", "--home", str(home))
    assert (near.exit_code, near.output) == (
        1,
        "Error: No attempt and no session with steps is called own_lib-13. The nearest are:\n"
        f"  {ATTEMPT} runs/first own__lib-12\n",
    )
    several = run("synthetic", "--home", str(home))
    assert several.output.splitlines()[0] == "Error: 2 traces are called synthetic in part; name one of them:"
    assert len(several.output.splitlines()) == 3
    assert run("zzz", "--home", str(home)).output == "Error: No attempt and no session with steps is called zzz.\n"
    nothing = run(SESSION, "--home", str(tmp_path / "nowhere"))
    assert (nothing.exit_code, nothing.output.count("\n")) == (1, 1)
    assert "There is no warehouse in" in nothing.output


def test_a_build_without_traces_is_told(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "build.duckdb")).close()
    result = run(SESSION, "--home", str(tmp_path))
    assert (result.exit_code, "holds no traces yet" in result.output) == (1, True)


def test_while_a_build_runs_the_published_steps_are_read(home: Path) -> None:
    columns = ", ".join(field.name for field in fields(Step) if not field.name.endswith("_text"))
    holder = (
        "import sys, duckdb; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()",
        str(home / "build.duckdb"),
    )
    with duckdb.connect(str(home / "build.duckdb")) as connection:
        connection.execute(f"attach '{home / TRACE_FILE}' as published; create schema published.trace")
        connection.execute(
            f"""
            create table published.trace.trace_step as
            select span_id, {columns}, null as thinking_text, 'published' as message_text, null as arguments_text,
                null as result_text
            from intermediate.int_trace_state
            """
        )
    with subprocess.Popen(
        [sys.executable, "-c", *holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as held:
        assert held.stdout is not None
        held.stdout.readline()
        assert [step.message_text for step in read_trace(home, SESSION).steps] == ["published"] * 2
        (home / TRACE_FILE).unlink()
        locked = run(SESSION, "--home", str(home))
        assert (locked.exit_code, locked.output.count("\n")) == (1, 1)
        assert locked.output.startswith("Error: A build is writing to ")
        held.communicate("")


def test_a_screen_shows_state_failures_and_text() -> None:
    lines, last = screen(TRACE, 1, 0, 80, 24)
    plain = [click.unstyle(line) for line in lines]
    assert len(plain) == 24
    assert plain[0].startswith(ATTEMPT)
    assert plain[0].endswith("step 2 of 4   score 75   3 failures")
    assert plain[1] == "u[F!]t!A"
    assert plain[3:15] == [
        "generate_fix   edit   a.py",
        "succeeded   +2 -0 lines   a.py:3-4",
        "2026-01-02 03:04:05 UTC   1.5 s   LLM call 0",
        "! blind_patch: a change of a file that was never read",
        "",
        "arguments",
        "new:",
        "  x",
        "  y",
        "path: a.py",
        "",
        "result",
    ]
    assert plain[15] == "done"
    assert last == 0
    assert any("\x1b[31m" in line for line in lines if "blind_patch" in line)
    assert not any("\x1b" in line for line in map(click.unstyle, transcript(TRACE)))


def test_keys_go_forward_back_to_failures_and_through_long_text() -> None:
    view = View(TRACE)
    view.lines(80, 24)
    seen = []
    for action in (
        "back",
        "next_failure",
        "next_failure",
        "next_failure",
        "previous_failure",
        "last",
        "forward",
        "first",
    ):
        view.act(action)
        seen.append(view.position)
    assert seen == [0, 1, 2, 2, 1, 3, 3, 0]
    view.act("next_failure")
    view.act("forward")
    first = view.lines(80, 24)
    view.act("page_down", 24)
    assert view.lines(80, 24) != first
    view.act("page_up", 24)
    assert view.lines(80, 24) == first
    assert "lines below" in click.unstyle(first[-1])
    view.act("quit")
    assert view.is_done


TEXTS = st.text(st.characters(codec="utf-8") | st.sampled_from("\x1b[\n\t\r漢e\u0301─"), max_size=60)
ACTIONS = st.sampled_from(
    ["forward", "back", "next_failure", "previous_failure", "down", "up", "page_down", "page_up", "first", "last"]
)


@given(st.lists(ACTIONS), st.integers(20, 120), st.integers(6, 40), TEXTS)
@example(["last"], 23, 6, "\n")
def test_no_key_leaves_the_trace_and_no_line_the_screen(actions: list[str], width: int, height: int, text: str) -> None:
    steps = [*STEPS, replace(STEPS[1], action_number=5, action_target=text, arguments_text=text, result_text=text)]
    view = View(replace(TRACE, steps=steps))
    for action in [*actions, "last"]:
        lines = [click.unstyle(line) for line in view.lines(width, height)]
        assert len(lines) <= height
        assert all(cell_count(line) <= width and "\n" not in line for line in lines)
        view.act(action, height)
        assert 0 <= view.position < len(steps)


@given(TEXTS, st.integers(3, 30))
def test_texts_are_harmless_and_lose_nothing_when_wrapped(text: str, width: int) -> None:
    safe = safe_text(text)
    assert not any(sign in safe for sign in "\x1b\r\t\u202e")
    assert safe_text(safe) == safe
    pieces = wrapped(safe, width)
    assert "".join(pieces) == safe.replace("\n", "")
    assert all(cell_count(piece) <= width for piece in pieces)
    assert cell_count(cut(safe.replace("\n", ""), width)) <= width


@given(st.dictionaries(st.text(max_size=5), st.recursive(st.none() | st.integers() | TEXTS, st.lists, max_leaves=5)))
def test_arguments_are_shown_whatever_they_are(value: dict[str, Any]) -> None:
    assert isinstance(readable_arguments(click.unstyle(str(value))), str)


def test_nested_arguments_show_their_lines() -> None:
    given_text = '{"edits":[{"new":"a\\nb","old":"c"}],"n":[1,2],"todo":[{"a":1}]}'
    assert readable_arguments(given_text).split("\n") == [
        "edits:",
        "  0:",
        "    new:",
        "      a",
        "      b",
        "    old: c",
        "n: [1, 2]",
        "todo:",
        '  0: {"a": 1}',
    ]


@pytest.mark.parametrize("no_color", ["", "1"])
def test_in_a_terminal_keys_turn_the_pages(home: Path, no_color: str) -> None:
    """A real terminal: two keys at once, an arrow, quit; the screen is left as it was."""
    parent, child = pty.openpty()
    environment = {**os.environ, "NO_COLOR": no_color, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    process = subprocess.Popen(
        [sys.executable, "-m", "agent_signals", "replay", SESSION, "--home", str(home)],
        cwd=ROOT,
        env=environment,
        stdin=child,
        stdout=child,
        stderr=child,
    )
    os.close(child)
    assert "step 1 of 2" in shown_until(parent, "q quit")
    os.write(parent, b"gn")
    second = shown_until(parent, "q quit")
    assert "step 2 of 2" in second
    assert ("\x1b[31m" in second) is not bool(no_color)
    assert "! uncertain_fix" in second
    os.write(parent, b"\x1b[D")
    assert "step 1 of 2" in shown_until(parent, "q quit")
    os.write(parent, b"q")
    assert shown_until(parent, "\x1b[?1049l").endswith("\x1b[?25h\x1b[?1049l")
    assert process.wait(10) == 0
    os.close(parent)


def shown_until(terminal: int, mark: str) -> str:
    """What the terminal shows until it has shown `mark`."""
    shown = b""
    deadline = time.monotonic() + 20
    while mark.encode() not in shown and time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.5)[0]:
            shown += os.read(terminal, 65536)
    return shown.decode("utf-8", "replace")
