"""What the events of a sample add to its messages: which model call made which, when each tool ran, compactions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from loaders.formats.inspect_ai.fields import Event, Message, Output
from loaders.salvage import read_whole

_SCORING = ("scorer", "scorers")


class Answer(NamedTuple):
    """A message that a model made, and the event of the call."""

    message: Message
    event: Event


class Transcript(NamedTuple):
    """Events of a sample by what they belong to; those of its scorers left out."""

    answers: list[Answer]
    by_message: dict[str, Answer]
    tools: dict[str, Event]
    compactions: list[Event]


def read_transcript(events: Iterable[Event]) -> Transcript:
    """Sort the events. A scorer that asks a model is no part of the agent's work."""
    answers: list[Answer] = []
    tools: dict[str, Event] = {}
    compactions: list[Event] = []
    for event in _agents_own(_flat(events)):
        if event.event == "model" and isinstance(event.output, Output) and event.output.choices:
            message = event.output.choices[0].message
            if message is not None:
                answers.append(Answer(message, event))
        elif event.event == "tool" and event.id is not None:
            tools[event.id] = event
        elif event.event == "compaction":
            compactions.append(event)
    by_message = {answer.message.id: answer for answer in answers if answer.message.id is not None}
    return Transcript(answers, by_message, tools, compactions)


def _flat(events: Iterable[Event | msgspec.Raw]) -> Iterator[Event]:
    """Every event once, in order; older logs nest those of a tool or a sub-task within it."""
    pending = [iter(events)]
    while pending:
        item = next(pending[-1], None)
        if item is None:
            pending.pop()
            continue
        event = read_whole(item, Event) if isinstance(item, msgspec.Raw) else item
        if event is not None:
            yield event
            if event.events:
                pending.append(iter(event.events))


def _agents_own(events: Iterable[Event]) -> Iterator[Event]:
    scoring: set[str] = set()
    depth = 0
    for event in events:
        if event.event == "span_begin" and event.id is not None:
            if event.type in _SCORING or event.parent_id in scoring:
                scoring.add(event.id)
        elif event.event == "step" and (event.type in _SCORING or depth):
            depth += 1 if event.action == "begin" else -1
        elif event.span_id not in scoring and depth <= 0:
            yield event
