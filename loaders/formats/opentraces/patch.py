"""The text of an `apply_patch` call: files added, deleted, moved and changed, without line numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from loaders.formats.shared.file_contents import Hunk

_BEGIN = "*** Begin Patch"
_END = "*** End Patch"
_ADD = "*** Add File: "
_UPDATE = "*** Update File: "
_DELETE = "*** Delete File: "
_MOVE = "*** Move to: "
_END_OF_FILE = "*** End of File"
_LISTED = "Updated the following files:"
_LISTED_FILE = re.compile(r"(?:\A|\\n|\n)([AMD]) ((?:(?!\\n|\n|\"[,}]).)+)")
_OPERATIONS = {"A": "create", "M": "patch", "D": "delete"}


@dataclass(slots=True)
class PatchedFile:
    """One file of a patch."""

    path: str
    operation: str
    """create, patch or delete."""
    new_path: str | None = None
    """Where the file is moved to."""
    hunks: list[Hunk] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    """Lines of a new file."""
    is_cut: bool = False
    """The text ends within this file: an importer cut it off."""


def patched_files(text: str) -> list[PatchedFile]:
    """The files of a patch in its order; none where the text is no such patch. Never raises."""
    begin = text.find(_BEGIN)
    files: list[PatchedFile] = []
    for line in text[begin:].split("\n")[1:] if begin >= 0 else ():
        line = line.rstrip("\r")
        if line.startswith(_END):
            return files
        if line.startswith(_ADD):
            files.append(PatchedFile(line[len(_ADD) :].strip(), "create"))
        elif line.startswith(_DELETE):
            files.append(PatchedFile(line[len(_DELETE) :].strip(), "delete"))
        elif line.startswith(_UPDATE):
            files.append(PatchedFile(line[len(_UPDATE) :].strip(), "patch"))
        elif files and not line.startswith(_END_OF_FILE):
            _take_line(files[-1], line)
    if files:
        files[-1].is_cut = True
    return files


def listed_files(result: str) -> list[PatchedFile]:
    """The files that the result of a patch lists, as text or as JSON text, in its order."""
    _, _, listed = result.partition(_LISTED)
    return [PatchedFile(path, _OPERATIONS[sign], is_cut=True) for sign, path in _LISTED_FILE.findall(listed)]


def _take_line(file: PatchedFile, line: str) -> None:
    if file.operation == "create":
        if line.startswith("+"):
            file.added.append(line[1:])
    elif line.startswith(_MOVE):
        file.new_path = line[len(_MOVE) :].strip()
    elif line.startswith("@@"):
        file.hunks.append(Hunk([], [], line[2:].strip() or None))
    elif file.operation == "patch":
        if not file.hunks:
            file.hunks.append(Hunk([], []))
        hunk, sign, kept = file.hunks[-1], line[:1], line[1:]
        if sign in ("-", " ", ""):
            hunk.old.append(kept)
        if sign in ("+", " ", ""):
            hunk.new.append(kept)
