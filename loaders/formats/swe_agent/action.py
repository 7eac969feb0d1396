"""SWE-agent's actions: commands of its agent-computer interface (ACI), or lines for the shell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from loaders.formats.shared.telemetry import (
    EDITOR_SUB_COMMANDS,
    ToolArguments,
    file_edits,
    first_text,
    line_count,
    text_hash,
)
from loaders.tables import FileEdit, ToolCall
from loaders.values import canonical_json

ACI_COMMANDS = frozenset(
    {
        "open",
        "goto",
        "scroll_up",
        "scroll_down",
        "create",
        "edit",
        "insert",
        "set_cursors",
        "undo_edit",
        "search_dir",
        "search_file",
        "find_file",
        "filemap",
        "view_image",
        "str_replace_editor",
        "submit",
    }
)
"""The commands of the bundles of 0.x and 1.x that are tools of their own; every other action is a shell line."""

PATH_COMMANDS = frozenset({"open", "create", "filemap", "view_image"})
"""Commands whose first operand is a path."""

SEARCH_COMMANDS = frozenset({"search_dir", "search_file", "find_file"})
"""Commands whose first operand is what to look for, the second, optional, where."""

REFUSALS = (
    "Your proposed edit has introduced new syntax error(s)",
    "Your edit was not applied",
    "No edit was made",
    "No replacement was performed",
    "No file open",
    "Text not found",
    "Invalid `",
    "Error:",
    "ERROR:",
    "Usage:",
    "COMMAND FAILED TO EXECUTE",
    "EXECUTION TIMED OUT",
    "/bin/bash: line ",
)
"""How the answer to an ACI command begins when the command did nothing."""

_NOT_FOUND = re.compile(r"(?:File|Directory) \S.{0,4096} not found\s*(?:\n|\Z)|The path \S.{0,4096} does not exist")
_EDIT_LINES = re.compile(r"edit[ \t]+(\d{1,9}):(\d{1,9})[ \t]*(?:\r?\n|\Z)")
_EDIT_CURSORS = re.compile(r"edit[ \t]*\r?\n")
_END_OF_EDIT = re.compile(r"^end_of_edit\s*$", re.MULTILINE)
_WORD = re.compile(r"""(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+""", re.DOTALL)
_PIECE = re.compile(r"""'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)|([^'"\\]+)""", re.DOTALL)
_ESCAPE = re.compile(r"\\([\"\\$`])")


def action_call(action: str) -> tuple[ToolCall, ToolArguments] | None:
    """The tool call that an action is, with its arguments; None for an action that is blank."""
    name = action.split(maxsplit=1)[0] if action.strip() else None
    if name is None:
        return None
    arguments = canonical_json({"action": action})
    if name not in ACI_COMMANDS:
        given = ToolArguments(arguments, {}, command=action)
        return _record("bash", given), given
    if name == "str_replace_editor":
        given = _editor_arguments(arguments, _words(action))
    else:
        first_line = action.strip().split("\n", 1)[0]
        operands = _words(first_line)[1:]
        path = pattern = None
        if name in PATH_COMMANDS:
            path = operands[0] if operands else None
        elif name in SEARCH_COMMANDS:
            pattern = operands[0] if operands else None
            path = operands[1] if len(operands) > 1 else None
        given = ToolArguments(arguments, {}, path_argument=path, pattern_argument=pattern)
    return _record(name, given), given


def is_refused(tool_name: str, observation: str | None) -> bool | None:
    """True where the answer to an ACI command says that it did nothing; None where nothing explicit is said."""
    if tool_name not in ACI_COMMANDS or observation is None:
        return None
    answer = observation.lstrip()
    return True if answer.startswith(REFUSALS) or _NOT_FOUND.match(answer) else None


def action_edits(call: ToolCall, given: ToolArguments, action: str) -> Iterator[FileEdit]:
    """The changes that an action makes where it was not refused and the file is known."""
    if call.tool_name == "str_replace_editor":
        yield from file_edits(
            call.tool_name,
            given,
            session_index=call.session_index,
            entry_index=call.entry_index,
            call_index=call.call_index,
            place=call.place,
        )
        return
    path = call.path_argument if call.tool_name == "create" else call.open_path
    if path is None or call.tool_name not in ("create", "edit", "insert", "undo_edit"):
        return
    edit = FileEdit(
        place=call.place,
        session_index=call.session_index,
        entry_index=call.entry_index,
        call_index=call.call_index,
        edit_index=0,
        path=path,
        operation="edit",
        range_basis="unknown",
    )
    text = action.lstrip()
    if call.tool_name == "create":
        edit.operation, edit.range_basis = "create", "whole_file"
    elif call.tool_name == "undo_edit":
        edit.operation = "undo"
    elif call.tool_name == "insert":
        _fill_insertion(edit, _words(text)[1:])
    elif (lines := _EDIT_LINES.match(text)) is not None:
        edit.start_line, edit.end_line, edit.range_basis = int(lines[1]), int(lines[2]), "exact"
        edit.old_length = max(0, edit.end_line - edit.start_line + 1)
        _fill_replacement(edit, text[lines.end() :])
    elif (cursors := _EDIT_CURSORS.match(text)) is not None:
        _fill_replacement(edit, text[cursors.end() :])
    yield edit


def _record(name: str, given: ToolArguments) -> ToolCall:
    return ToolCall(
        entry_index=0,
        call_index=0,
        tool_name=name,
        sub_command=given.sub_command,
        arguments=given.arguments,
        command=given.command,
        path_argument=given.path_argument,
        pattern_argument=given.pattern_argument,
    )


def _editor_arguments(arguments: str, words: list[str]) -> ToolArguments:
    """`str_replace_editor <sub-command> <path> --old_str ... --new_str ...`."""
    sub_command = words[1] if len(words) > 1 and words[1] in EDITOR_SUB_COMMANDS else None
    path = words[2] if len(words) > 2 and not words[2].startswith("--") else None
    values: dict[str, Any] = {}
    for word, following in pairwise(words[2:]):
        if word.startswith("--"):
            is_line = word == "--insert_line" and following.isascii() and following.isdigit() and len(following) < 10
            values.setdefault(word[2:], int(following) if is_line else following)
    return ToolArguments(arguments, values, sub_command, None, path or first_text(values, ("path",)))


def _fill_insertion(edit: FileEdit, operands: list[str]) -> None:
    if operands:
        edit.old_length, edit.new_length = 0, line_count(operands[0])
    if len(operands) > 1 and operands[1].isascii() and operands[1].isdigit() and len(operands[1]) < 10:
        line = int(operands[1])
        edit.start_line, edit.end_line, edit.range_basis = line + 1, line, "exact"


def _fill_replacement(edit: FileEdit, text: str) -> None:
    end = _END_OF_EDIT.search(text)
    new = text if end is None else text[: end.start()]
    edit.new_length, edit.new_hash = line_count(new), text_hash(new)
    if edit.old_length is not None:
        edit.added_lines, edit.deleted_lines = edit.new_length, edit.old_length


def _words(text: str) -> list[str]:
    """The words of a command line, quotes taken off; an unbalanced quote separates words."""
    return [_PIECE.sub(_unquoted, word) for word in _WORD.findall(text)]


def _unquoted(piece: re.Match[str]) -> str:
    single, double, escaped, plain = piece.groups()
    if double is not None:
        return _ESCAPE.sub(r"\1", double)
    return next(part for part in (single, escaped, plain) if part is not None)
