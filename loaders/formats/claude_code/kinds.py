"""What a line of Claude Code's is, told by its syntax: a prompt that a person typed, or a text that a program wrote."""

from __future__ import annotations

from loaders.formats.claude_code.lines import Attachment, Block, Line, Origin, blocks

PROMPT = "message"
"""Entry type of what the person typed."""

_PREFIXES = (
    ("[Request interrupted by user", "interrupt"),
    ("<command-", "command"),
    ("<user-memory-input>", "command"),
    ("<local-command-caveat>", "meta"),
    ("<local-command-", "command_output"),
    ("<bash-input>", "bash_execution"),
    ("<bash-stdout>", "command_output"),
    ("<bash-stderr>", "command_output"),
    ("<task-notification", "meta"),
    ("<teammate-message", "meta"),
    ("<system-reminder>", "reminder"),
    ("<ide_", "environment"),
    ("This session is being continued from a previous conversation", "compaction_summary"),
)
_ADDED = frozenset({"reminder", "environment"})
_COMMAND_MODES = {"prompt": PROMPT, "bash": "bash_execution"}

_REJECTION_TEXTS = (
    "The user doesn't want to proceed with this tool use",
    "The agent proposed a plan that was rejected by the user",
    "User rejected",
)
_DETAIL_REJECTIONS = ("User rejected", "Error: The user doesn't want to proceed with this tool use")


def user_entry(line: Line) -> tuple[str, str | None]:
    """(entry type, text) of a line of type user. What a program adds to a prompt is not part of its text."""
    message = line.message
    if message is None:
        return "user", None
    parts = blocks(message.content)
    if any(part.type == "tool_result" for part in parts):
        return "tool_result", _text([part for part in parts if part.type == "text"]) or None
    entry_type, text = text_entry(parts)
    if line.is_compact_summary:
        return "compaction_summary", text
    if entry_type == PROMPT and (line.is_meta or not is_person(line.origin)):
        return "meta", text
    return entry_type, text


def queued_entry(attachment: Attachment) -> tuple[str, str | None]:
    """(entry type, text) of what was queued while the agent worked; "attachment" where no person typed it."""
    mode = _COMMAND_MODES.get(attachment.command_mode or "prompt")
    if mode is None or attachment.is_meta or not is_person(attachment.origin):
        return "attachment", None
    entry_type, text = text_entry(blocks(attachment.prompt))
    return (mode if entry_type == PROMPT else entry_type), text


def system_entry(line: Line) -> tuple[str, str | None, str | None]:
    """(entry type, role, text) of a line of type system; newer versions keep slash commands there."""
    if line.subtype == "compact_boundary":
        return "compaction", None, None
    if line.subtype == "local_command":
        entry_type, text = text_entry(blocks(line.content))
        return (entry_type if entry_type != PROMPT else "command_output"), "user", text
    subtype = line.subtype or "system"
    return (subtype if subtype != PROMPT else "system"), "system", None


def text_entry(parts: list[Block]) -> tuple[str, str | None]:
    """(entry type, text) by what the text begins with; added blocks give the type only where nothing else is there."""
    texts = [part for part in parts if part.text is not None]
    own = [part for part in texts if _kind(part.text) not in _ADDED]
    if texts and not own and len(texts) == len(parts):
        return _kind(texts[0].text), _text(texts)
    return (_kind(own[0].text) if own else PROMPT), _text(own) if own or not parts else None


def is_person(origin: Origin | None) -> bool:
    """Whether a prompt comes from a person as far as the line says; those of other programs name them."""
    return origin is None or origin.kind is None or origin.kind == "human"


def is_rejection(line: Line, text: str | None, is_error: bool, told: str | None) -> bool:
    """Whether a result says that the user refused the call. `told` is a tool use result that is mere text.

    A denial by a rule or a classifier, and a call that fell to an interrupt, are none.
    """
    if line.tool_denial_kind is not None:
        return line.tool_denial_kind == "user-rejected"
    if told is not None and told.startswith(_DETAIL_REJECTIONS):
        return True
    return is_error and text is not None and text.startswith(_REJECTION_TEXTS)


def _kind(text: str | None) -> str:
    stripped = (text or "").lstrip()
    return next((kind for prefix, kind in _PREFIXES if stripped.startswith(prefix)), PROMPT)


def _text(parts: list[Block]) -> str:
    return "\n".join(part.text for part in parts if part.text is not None)
