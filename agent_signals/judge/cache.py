"""What the judge has answered and where it has not, kept under `judge/` in the home of the warehouse.

`answers.jsonl` holds every accepted answer by what was asked, with the text of its evidence, which stands nowhere else;
`failures.jsonl` every answer that was thrown away or did not come, with the reason; `unanswered.json` how many builds
left a session without all of its answers. Lines are only added, so that a killed build loses no answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from hashlib import sha256
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO

import msgspec

FOLDER = "judge"
ANSWERS = "answers.jsonl"
FAILURES = "failures.jsonl"
UNANSWERED = "unanswered.json"


class Record(msgspec.Struct, omit_defaults=True):
    """An answer, or why there is none."""

    key: str
    """sha256 of the model, the prompt and the number of the sample."""
    span_id: str = msgspec.field(name="session_id")
    """A session, or an attempt: files of earlier versions knew sessions only."""
    signal: str
    sample: int
    judge_model: str
    prompt_hash: str
    rubric_version: str
    reason: str | None = None
    content: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None


_RECORD = msgspec.json.Decoder(Record)
_COUNTS = msgspec.json.Decoder(dict[str, int])


def answer_key(judge_model: str, prompt_hash: str, sample: int) -> str:
    """What an answer is kept by."""
    return sha256(msgspec.json.encode([judge_model, prompt_hash, sample])).hexdigest()


class AnswerCache:
    """Accepted answers by their key; `open` a folder, and close what was opened."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read before an answer is looked for."""
        self._folder = folder
        self._files: dict[str, BinaryIO] = {}

    def __enter__(self) -> AnswerCache:
        """The cache itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes its files."""
        for file in self._files.values():
            file.close()

    @cached_property
    def _contents(self) -> dict[str, str]:
        """Of all accepted answers; a torn line, as a killed build leaves one, costs itself."""
        return {record.key: record.content for record in _records(self._folder / ANSWERS) if record.content}

    def get(self, key: str) -> str | None:
        """The accepted answer to a question."""
        return self._contents.get(key)

    def accept(self, record: Record) -> None:
        """Keep an answer."""
        self._add(ANSWERS, record)
        if record.content is not None:
            self._contents[record.key] = record.content

    def refuse(self, record: Record) -> None:
        """Keep why there is no answer."""
        self._add(FAILURES, record)

    def _add(self, name: str, record: Record) -> None:
        if name not in self._files:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / name
            self._files[name] = path.open("a+b")
            path.chmod(0o600)
            if _is_torn(self._files[name]):
                self._files[name].write(b"\n")
        self._files[name].write(msgspec.json.encode(record) + b"\n")
        self._files[name].flush()


def unanswered_builds(folder: Path) -> dict[str, int]:
    """Builds that left a session or attempt without all of its answers, by its id. It never shrinks."""
    try:
        return _COUNTS.decode((folder / UNANSWERED).read_bytes())
    except (FileNotFoundError, msgspec.MsgspecError):
        return {}


def note_unanswered(folder: Path, span_ids: Iterable[str]) -> None:
    """Count a build for what it left without all of their answers: the next build asks again."""
    counts = unanswered_builds(folder)
    for span_id in span_ids:
        counts[span_id] = counts.get(span_id, 0) + 1
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / f"{UNANSWERED}.new"
    written.write_bytes(msgspec.json.encode(counts, order="sorted"))
    written.replace(folder / UNANSWERED)


def _is_torn(file: BinaryIO) -> bool:
    """Whether the last line has no end."""
    if file.seek(0, SEEK_END) == 0:
        return False
    file.seek(-1, SEEK_END)
    return file.read(1) != b"\n"


def _records(path: Path) -> Iterator[Record]:
    if not path.exists():
        return
    with path.open("rb") as lines:
        for line in lines:
            try:
                yield _RECORD.decode(line)
            except msgspec.MsgspecError:
                continue
