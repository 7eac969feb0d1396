"""What a step looks like: as a screen with a fixed number of lines, or whole, for a file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

import click

from agent_signals.replay.text import cell_count, cut, one_line, readable_arguments, safe_text, wrapped
from agent_signals.replay.trace import Step, Trace

KEYS = "→ ← step   n p failure   ↓ ↑ text   g G ends   q quit"
_STRIP = {
    "user_message": "u",
    "agent_message": "a",
    "final_answer": "A",
    "retrieve_context": "r",
    "generate_fix": "F",
    "retry_fix": "R",
    "run_tests": "t",
    "run_command": "c",
    "plan": "p",
}
_COLOURS = {
    "user_message": "cyan",
    "agent_message": "blue",
    "final_answer": "blue",
    "retrieve_context": "white",
    "generate_fix": "magenta",
    "retry_fix": "magenta",
    "run_tests": "yellow",
    "run_command": "white",
}
_OUTCOME_COLOURS = {
    "succeeded": "green",
    "tests passed": "green",
    "failed": "red",
    "tests failed": "red",
    "rejected": "red",
    "no_result": "yellow",
}


class Line(NamedTuple):
    """A line as it stands, and with colours."""

    plain: str
    styled: str


def screen(trace: Trace, position: int, offset: int, width: int, height: int) -> tuple[list[str], int]:
    """The lines of one step, `height` of them at most, and the largest offset that its text can be read from."""
    top = [_title(trace, position, width), _strip(trace, position, width), _rule(width)]
    body = list(chain(_state(trace.steps[position], trace, width), _texts(trace.steps[position], width)))
    room = max(height - len(top) - 2, 1)
    last = max(len(body) - room, 0)
    offset = min(offset, last)
    shown = body[offset : offset + room]
    below = len(body) - offset - len(shown)
    keys = f"{f'{below} more lines below   ' if below else ''}{KEYS}"
    foot = [_rule(width), _dim(cut(keys, width))]
    filler = [Line("", "")] * (room - len(shown))
    return [line.styled for line in (*top, *shown, *filler, *foot)][:height], last


def transcript(trace: Trace, width: int = 100) -> Iterator[str]:
    """All steps one after the other, with colours; no line of a text is cut or wrapped."""
    yield click.style(one_line(trace.span_id), bold=True)
    yield _score(trace)
    for step in trace.steps:
        yield ""
        yield _rule(width).styled
        yield click.style(f"step {step.action_number} of {len(trace.steps)}", bold=True)
        yield from (line.styled for line in _state(step, trace, None))
        yield from (line.styled for line in _texts(step, None))


def _title(trace: Trace, position: int, width: int) -> Line:
    score = "" if trace.score is None else f"   score {trace.score}"
    right = f"step {trace.steps[position].action_number} of {len(trace.steps)}{score}   {_failures(trace)}"
    name = cut(one_line(trace.span_id), max(width - cell_count(right) - 1, 8))
    gap = " " * max(width - cell_count(name) - cell_count(right), 1)
    plain = cut(f"{name}{gap}{right}", width)
    return Line(plain, click.style(plain, bold=True))


def _score(trace: Trace) -> str:
    if trace.score is None:
        return _failures(trace)
    return f"score {trace.score} ({trace.score_per_occurrence} per occurrence), {_failures(trace)}"


def _failures(trace: Trace) -> str:
    count = sum(len(step.failure_types) for step in trace.steps)
    return f"{count} failure{'' if count == 1 else 's'}"


def _strip(trace: Trace, position: int, width: int) -> Line:
    """The steps around this one, a letter each: failures in red and, without colours, marked by `!`."""
    half = max((width - 4) // 4, 1)
    first = max(position - half, 0)
    plain, styled = "", ""
    for index, step in enumerate(trace.steps[first : position + half + 1], start=first):
        letter = _STRIP.get(step.action_name, "o")
        letter += "!" if step.failure_types else ""
        shown = f"[{letter}]" if index == position else letter
        plain += shown
        styled += _marked(shown, step, is_current=index == position)
    return Line(plain, styled)


def _marked(shown: str, step: Step, *, is_current: bool) -> str:
    colour = "red" if step.failure_types else _COLOURS.get(step.action_name, "white")
    return click.style(shown, fg=colour, bold=is_current or bool(step.failure_types))


def _state(step: Step, trace: Trace, width: int | None) -> Iterator[Line]:
    parts = [step.action_name, step.tool_name, step.action_target]
    head = "   ".join(one_line(part) for part in parts if part)
    plain = cut(head, width) if width else head
    name = plain[: len(step.action_name)]
    yield Line(plain, click.style(name, fg=_COLOURS.get(step.action_name), bold=True) + plain[len(name) :])
    outcome = _outcome(step)
    if happened := _happened(step, outcome):
        plain = cut(happened, width) if width else happened
        yield Line(plain, click.style(plain, fg=_OUTCOME_COLOURS.get(outcome or "")))
    if measured := _measured(step):
        yield _dim(cut(measured, width) if width else measured)
    for failure in step.failure_types:
        meaning = trace.meanings.get(failure)
        plain = f"! {failure}" + (f": {meaning}" if meaning else "")
        yield from (Line(piece, click.style(piece, fg="red", bold=True)) for piece in _fitted(plain, width))


def _outcome(step: Step) -> str | None:
    if step.is_test_passed is None:
        return step.action_outcome
    return "tests passed" if step.is_test_passed else "tests failed"


def _happened(step: Step, outcome: str | None) -> str:
    changed = None
    if step.added_lines is not None or step.deleted_lines is not None:
        changed = f"+{step.added_lines or 0} -{step.deleted_lines or 0} lines"
    edits = ", ".join(one_line(each) for each in step.edit_ranges or [])
    return "   ".join(fact for fact in (outcome, changed, edits) if fact)


def _measured(step: Step) -> str:
    facts = {
        "{:%Y-%m-%d %H:%M:%S} UTC": step.started_at,
        "{:.1f} s": step.duration_s,
        "phase {}": step.phase,
        "turn {}": step.turn_index,
        "LLM call {}": step.step_index,
        "{}": step.model_id,
        "{:,} tokens in context": step.context_tokens,
        "{:,} tokens out": step.output_tokens,
        "{:,} tokens of text": step.text_tokens,
        "{:,} tokens of result": step.result_tokens,
        "{:.4f} USD": step.cost_usd,
    }
    flags = ["sub-agent"] if step.is_subagent else []
    flags += ["on a branch that was left"] if step.on_active_path is False else []
    return "   ".join([*(form.format(fact) for form, fact in facts.items() if fact is not None), *flags])


def _texts(step: Step, width: int | None) -> Iterator[Line]:
    arguments = None if step.arguments_text is None else readable_arguments(step.arguments_text)
    texts = {
        "thinking": step.thinking_text,
        "message": step.message_text,
        "arguments": arguments,
        "result": step.result_text,
    }
    for name, text in texts.items():
        if text is None or not text.strip():
            continue
        yield Line("", "")
        yield Line(name, click.style(name, underline=True))
        for piece in _fitted(safe_text(text).strip("\n"), width):
            yield _dim(piece) if name == "thinking" else Line(piece, piece)


def _fitted(text: str, width: int | None) -> list[str]:
    return wrapped(text, width) if width else text.split("\n")


def _rule(width: int) -> Line:
    return _dim("─" * width)


def _dim(text: str) -> Line:
    return Line(text, click.style(text, dim=True))
