"""Patches as coding agents write them: `*** Begin Patch` texts without line numbers, unified diffs with them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

from loaders.formats.shared.file_contents import Change, FileContents, Hunk, edit_records
from loaders.tables import FileEdit, ToolCall

BEGIN = "*** Begin Patch"
END = "*** End Patch"
_ADD = "*** Add File: "
_DELETE = "*** Delete File: "
_UPDATE = "*** Update File: "
_MOVE = "*** Move to: "
_END_OF_FILE = "*** End of File"
_TOOL = re.compile(r"\bapply_?patch\b")
_NUMBERED = re.compile(r"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


class FilePatch(NamedTuple):
    """What a patch does to one file."""

    operation: str
    """create, delete or patch."""
    path: str
    """As the patch names it."""
    move_path: str | None
    """New name of a file that is renamed as well."""
    content: str | None
    """The whole text of a file that is created."""
    hunks: list[Hunk]
    """The changes of a file that stays, in file order."""
    is_cut: bool = False
    """The text ends within this file."""


def parse_patch(text: str) -> list[FilePatch]:
    """The files of a `*** Begin Patch` text, in its order; [] where it holds none. Never raises.

    What stands outside the sections of files is skipped; a patch that is cut off counts as far as it goes.
    """
    lines = [line.rstrip("\r") for line in text.split("\n")]
    start = next((at for at, line in enumerate(lines) if line.strip() == BEGIN), -1)
    files: list[FilePatch] = []
    section: list[str] = []
    header = ""
    is_whole = False
    for line in lines[start + 1 :]:
        if line.strip() == END:
            is_whole = True
            break
        if line.startswith((_ADD, _DELETE, _UPDATE)):
            files += _file_patch(header, section)
            header, section = line, []
        else:
            section.append(line)
    files += _file_patch(header, section)
    if files and not is_whole:
        files[-1] = files[-1]._replace(is_cut=True)
    return files


def patches_of_command(command: str) -> list[str]:
    """The patches that a shell command line hands to `apply_patch`, in a here-document or as an argument."""
    start = command.find(BEGIN)
    if start < 0 or _TOOL.search(command, 0, start) is None:
        return []
    patches = []
    while start >= 0:
        end = command.find(END, start)
        patches.append(command[start:] if end < 0 else command[start : end + len(END)])
        start = command.find(BEGIN, end) if end >= 0 else -1
    return patches


def patch_edits(
    call: ToolCall, files: list[FilePatch], contents: FileContents, place: str = "", directory: str | None = None
) -> list[FileEdit]:
    """The records of a patch that a call applied, each change located in what `contents` knows of the file.

    directory: what relative paths are relative to; files are known by the whole path, records keep the path as given.
    A file that is created is `whole_file`; changes of a file that is renamed stand under its old name.
    """
    edits: list[FileEdit] = []
    for file in files:
        key = file_key(file.path, directory)
        if file.operation == "create":
            changes = contents.write(key, file.content or "", is_new=True)
        elif file.operation == "delete":
            changes = contents.delete(key)
        else:
            changes = contents.patch(key, file.hunks)
            if file.move_path is not None:
                contents.move(key, file_key(file.move_path, directory))
        edits += edit_records(call, file.path, file.operation, changes, place, len(edits))
    return edits


def file_key(path: str, directory: str | None) -> str:
    """One spelling for a path, absolute where the directory is known."""
    return posixpath.normpath(posixpath.join(directory or "", path))


def diff_changes(diff: str) -> list[Change]:
    """The runs of changed lines of one file's unified diff, `exact`, each in the file as the runs before it left it."""
    changes: list[Change] = []
    old: list[str] = []
    new: list[str] = []
    old_left = new_left = 0
    number = 0

    def finished() -> Iterator[Change]:
        if old or new:
            yield Change(number, list(old), list(new), "exact")

    for line in diff.split("\n"):
        if old_left <= 0 and new_left <= 0:
            header = _NUMBERED.match(line)
            if header is not None and max(map(len, (header[1] or "", header[2], header[3] or ""))) < 10:
                changes += finished()
                number += len(new)
                old, new = [], []
                old_left = 1 if header[1] is None else int(header[1])
                new_left = 1 if header[3] is None else int(header[3])
                # Of a hunk without new lines the header names the line before it.
                number = max(int(header[2]) + (new_left == 0), 1)
            continue
        sign, text = line[:1], line[1:].removesuffix("\r")
        if sign == "-":
            old.append(text)
            old_left -= 1
        elif sign == "+":
            new.append(text)
            new_left -= 1
        elif sign != "\\":
            changes += finished()
            number += len(new) + 1
            old, new = [], []
            old_left -= 1
            new_left -= 1
    changes += finished()
    return changes


def _file_patch(header: str, section: list[str]) -> Iterator[FilePatch]:
    if header.startswith(_ADD):
        content = "".join(line[1:] + "\n" for line in section if line.startswith("+"))
        yield FilePatch("create", header[len(_ADD) :].strip(), None, content, [])
    elif header.startswith(_DELETE):
        yield FilePatch("delete", header[len(_DELETE) :].strip(), None, None, [])
    elif header.startswith(_UPDATE):
        moved = next((line[len(_MOVE) :].strip() for line in section if line.startswith(_MOVE)), None)
        yield FilePatch("patch", header[len(_UPDATE) :].strip(), moved, None, _hunks(section))


def _hunks(section: list[str]) -> list[Hunk]:
    hunks: list[Hunk] = []
    old: list[str] = []
    new: list[str] = []
    anchor: str | None = None
    while section and not section[-1].strip():
        section = section[:-1]
    for line in section:
        if line.startswith("@@"):
            if old or new:
                hunks.append(Hunk(old, new, anchor))
                old, new = [], []
            anchor = None if _NUMBERED.match(line) else line[2:].strip() or None
        elif line.startswith((_MOVE, _END_OF_FILE)):
            continue
        elif line.startswith("-"):
            old.append(line[1:])
        elif line.startswith("+"):
            new.append(line[1:])
        else:
            old.append(line[1:])
            new.append(line[1:])
    if old or new:
        hunks.append(Hunk(old, new, anchor))
    return hunks
