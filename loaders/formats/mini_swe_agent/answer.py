"""What a model answered in a mini-swe-agent trajectory: text, reasoning and the calls it asked for."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import msgspec

from loaders.formats.mini_swe_agent.fields import AnyMessage, Choice, Extra, Function, OutputItem, OutputText
from loaders.formats.shared.telemetry import content_text, split_thinking
from loaders.salvage import read_element
from loaders.tables import BadRecord

_FENCE = re.compile(r"```(?:mswea_bash_command|bash)\s*\n(.*?)\n?```", re.DOTALL)
_SHELL = "bash"


class Request(NamedTuple):
    """A call that an answer asks for."""

    call_id: str | None
    name: str | None
    arguments: msgspec.Raw | dict[str, Any]
    place: str


class Answer(NamedTuple):
    """An answer, whatever the API it came through. `thinking_block_lengths` is None where it could not hold any."""

    text: str | None
    thinking_text: str | None
    thinking_block_lengths: list[int] | None
    requests: list[Request]


class _Reasoning(msgspec.Struct, gc=False):
    reasoning_content: str | None = None


def read_chat(message: AnyMessage, extra: Extra, place: str) -> Answer:
    """An answer in the form of chat completions: its tool calls, else its actions, else its one fenced command."""
    text = content_text(message.content)
    thinking = message.reasoning_content
    if thinking is None and extra.response is not None and extra.response.choices:
        thinking = _kept_reasoning(extra.response.choices[0])
    can_hold_reasoning = thinking is not None or extra.response is not None or message.tool_calls is not None
    lengths = [len(thinking)] if thinking else [] if can_hold_reasoning else None
    if not thinking and text is not None and text.lstrip().startswith("<think"):
        text, thinking, lengths = split_thinking(text)
    if message.tool_calls:
        requests = []
        for index, call in enumerate(message.tool_calls):
            function = call.function or Function()
            requests.append(Request(call.id, function.name, function.arguments, f"{place}/tool_calls/{index}"))
    elif extra.actions is not None:
        requests = [
            Request(action.tool_call_id, _SHELL, {"command": action.command}, f"{place}/extra/actions/{index}")
            for index, action in enumerate(extra.actions)
        ]
    else:
        # Two commands or none: the agent rejects the answer and runs nothing.
        fenced = _FENCE.findall(text or "")
        requests = [Request(None, _SHELL, {"command": fenced[0]}, place)] if len(fenced) == 1 else []
    return Answer(text, thinking or None, lengths, requests)


def read_items(message: AnyMessage, place: str, bad: list[BadRecord]) -> Answer:
    """An answer of the Responses API: a list of output items. Appends to `bad`."""
    texts: list[str] = []
    blocks: list[str] = []
    requests: list[Request] = []
    items = read_element(message.output, list[msgspec.Raw], f"{place}/output", bad) if message.output else None
    for index, raw in enumerate(items or ()):
        item_place = f"{place}/output/{index}"
        item: OutputItem | None = read_element(raw, OutputItem, item_place, bad)
        if item is None:
            continue
        if item.type == "function_call":
            requests.append(Request(item.call_id, item.name, item.arguments, item_place))
        elif item.type == "reasoning":
            # An encrypted block has no text: it counts, with length 0.
            blocks.append(_joined(item.summary) or _joined(item.content))
        elif item.type == "message":
            texts.append(_joined(item.content))
    return Answer(
        "\n".join(texts) if texts else None,
        "\n\n".join(block for block in blocks if block) or None,
        [len(block) for block in blocks],
        requests,
    )


def _kept_reasoning(choice: Choice) -> str | None:
    found: _Reasoning | None = read_element(choice.message, _Reasoning, "", []) if choice.message else None
    return found.reasoning_content if found else None


def _joined(parts: list[OutputText] | None) -> str:
    return "\n".join(part.text for part in parts or () if part.text)
