"""What one stream has shown of each file so far, and where a change that names no line falls in it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from loaders.formats.shared.known_lines import (
    KnownFile,
    Part,
    agrees,
    hunk_line,
    line_start,
    occurrences,
    part_changes,
    put,
)
from loaders.formats.shared.line_changes import (
    Change,
    common_ends,
    ended,
    joined,
    line_changes,
    sequential,
    split_lines,
    unified,
)
from loaders.formats.shared.telemetry import text_hash
from loaders.tables import FileEdit, ToolCall

__all__ = ["Change", "FileContents", "Hunk", "edit_records"]

MAX_FILE_CHARACTERS = 2_000_000
"""What is longer is not remembered: changes of such a file have no inferred lines."""
MAX_CHARACTERS = 32_000_000
"""Of all files together; beyond, the files that were used the longest ago are forgotten."""
_MAX_PARTS = 500


class Hunk(NamedTuple):
    """A piece of a patch that has no line numbers."""

    old: list[str]
    """Lines that the patch removes or keeps, in order."""
    new: list[str]
    """Lines that it adds or keeps."""
    anchor: str | None = None
    """A line that stands somewhere above the hunk (`@@ def f():`)."""


class FileContents:
    """The files of one stream. Feed it every call that succeeded, in the order in which the calls took effect.

    A path is one file under one spelling, as given. Lines are known as far as reads, writes and changes showed them,
    up to MAX_FILE_CHARACTERS a file and MAX_CHARACTERS in all; carriage returns before a newline do not count. A
    change that cannot be placed has basis `unknown`, and what it may have moved is forgotten, so that no later change
    is placed by numbers that no longer hold. Each call costs about the time to scan its file once. Never raises.
    """

    def __init__(self, max_file_characters: int = MAX_FILE_CHARACTERS, max_characters: int = MAX_CHARACTERS) -> None:
        self._files: OrderedDict[str, KnownFile] = OrderedDict()
        self._sizes: dict[str, int] = {}
        self._size = 0
        self._max_file_characters = max_file_characters
        self._max_characters = max_characters

    def read(self, path: str, text: str, first_line: int = 1, is_whole: bool = False) -> None:
        """Lines `first_line` and following, as the file shows them without line numbers; is_whole: they are all of it.

        Lines that contradict what was known (the file was changed by other means) make the rest of it forgotten.
        """
        text = ended(text)
        count = text.count("\n")
        file = self._files.get(path)
        if is_whole:
            file = KnownFile([Part(1, text, count)] if text else [], is_whole=True)
        elif first_line < 1 or not text:
            return
        else:
            if file is None or not agrees(file, first_line, text, count):
                file = KnownFile()
            put(file, first_line, count, text, count)
        self._keep(path, file)

    def replace(self, path: str, old: str, new: str, replace_all: bool = False) -> list[Change]:
        """A replacement of a text that stands in the file once, or of all its occurrences.

        `inferred` where the known lines hold it: once, or, with replace_all, where the whole file is known. An empty
        old text is the writing of a file that is not there yet or is empty.
        """
        old, new = unified(old), unified(new)
        file = self._files.get(path)
        if not old:
            if file is None or (file.is_whole and not file.parts):
                return self.write(path, new)
            self.forget(path)
            return [_unknown(old, new)]
        if file is None:
            return [_unknown(old, new)]
        if replace_all:
            return self._replace_all(path, file, old, new)
        found = [(part, at) for part in file.parts if (at := part.text.find(old)) >= 0]
        if len(found) == 1 and found[0][0].text.find(old, found[0][1] + 1) < 0:
            part, at = found[0]
            changes = part_changes(part, [at], old, new)
            self.apply(path, changes)
            return changes
        if found:
            self.forget(path)
        else:
            self._lose(path, file, old.count("\n") + 1, new.count("\n") - old.count("\n"))
        return [_unknown(old, new)]

    def write(self, path: str, content: str, is_new: bool = False) -> list[Change]:
        """The writing of a whole file: the lines that differ from its known content, `inferred`.

        Where the content was not known in whole, one change, `whole_file`, from line 1, with old None, or [] where the
        artifact says that the file is new. Nothing where the content stays the same.
        """
        lines = split_lines(ended(content))
        file = self._files.get(path)
        if file is not None and file.is_whole and not is_new:
            changes = sequential(line_changes(split_lines(file.parts[0].text) if file.parts else [], lines), "inferred")
        else:
            changes = [Change(1, [] if is_new else None, lines, "whole_file")]
        self.read(path, content, is_whole=True)
        return changes

    def patch(self, path: str, hunks: Sequence[Hunk]) -> list[Change]:
        """A patch without line numbers, its hunks in file order.

        A hunk is placed at the first match below the ones before it where the whole file is known, else at the only
        match in the known lines; a hunk without old lines at the end of the file. `inferred` or `unknown`.
        """
        changes: list[Change] = []
        below = 1
        for hunk in hunks:
            old, new = [line.removesuffix("\r") for line in hunk.old], [line.removesuffix("\r") for line in hunk.new]
            file = self._files.get(path)
            start = hunk_line(file, old, hunk.anchor, below) if file is not None else None
            runs = line_changes(old, new)
            if start is not None:
                placed = sequential(((start - 1 + at, gone, come) for at, gone, come in runs), "inferred")
                self.apply(path, placed)
                changes += placed
                below = start + len(new)
                continue
            changes += (Change(None, gone, come, "unknown") for _, gone, come in runs)
            if file is not None:
                self._lose(path, file, len(old), len(new) - len(old))
        return changes

    def apply(self, path: str, changes: Iterable[Change]) -> None:
        """Changes whose lines the artifact tells: their new lines are known from now on, those below move."""
        file = self._files.get(path) or KnownFile()
        for change in changes:
            start, old, new = change.start_line, change.old, change.new
            if change.basis == "whole_file" and new is not None:
                file = KnownFile([Part(1, joined(new), len(new))] if new else [], is_whole=True)
            elif start is None or start < 1 or old is None or new is None:
                file = KnownFile()
            else:
                if not agrees(file, start, joined(old), len(old)):
                    file = KnownFile()
                put(file, start, len(old), joined(new), len(new))
        self._keep(path, file)

    def delete(self, path: str) -> list[Change]:
        """The removal of the file; `unknown` where its content was not known in whole."""
        file = self._files.get(path)
        self.forget(path)
        if file is None or not file.is_whole:
            return [Change(None, None, [], "unknown")]
        return [Change(1, split_lines(file.parts[0].text) if file.parts else [], [], "inferred")]

    def move(self, path: str, new_path: str) -> None:
        """The renaming of the file."""
        file = self._files.get(path)
        self.forget(path)
        self.forget(new_path)
        if file is not None:
            self._keep(new_path, file)

    def forget(self, path: str) -> None:
        """The file was changed in a way that nobody knows (a shell command, a call that was cut off)."""
        self._files.pop(path, None)
        self._size -= self._sizes.pop(path, 0)

    def known_lines(self, path: str) -> dict[int, str]:
        """What is known of the file: line number -> line."""
        file = self._files.get(path) or KnownFile()
        return {part.first_line + at: line for part in file.parts for at, line in enumerate(split_lines(part.text))}

    def _replace_all(self, path: str, file: KnownFile, old: str, new: str) -> list[Change]:
        if file.is_whole:
            part = file.parts[0] if file.parts else Part(1, "", 0)
            changes = part_changes(part, occurrences(part.text, old), old, new)
            if old in part.text:
                # The text as replaced, not change by change: each of those scans the file.
                self.read(path, part.text.replace(old, new), is_whole=True)
                return changes
        self.forget(path)
        return [_unknown(old, new)]

    def _keep(self, path: str, file: KnownFile) -> None:
        self.forget(path)
        size = file.size()
        if size > self._max_file_characters or len(file.parts) > _MAX_PARTS:
            return
        self._files[path] = file
        self._sizes[path] = size
        self._size += size
        while self._size > self._max_characters:
            self.forget(next(iter(self._files)))

    def _lose(self, path: str, file: KnownFile, old_count: int, moved: int) -> None:
        """A change outside the known lines, of old_count lines, that may reach into the ends of known parts."""
        if file.is_whole:
            self.forget(path)
            return
        kept = KnownFile()
        for part in file.parts if moved == 0 else file.parts[:1]:
            if moved != 0 and part.first_line != 1:
                break
            head = 0 if part.first_line == 1 else old_count
            count = part.line_count - head - old_count
            if count > 0:
                start = line_start(part.text, head)
                text = part.text[start : line_start(part.text, head + count)]
                kept.parts.append(Part(part.first_line + head, text, count))
        self._keep(path, kept)


def edit_records(
    call: ToolCall, path: str, operation: str, changes: Iterable[Change], place: str = "", first_index: int = 0
) -> Iterator[FileEdit]:
    """The records of the changes that a call made to a file; first_index: how many edits the call has already."""
    for index, change in enumerate(changes):
        old, new, start = change.old, change.new, change.start_line
        length = len(new or []) if change.basis == "whole_file" else len(old or [])
        yield FileEdit(
            place=place,
            session_index=call.session_index,
            entry_index=call.entry_index,
            call_index=call.call_index,
            edit_index=first_index + index,
            path=path,
            operation=operation,
            start_line=start,
            end_line=None if start is None else start + length - 1,
            range_basis=change.basis,
            old_length=None if old is None else len(old),
            new_length=None if new is None else len(new),
            added_lines=len(new) if old is not None and new is not None else None,
            deleted_lines=len(old) if old is not None and new is not None else None,
            old_hash=None if old is None else text_hash("\n".join(old)),
            new_hash=None if new is None else text_hash("\n".join(new)),
        )


def _unknown(old: str, new: str) -> Change:
    gone, come = split_lines(ended(old)), split_lines(ended(new))
    head, tail = common_ends(gone, come)
    return Change(None, gone[head : len(gone) - tail], come[head : len(come) - tail], "unknown")
