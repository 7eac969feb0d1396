"""What the telemetry formats share: tool arguments, edits, usage, thinking, content parts, place of a trajectory."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from loaders.artifact import Artifact
from loaders.tables import FileEdit
from loaders.values import canonical_json

T = TypeVar("T")

PATH_KEYS = (
    "path",
    "file_path",
    "filePath",
    "filename",
    "file_name",
    "file",
    "absolute_path",
    "target_file",
    "notebook_path",
    "directory",
    "dir_path",
    "dir",
    "folder",
)
PATTERN_KEYS = ("pattern", "regex", "query", "search_term", "glob", "glob_pattern")
COMMAND_KEYS = ("command", "cmd", "keystrokes")
DIRECTORY_KEYS = ("workdir", "cwd", "working_directory", "working_dir")
_NAMED_KEYS = frozenset(PATH_KEYS + PATTERN_KEYS + DIRECTORY_KEYS)
EDITOR_SUB_COMMANDS = frozenset({"view", "create", "str_replace", "insert", "undo_edit"})
"""Values that make a `command` beside a path argument the sub-command of a file editor, never a shell line."""
MULTI_COMMAND_TOOLS = frozenset(
    {"str_replace_editor", "str_replace_based_edit_tool", "text_editor", "file_editor", "task_tracker"}
)

_OLD_KEYS = ("old_str", "old_string", "oldText", "old_text")
_NEW_KEYS = ("new_str", "new_string", "newText", "new_text")
_CONTENT_KEYS = ("file_text", "content", "contents")
_CREATE_TOOLS = frozenset({"create", "create_file"})
_WRITE_TOOLS = frozenset({"write", "Write", "write_file", "write_to_file"})
_EDIT_TOOLS = frozenset(
    {"edit", "Edit", "edit_file", "replace", "str_replace", "multi_edit", "MultiEdit", "patch"} | MULTI_COMMAND_TOOLS
)

_THINK = re.compile(r"<think(?:ing)?>(.*?)(?:</think(?:ing)?>|\Z)", re.DOTALL)
_ANY = msgspec.json.Decoder()


class ToolArguments(NamedTuple):
    """The arguments of a call: whole, and those that the landed table names. None where there is no such argument."""

    arguments: str | None
    values: dict[str, Any]
    """The decoded arguments; empty where they are not a JSON object."""
    sub_command: str | None = None
    command: str | None = None
    path_argument: str | None = None
    pattern_argument: str | None = None
    working_directory: str | None = None


def tool_arguments(tool_name: str, raw: msgspec.Raw | bytes | str | dict[str, Any] | None) -> ToolArguments:
    """Known arguments of a tool call from a JSON object, JSON text or a decoded object.

    Text that is not JSON (a call cut off by the output limit) is kept whole, as a JSON string. Never raises.
    """
    value: Any = raw
    if raw is not None and not isinstance(raw, dict):
        try:
            value = _ANY.decode(raw) if raw else None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            value = raw if isinstance(raw, str) else bytes(raw).decode("utf-8", "replace")
    if not isinstance(value, dict):
        if value is None:
            return ToolArguments(None, {})
        if isinstance(value, str) and not isinstance(raw, str):
            # An object-valued field that holds text: OpenAI's encoding of arguments.
            return tool_arguments(tool_name, value)
        return ToolArguments(_json_text(value), {})
    text = _json_text(value)
    command = _command_line(value)
    if _NAMED_KEYS.isdisjoint(value) and tool_name not in MULTI_COMMAND_TOOLS:
        return ToolArguments(text, value, None, command)
    path = first_text(value, PATH_KEYS)
    sub_command = None
    if tool_name in MULTI_COMMAND_TOOLS or (path is not None and command in EDITOR_SUB_COMMANDS):
        sub_command, command = command, None
    return ToolArguments(
        text,
        value,
        sub_command,
        command,
        path,
        first_text(value, PATTERN_KEYS),
        first_text(value, DIRECTORY_KEYS),
    )


def first_known(*values: T | None) -> T | None:
    """The first value that is not None."""
    for value in values:
        if value is not None:
            return value
    return None


def first_text(values: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    """The first of the keys whose value is text."""
    for key in keys:
        if isinstance(value := values.get(key), str):
            return value
    return None


def _command_line(values: dict[str, Any]) -> str | None:
    for key in COMMAND_KEYS:
        value = values.get(key)
        if isinstance(value, str):
            return value
        if isinstance(value, list) and value and all(isinstance(word, str) for word in value):
            is_shell = len(value) == 3 and value[1] in ("-c", "-lc")
            return str(value[2]) if is_shell else shlex.join(value)
    return None


def _json_text(value: Any) -> str | None:
    try:
        return canonical_json(value)
    except (OverflowError, RecursionError, UnicodeEncodeError):
        pass
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"))
    except (ValueError, RecursionError):
        return None


def file_edits(
    tool_name: str, arguments: ToolArguments, *, session_index: int, entry_index: int, call_index: int, place: str = ""
) -> Iterator[FileEdit]:
    """The changes that a call of a known editing tool asks for, one record each.

    Whole-file writes are `whole_file`, insertions at a given line `exact`, replacements of a text `unknown` (they say
    no line). The caller drops those of a call that the artifact says was refused.
    """
    values, path = arguments.values, arguments.path_argument
    action = arguments.sub_command or tool_name
    if path is None or not (tool_name in _EDIT_TOOLS or tool_name in _CREATE_TOOLS or tool_name in _WRITE_TOOLS):
        return

    def edit(edit_index: int, operation: str, range_basis: str, old: str | None, new: str | None) -> FileEdit:
        added, deleted = changed_lines(old, new) if old is not None and new is not None else (None, None)
        return FileEdit(
            session_index=session_index,
            entry_index=entry_index,
            call_index=call_index,
            edit_index=edit_index,
            path=path,
            operation=operation,
            range_basis=range_basis,
            old_length=line_count(old),
            new_length=line_count(new),
            added_lines=added,
            deleted_lines=deleted,
            old_hash=text_hash(old),
            new_hash=text_hash(new),
            place=place,
        )

    if action == "undo_edit":
        yield edit(0, "undo", "unknown", None, None)
    elif action == "insert":
        line = values.get("insert_line")
        record = edit(0, "edit", "exact" if isinstance(line, int) else "unknown", "", first_text(values, _NEW_KEYS))
        if isinstance(line, int):
            record.start_line, record.end_line = line + 1, line
        yield record
    elif (content := first_text(values, _CONTENT_KEYS)) is not None:
        operation = "create" if action in _CREATE_TOOLS else "write"
        yield edit(0, operation, "whole_file", None, content)
    else:
        listed = values.get("edits")
        for index, part in enumerate(listed if isinstance(listed, list) else [values]):
            if isinstance(part, dict) and (old := first_text(part, _OLD_KEYS)) is not None:
                yield edit(index, "edit", "unknown", old, first_text(part, _NEW_KEYS) or "")


def line_count(text: str | None) -> int | None:
    """Lines of a text, a last one without a newline included; None for None, 0 for the empty text."""
    if text is None:
        return None
    return text.count("\n") + (bool(text) and not text.endswith("\n"))


def changed_lines(old: str, new: str) -> tuple[int, int]:
    """Added and deleted lines of a replacement, the lines that both texts begin and end with left out."""
    old_lines, new_lines = old.splitlines(), new.splitlines()
    shortest = min(len(old_lines), len(new_lines))
    head = 0
    while head < shortest and old_lines[head] == new_lines[head]:
        head += 1
    tail = 0
    while tail < shortest - head and old_lines[-1 - tail] == new_lines[-1 - tail]:
        tail += 1
    return len(new_lines) - head - tail, len(old_lines) - head - tail


def text_hash(text: str | None) -> str | None:
    """SHA-256 (hexadecimal) of a text, to see a content return."""
    return None if text is None else sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Thinking(NamedTuple):
    """A message without its <think> blocks, and these."""

    text: str
    thinking_text: str | None
    block_lengths: list[int]


def split_thinking(text: str) -> Thinking:
    """Take `<think>` and `<thinking>` blocks out of a message; one that is not closed runs to the end."""
    if "<think" not in text:
        return Thinking(text, None, [])
    blocks = [block.strip() for block in _THINK.findall(text)]
    return Thinking(_THINK.sub("", text).strip(), "\n\n".join(blocks) if blocks else None, [len(b) for b in blocks])


class TextPart(msgspec.Struct, gc=False):
    """One part of a message whose content is a list; images and audio have no text."""

    text: str | None = None


TextContent = str | list[TextPart] | None
_CONTENT = msgspec.json.Decoder(TextContent)


def content_text(content: TextContent | msgspec.Raw | msgspec.UnsetType) -> str | None:
    """Text of a message content: the string, or the text parts joined by newlines; other JSON is kept as it is."""
    if isinstance(content, msgspec.Raw):
        raw = content
        try:
            content = _CONTENT.decode(raw) if raw else None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return bytes(raw).decode("utf-8", "replace")
    if content is None or isinstance(content, str):
        return content
    return None if isinstance(content, msgspec.UnsetType) else parts_text(content)


def parts_text(parts: list[TextPart]) -> str | None:
    """The text parts joined by newlines; None where there is none."""
    texts = [part.text for part in parts if part.text is not None]
    return "\n".join(texts) if texts else None


class Tokens(NamedTuple):
    """Usage of LLM calls as it lands: input tokens never count cached ones."""

    input_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    usage_basis: str | None = None
    cost_usd: float | None = None


def uncached_tokens(
    prompt_tokens: int | None, cache_read_tokens: int | None, cache_write_tokens: int | None = None
) -> int | None:
    """Input tokens without the cached ones, for formats whose prompt count includes them; never below 0."""
    if prompt_tokens is None:
        return None
    return max(0, prompt_tokens - (cache_read_tokens or 0) - (cache_write_tokens or 0))


def is_inside_trial(artifact: Artifact) -> bool:
    """True where the file lies in the `agent/` folder of a Harbor trial, whose directory then says what it is about."""
    try:
        folders = artifact.directory.relative_to(artifact.root).parts
    except ValueError:
        folders = artifact.directory.parts
    return "agent" in folders or artifact.root.name == "agent"


def trajectory_run_directory(directory: Path, task_id: str | None) -> str:
    """The folder that holds a run's trajectories: above a folder of the instance, above `trajs` or `trajectories`."""
    if task_id is not None and directory.name == task_id:
        directory = directory.parent
    if directory.name in ("trajs", "trajectories"):
        directory = directory.parent
    return str(directory)
