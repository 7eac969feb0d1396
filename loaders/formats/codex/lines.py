"""Lines of a Codex rollout: what they may hold, read without trust in any type, and what texts in them are."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from loaders.values import utc

CALL_KINDS = frozenset(
    {
        "function_call",
        "custom_tool_call",
        "local_shell_call",
        "web_search_call",
        "tool_search_call",
        "image_generation_call",
        "tool_call",
    }
)
_OUTPUT_KINDS = frozenset({"function_result", "tool_result"})
_USER_PREFIXES = (
    ("<environment_context>", "environment"),
    ("<user_instructions>", "environment"),
    ("# AGENTS.md instructions", "environment"),
    ("<permissions instructions>", "environment"),
    ("<collaboration_mode>", "environment"),
    ("<skill>", "environment"),
    ("<turn_aborted>", "interrupt"),
    ("<user_shell_command>", "bash_execution"),
    ("<user_action>", "meta"),
    ("<subagent_notification>", "meta"),
    ("Another language model started to solve this problem", "compaction_summary"),
    ("You were originally given instructions from a user over one or more turns.", "compaction_summary"),
)
"""What Codex itself writes in the role of the user."""
_MAX_INTEGER = 2**63 - 1
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


class Payload(msgspec.Struct, gc=False):
    """The fields of all kinds of items and events that are read. Any of them may be of any type."""

    type: Any = None
    id: Any = None
    session_id: Any = None
    role: Any = None
    content: Any = None
    message: Any = None
    kind: Any = None
    # items
    name: Any = None
    function: Any = None
    arguments: Any = None
    input: Any = None
    action: Any = None
    call_id: Any = None
    status: Any = None
    output: Any = None
    result: Any = None
    summary: Any = None
    revised_prompt: Any = None
    # events
    info: Any = None
    reason: Any = None
    num_turns: Any = None
    success: Any = None
    changes: Any = None
    exit_code: Any = None
    duration: Any = None
    item: Any = None
    turn_id: Any = None
    # session_meta and turn_context
    timestamp: Any = None
    cwd: Any = None
    cli_version: Any = None
    originator: Any = None
    source: Any = None
    thread_source: Any = None
    git: Any = None
    forked_from_id: Any = None
    parent_thread_id: Any = None
    model: Any = None
    effort: Any = None


class Line(Payload, gc=False):
    """A line: an envelope with a payload, or, in the oldest files, an item by itself."""

    payload: Payload | None = None
    created_at: Any = None
    record_type: Any = None
    instructions: Any = None


class Step(NamedTuple):
    """A line with what every line has in common."""

    group: str
    """session_meta, turn_context, response_item, event_msg, compacted, ...; bare items are response items."""
    kind: str
    """Type of the item or event, "" where it has none."""
    payload: Payload
    at: datetime | None
    place: str


def step_of(number: int, line: Line) -> Step | None:
    """The line as a step; None where it is none of a rollout."""
    place, at = f"line {number}", moment(line.timestamp) or moment(line.created_at)
    if line.payload is not None:
        group = text_of(line.type)
        return None if group is None else Step(group, text_of(line.payload.type) or "", line.payload, at, place)
    kind = text_of(line.type)
    if kind is None and text_of(line.role) is not None:
        return Step("response_item", "message", line, at, place)
    if kind is not None:
        return Step("response_item", kind, line, at, place)
    if line.record_type is not None:
        return Step("state", "", line, at, place)
    if text_of(line.id) is not None:
        return Step("session_meta", "", line, at, place)
    return None


def is_output(kind: str) -> bool:
    """Whether an item is the result of a call."""
    return kind.endswith("_output") or kind in _OUTPUT_KINDS


def user_type(text: str | None) -> str | None:
    """Entry type of a text in the role of the user that Codex wrote; None where nothing says that it did."""
    stripped = (text or "").lstrip()
    return next((kind for prefix, kind in _USER_PREFIXES if stripped.startswith(prefix)), None)


def text_of(value: Any) -> str | None:
    """A text, or None for anything else."""
    return value if isinstance(value, str) else None


def whole(value: Any) -> int | None:
    """An integer that a table can hold, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return None
    return int(value) if abs(value) <= _MAX_INTEGER / 2 else None


def number(value: Any) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _MAX_INTEGER:
        return None
    return float(value)


def table(value: Any) -> dict[str, Any]:
    """An object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def moment(value: Any) -> datetime | None:
    """A time written as text."""
    return utc(value) if isinstance(value, str) else None


def parts_of(content: Any) -> list[str]:
    """The texts of a message: the text itself, or those of its parts; an image has none."""
    if isinstance(content, str):
        return [content]
    parts = content if isinstance(content, list) else [content]
    texts = (text_of(table(part).get("text")) for part in parts)
    return [text for text in texts if text is not None]


def seconds(duration: Any) -> float | None:
    """A duration written as {secs, nanos}."""
    whole_seconds, nanos = number(table(duration).get("secs")), number(table(duration).get("nanos"))
    return None if whole_seconds is None else whole_seconds + (nanos or 0) / 1e9


def uuid_time(value: Any) -> int | None:
    """Milliseconds since 1970 in a UUID of version 7, which thread and turn ids are; None for any other id."""
    text = text_of(value)
    if text is None or _UUID.fullmatch(text) is None:
        return None
    return int(text[:8] + text[9:13], 16)


def message_text(step: Step) -> str:
    """What a message says, in either of its shapes."""
    payload = step.payload
    return "\n".join(parts_of(payload.content if payload.content is not None else payload.message))
