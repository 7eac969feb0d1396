"""The tagged blocks of hermes-agent's trajectory text: reasoning, tool calls and tool responses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from loaders.formats.harbor.fields import whole_number
from loaders.json_lines import mend_surrogates

_DECODER = json.JSONDecoder(strict=False)
_THINKING = re.compile(r"\s*<think>(?:(.*?)</think>|(.*?)(?=\n<tool_call>\n\{|\Z))", re.DOTALL)
_SPACE = re.compile(r"\s*")
_NAME = re.compile(r'"name"\s*:\s*"((?:[^"\\]|\\.)+)"')
_UNTRUSTED = re.compile(r"<untrusted_tool_result [^>\n]*>\n")
_REJECTION = "BLOCKED: User denied"
_ERROR = "Error"
_NOT_RUN = "[Tool execution "
_INTERRUPTED_CALL = re.compile(r"\[Tool execution [^\n]*(?:(?:user|keyboard) interrupt|User sent a new message)")
_INTERRUPTED_COMMAND = "[Command interrupted]"
_NO_NAME = "unknown"


class Call(NamedTuple):
    """A tool call as a turn holds it; arguments are an object, or the text of one that breaks off."""

    name: str
    arguments: Any


class Answer(NamedTuple):
    """A turn of the model's, taken apart."""

    text: str
    thinking_text: str | None
    thinking_block_lengths: list[int]
    calls: list[Call]


class Result(NamedTuple):
    """One tool response of a turn."""

    tool_call_id: str | None
    tool_name: str | None
    content: Any


class Outcome(NamedTuple):
    """What the content of a tool response tells. hermes-agent sets no error flag: these are its own ways to say so."""

    text: str | None
    is_error: bool
    exit_code: int | None
    is_rejected: bool
    is_interrupted: bool
    """The user stopped the agent before or while the call ran."""


class _Block(NamedTuple):
    value: Any
    """The decoded JSON; None where it breaks off."""
    raw: str
    start: int
    end: int


def split_answer(value: str, result_count: int) -> Answer:
    """The leading `<think>` blocks, the text, and the calls that close the turn.

    Blocks with other text behind them are an example in the text, unless the next turn has results for them too.
    """
    lengths: list[int] = []
    thoughts: list[str] = []
    start = 0
    while (found := _THINKING.match(value, start)) is not None:
        if thought := (found[1] if found[1] is not None else found[2]).strip():
            thoughts.append(thought)
            lengths.append(len(thought))
        start = found.end()
    value = value[start:]
    blocks = [(block, call) for block in _blocks(value, "tool_call") if (call := _call(block)) is not None]
    closing = len(blocks)
    behind = len(value)
    while closing > 0 and not value[blocks[closing - 1][0].end : behind].strip():
        closing -= 1
        behind = blocks[closing][0].start
    if len(blocks) - closing < result_count:
        closing = 0
    calls = blocks[closing:]
    text, position = "", 0
    for block, _ in calls:
        text += value[position : block.start]
        position = block.end
    text = (text + value[position:]).strip()
    return Answer(text, "\n\n".join(thoughts) or None, lengths, [call for _, call in calls])


def results(value: str) -> list[Result]:
    """The tool responses of a turn, in order; a turn without a tag is one."""
    found = [_result(block) for block in _blocks(value, "tool_response")]
    return found or [Result(None, None, value)]


def outcome(content: Any) -> Outcome:
    """Text and outcome of a response: its JSON object tells (`error`, `success`, `exit_code`), else how it begins."""
    text = _content_text(content)
    told = content if isinstance(content, dict) else decoded_object(text)
    if told is None:
        said = text or ""
        is_error = said.startswith((_ERROR, _NOT_RUN))
        return Outcome(text, is_error, None, said.startswith(_REJECTION), _INTERRUPTED_CALL.match(said) is not None)
    exit_code = whole_number(told.get("exit_code"))
    error, output = told.get("error"), told.get("output")
    is_error = error is not None or told.get("success") is False or exit_code not in (None, 0)
    is_rejected = isinstance(error, str) and error.startswith(_REJECTION)
    is_interrupted = isinstance(output, str) and output.rstrip().endswith(_INTERRUPTED_COMMAND)
    return Outcome(text, is_error, exit_code, is_rejected, is_interrupted and is_error)


def decoded_object(text: str | None) -> dict[str, Any] | None:
    """The JSON object that a text is, the wrapping of untrusted results left off; None where it is no object."""
    if text is None:
        return None
    start = 0
    if (wrapping := _UNTRUSTED.match(text)) is not None:
        start = text.find("\n{", wrapping.end()) + 1
    decoded = _decode_at(text, start) if text.startswith("{", start) else None
    return decoded[0] if decoded is not None and isinstance(decoded[0], dict) else None


def decoded_json(text: str) -> Any:
    """The JSON value that a text is; None where it is none."""
    decoded = _decode_at(text, 0)
    return None if decoded is None else decoded[0]


def json_text(value: Any) -> str | None:
    """A value as the JSON text that hermes-agent writes it as; None where it cannot be written."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, TypeError, RecursionError):
        return None


def _blocks(text: str, tag: str) -> Iterator[_Block]:
    """JSON objects between tags that begin a line; the tags within their strings are content."""
    opening, closing = f"<{tag}>", f"</{tag}>"
    at = text.find(opening)
    while at >= 0:
        start = _skip_space(text, at + len(opening))
        if not text.startswith("{", start) or (at > 0 and text[at - 1] != "\n"):
            at = text.find(opening, at + len(opening))
            continue
        decoded = _decode_at(text, start)
        if decoded is not None:
            value, end = decoded
            closed = _skip_space(text, end)
            yield _Block(value, text[start:end], at, closed + len(closing) if text.startswith(closing, closed) else end)
        else:
            stop = text.find(closing, start)
            end = len(text) if stop < 0 else stop
            yield _Block(None, text[start:end].rstrip(), at, end if stop < 0 else stop + len(closing))
        at = text.find(opening, end)


def _call(block: _Block) -> Call | None:
    if isinstance(block.value, dict):
        name = block.value.get("name")
        return Call(name, block.value.get("arguments")) if isinstance(name, str) and name else None
    named = _NAME.search(block.raw) if block.value is None else None
    return None if named is None else Call(named[1], block.raw)


def _result(block: _Block) -> Result:
    value = block.value
    if not isinstance(value, dict):
        return Result(None, None, block.raw)
    if "content" not in value:
        return Result(None, None, value)
    call_id, name = value.get("tool_call_id"), value.get("name")
    is_named = isinstance(name, str) and name not in ("", "unknown")
    return Result(
        call_id if isinstance(call_id, str) and call_id else None, name if is_named else None, value["content"]
    )


def _content_text(content: Any) -> str | None:
    if content is None or isinstance(content, str):
        return content
    if isinstance(content, list):
        texts = [part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str)]
        if texts:
            return "\n".join(texts)
    return json_text(content)


def _decode_at(text: str, position: int) -> tuple[Any, int] | None:
    """The JSON value that starts at a position, and where it ends; halves of a surrogate pair are U+FFFD."""
    try:
        value, end = _DECODER.raw_decode(text, position)
        raw = text[position:end]
        if "\\ud" in raw or "\\uD" in raw:
            value = _DECODER.decode(mend_surrogates(raw.encode("utf-8", "replace")).decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return value, end


def _skip_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return position if found is None else found.end()
