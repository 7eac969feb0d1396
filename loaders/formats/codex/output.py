"""Results of Codex's tools: the text, and the exit code and duration that Codex writes around it."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import msgspec

from loaders.formats.codex.lines import Payload, Step, number, parts_of, seconds, table, text_of, whole

_ANY = msgspec.json.Decoder()
_FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_HEADER_LINES = 8
_HEADER_CHARACTERS = 1_000
_HEADER = re.compile(
    r"(Chunk ID|Wall time|Exit code|Process exited|Process running|Original token|Total output|Output)\b"
)
_EXIT_CODE = re.compile(r"(?:Exit code:|Process exited with code) (-?\d{1,9})")
_WALL_TIME = re.compile(r"Wall time: (\d{1,9}(?:\.\d{1,9})?) seconds")
_TRUNCATED = re.compile(r"\[\.\.\. omitted \d+ of \d+ lines \.\.\.\]|…\d+ (?:tokens|chars) truncated…")
_REJECTIONS = frozenset({"exec command rejected by user", "patch rejected by user", "rejected by user"})
_SHELL_READ = re.compile(r"(?:cat|sed -n ['\"]?(\d{1,9}),(\d{1,9})p['\"]?) +(?:--? +)?(['\"]?)([\w@%+=:,./~-]+)\3")


class Output(NamedTuple):
    """What a call gave back."""

    text: str | None
    body: str | None
    """The text without the lines that Codex puts before it."""
    exit_code: int | None = None
    duration_s: float | None = None
    is_error: bool | None = None
    is_truncated: bool | None = None

    @property
    def is_rejection(self) -> bool:
        """Whether it is the sentence with which Codex says that the user refused."""
        return (self.text or "").strip() in _REJECTIONS


class Details(NamedTuple):
    """What events say of a call beside its result."""

    is_error: bool | None = None
    is_declined: bool = False
    exit_code: int | None = None
    duration_s: float | None = None
    changes: dict[str, Any] | None = None
    """Of a patch: what it did, by path; None where the event does not say."""


class Shown(NamedTuple):
    """Lines of a file that a command printed."""

    path: str
    text: str
    first_line: int
    is_whole: bool


def output_of(payload: Payload) -> Output:
    """The output of a result item: a text, parts, an object, or an object written as text."""
    value = payload.output if payload.output is not None else payload.result
    found: dict[str, Any] = {}
    if isinstance(value, str):
        if value.lstrip().startswith("{") and '"output"' in value and "output" in (wrapped := _object(value)):
            found = wrapped
    elif isinstance(value, dict):
        found = value
    text = value if isinstance(value, str) and not found else None
    if found:
        text = next((each for key in ("output", "content", "stdout", "text") if (each := _text(found.get(key)))), "")
    elif isinstance(value, list):
        text = "\n".join(parts) if (parts := parts_of(value)) else None
    metadata = table(found.get("metadata"))
    success = found.get("success")
    exit_code, duration_s, is_truncated, body = _header(text)
    told = (metadata.get("exit_code"), found.get("exitCode"), exit_code)
    return Output(
        text,
        body,
        next((code for code in map(whole, told) if code is not None), None),
        _first(number(metadata.get("duration_seconds")), duration_s),
        not success if isinstance(success, bool) else None,
        is_truncated,
    )


def details_of(step: Step) -> tuple[str, Details] | None:
    """(call id, what is told) of an event at the end of a call."""
    payload, kind = step.payload, step.kind
    if kind == "item_completed":
        item = table(payload.item)
        kind = text_of(item.get("type")) or ""
        call_id, get = text_of(item.get("id")), item.get
    else:
        call_id = text_of(payload.call_id)
        fields = {name: getattr(payload, name) for name in ("status", "success", "exit_code", "duration", "changes")}
        get = {**fields, "result": payload.result}.get
    if call_id is None:
        return None
    status, success = get("status"), get("success")
    is_error: bool | None = None
    if isinstance(success, bool):
        is_error = not success
    elif status in ("completed", "failed"):
        is_error = status == "failed"
    match kind:
        case "exec_command_end" | "CommandExecution" | "dynamic_tool_call_response":
            changes = None
        case "patch_apply_end" | "FileChange":
            changes = get("changes") if isinstance(get("changes"), dict) else None
        case "mcp_tool_call_end" | "McpToolCall":
            result, changes = table(get("result")), None
            is_error = "Err" in result or table(result.get("Ok", result)).get("isError") is True
            is_error = is_error or status == "failed"
        case _:
            return None
    return call_id, Details(is_error, status == "declined", whole(get("exit_code")), seconds(get("duration")), changes)


def shown_by(command: str | None, output: Output) -> Shown | None:
    """The lines of a file that a plain `cat` or `sed -n` of it printed, where all of them are there."""
    read = _SHELL_READ.fullmatch(command.strip()) if command is not None else None
    if read is None or output.exit_code != 0 or output.is_truncated or output.body is None:
        return None
    if read[1] is None:
        return Shown(read[4], output.body, 1, is_whole=True)
    first, last = int(read[1]), int(read[2])
    count = output.body.count("\n") + (not output.body.endswith("\n"))
    return Shown(read[4], output.body, first, is_whole=first == 1 and count < last)


def _header(text: str | None) -> tuple[int | None, float | None, bool | None, str | None]:
    """(exit code, seconds, whether it was cut, text below) of the lines that Codex writes above an output."""
    if text is None:
        return None, None, None, None
    is_truncated = True if _TRUNCATED.search(text) else None
    exit_code: int | None = None
    duration_s: float | None = None
    position = 0
    for line in text[:_HEADER_CHARACTERS].split("\n")[:_HEADER_LINES]:
        position += len(line) + 1
        if _HEADER.match(line) is None:
            break
        if (code := _EXIT_CODE.fullmatch(line)) is not None:
            exit_code = int(code[1])
        elif (wall := _WALL_TIME.fullmatch(line)) is not None:
            duration_s = float(wall[1])
        elif line.startswith("Total output lines:"):
            is_truncated = True
        elif line == "Output:":
            return exit_code, duration_s, is_truncated, text[position:]
    return exit_code, duration_s, is_truncated, text


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else "\n".join(parts_of(value)) if isinstance(value, list) else None


def _object(text: str) -> dict[str, Any]:
    try:
        return table(_ANY.decode(text))
    except _FAILURES:
        return {}


def _first(one: float | None, other: float | None) -> float | None:
    return one if one is not None else other
