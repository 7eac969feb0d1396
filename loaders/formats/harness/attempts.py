"""Output of a harness put together into attempts: what was printed while one ran, and the block that sums it up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from loaders.formats.harness.summary import (
    ATTEMPT_KEY,
    COUNT_KEYS,
    FILES_KEY,
    TRIAL_KEYS,
    SummaryLine,
    TouchedFile,
)
from loaders.formats.pi.events import Event, EventStream
from loaders.tables import Attempt, AttemptFile, PhaseEvent, Record

_EVIDENCE = "harness_stdout"


class _Block:
    """A run of summary lines."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.keys: set[str] = set()
        self.last_key = ""
        self.number: int | None = None
        self.counts: dict[str, int | None] = {}
        self.files: list[TouchedFile] | None = None
        self.files_place = ""

    def add(self, line: SummaryLine, place: str) -> None:
        self.keys.add(line.key)
        self.last_key = line.key
        if line.key == ATTEMPT_KEY:
            self.number = line.value or self.number
        elif line.key == FILES_KEY:
            self.files, self.files_place = line.value, place
        else:
            self.counts[COUNT_KEYS[line.key]] = line.value

    def is_ended_by(self, line: SummaryLine, index: int) -> bool:
        """Whether a line starts the next block; `index` is what this one is numbered, if nothing says otherwise.

        A key that is here already does, but for `Turns` after `Turns`, of which the last counts, and for `Attempt`
        with the same number. `Attempt` after a block that has none belongs to it unless it names the next one.
        """
        if line.key == ATTEMPT_KEY:
            if ATTEMPT_KEY in self.keys:
                return bool(line.value != self.number)
            return bool(line.value == index + 2)
        is_corrected = line.key == self.last_key and COUNT_KEYS.get(line.key) == "turn_count"
        return line.key in self.keys and not is_corrected


class AttemptReader:
    """Takes what the output holds, in its order; `finish` gives the records of every attempt."""

    def __init__(self) -> None:
        self._block: _Block | None = None
        self._stream: EventStream | None = None
        self._phases: list[PhaseEvent] = []
        self._trial_fields: dict[str, Any] = {}
        self._trial_place = ""
        self._index = 0
        self._stream_count = 0
        self._last: Attempt | None = None
        self._records: list[Record] = []

    def take_summary(self, line: SummaryLine, place: str) -> None:
        """A summary line. Caps and modes speak of the trial: they neither open nor end a block."""
        if line.key in TRIAL_KEYS:
            if line.value is not None:
                self._trial_fields[TRIAL_KEYS[line.key]] = line.value
                self._trial_place = place
            return
        if self._block is not None and self._block.is_ended_by(line, self._index):
            self._end_attempt()
        if self._block is None:
            self._block = _Block(place)
        self._block.add(line, place)

    def take_phase(self, place: str, phase: str, occurred_at: datetime | None) -> None:
        """A phase announced by the attempt that runs."""
        self._end_block()
        self._phases.append(
            PhaseEvent(
                place=place,
                phase_index=len(self._phases),
                phase=phase,
                occurred_at=occurred_at,
                emitter="stdout_event",
            )
        )

    def take_event(self, event: Event, place: str) -> str | None:
        """An event of the agent that runs; returns what is wrong with it."""
        self._end_block()
        if self._stream is None:
            self._stream = EventStream(self._stream_count, place)
            self._stream_count += 1
        return self._stream.take(event, place)

    def finish(self) -> list[Record]:
        """All records, with those of a last attempt that was cut off before its summary."""
        if self._block is not None or self._stream is not None or self._phases:
            self._end_attempt()
        if self._trial_fields:
            if self._last is None:
                self._last = Attempt(place=self._trial_place, evidence=_EVIDENCE, attempt_index=0)
                self._records.append(self._last)
            for name, value in self._trial_fields.items():
                setattr(self._last, name, value)
        return self._records

    def _end_block(self) -> None:
        """What runs after a block is the next attempt."""
        if self._block is not None:
            self._end_attempt()

    def _end_attempt(self) -> None:
        block, index = self._block, self._index
        if block is not None:
            index = index if block.number is None else block.number - 1
            self._add_summary(block, index)
        stream = self._stream
        for phase in self._phases:
            phase.attempt_index = index
            phase.session_index = None if stream is None else stream.session_index
        self._records += self._phases
        if stream is not None:
            self._records += stream.records(index)
        self._block = self._stream = None
        self._phases = []
        self._index = index + 1

    def _add_summary(self, block: _Block, index: int) -> None:
        files = block.files
        self._last = Attempt(
            place=block.place,
            evidence=_EVIDENCE,
            attempt_index=index,
            touched_file_count=None if files is None else len(files),
        )
        for name, value in (*block.counts.items(), *self._trial_fields.items()):
            setattr(self._last, name, value)
        self._trial_fields = {}
        self._records.append(self._last)
        for file_index, file in enumerate(files or ()):
            self._records.append(
                AttemptFile(
                    place=block.files_place,
                    evidence=_EVIDENCE,
                    attempt_index=index,
                    attempt_place=block.place,
                    file_index=file_index,
                    path=file.path,
                    harness_diff_lines=file.diff_lines,
                )
            )
