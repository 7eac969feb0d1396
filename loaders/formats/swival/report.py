"""Reports of Swival (`--report`): the timeline of one run, with durations and no text of the agent's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import msgspec

from loaders.artifact import Artifact
from loaders.formats.harbor.fields import finite_number, whole_number
from loaders.formats.shared.exported_files import ExportedFiles
from loaders.formats.shared.telemetry import tool_arguments
from loaders.salvage import Integer, read_document, read_element
from loaders.tables import BadRecord, Entry, Record, Session, SessionEvent, ToolCall

NAME = "swival_report"
VERSION = "1"
IDENTITY = "content"

_SUFFIX = ".report.json"
_HEAD_KEYS = (b'"task"', b'"model"', b'"provider"', b'"settings"')
_LIMIT = re.compile(rb'"max_turns"\s*:')
_EVENT_KEYS = {
    "guardrail": ("tool", "level", ""),
    "storm_suppression": ("name", "args_hash", "count"),
    "review": ("", "exit_code", "round"),
    "command_policy": ("bucket", "decision", ""),
}
"""Keys of an event that land as `from_value`, `to_value` and `detail`."""
_OPENING = re.compile(rb'\A\s*\{\s*"version"\s*:\s*\d+\s*,')


class _Result(msgspec.Struct, gc=False):
    outcome: str | None = None


class _PromptCache(msgspec.Struct, gc=False):
    cached_tokens: Integer | None = None
    cache_write_tokens: Integer | None = None


class _Stats(msgspec.Struct, gc=False):
    llm_calls: Integer | None = None
    prompt_cache: _PromptCache | None = None


class _Report(msgspec.Struct, gc=False):
    version: int | float | str | None = None
    mode: str | None = None
    task: str | None = None
    model: str | None = None
    result: _Result | None = None
    stats: _Stats | None = None
    timeline: list[msgspec.Raw] | None = None


def matches(artifact: Artifact) -> bool:
    """A .json with the task, model, provider and settings of a run, and its version or its statistics."""
    head = artifact.head
    return (
        artifact.logical_path.suffix == ".json"
        and all(key in head for key in _HEAD_KEYS)
        and _LIMIT.search(head) is not None
        and (_OPENING.match(head) is not None or b'"tool_calls_total"' in head)
    )


def flatten(artifact: Artifact) -> Iterator[Record]:
    """The session, and what its timeline tells; an event that cannot be read costs itself alone."""
    data = artifact.data
    report, bad = read_document(data, _Report)
    events: list[tuple[str, dict[str, Any]]] = []
    for number, raw in enumerate(report.timeline or ()):
        place = f"/timeline/{number}"
        event = read_element(raw, dict[str, Any], place, bad)
        if event is not None and isinstance(event.get("type"), str):
            events.append((place, event))
        elif event is not None:
            bad.append(BadRecord(place=place, reason="an event without a type"))
    yield from bad
    yield _session(artifact, report, data)
    timeline = _Timeline(report.model)
    is_prompted = report.mode == "repl" or any(event["type"] == "repl_turn" for _, event in events)
    if report.task is not None and not is_prompted:
        # Of a run of several prompts the task is a description that Swival makes up.
        timeline.add_prompt(report.task, "/task")
    for place, event in events:
        timeline.add(event, place)
    yield from timeline.records


def _session(artifact: Artifact, report: _Report, data: bytes) -> Session:
    stats = report.stats or _Stats()
    cache = stats.prompt_cache or _PromptCache()
    # The report itself names no session: the operator does, in the file name.
    name = artifact.name.removesuffix(_SUFFIX) if artifact.name.endswith(_SUFFIX) else ""
    return Session(
        native_session_id=name or sha256(data).hexdigest(),
        telemetry="session_export",
        format_version=None if report.version is None else str(report.version),
        origin=report.mode,
        agent_type="swival",
        model_id=report.model,
        exit_status=report.result.outcome if report.result else None,
        total_cache_read_tokens=cache.cached_tokens,
        total_cache_write_tokens=cache.cache_write_tokens,
        llm_call_count=stats.llm_calls,
        is_usage_reported=False,
        is_result_text_reported=False,
    )


class _Timeline:
    """Entries of the timeline so far, with the calls and events that hang on them."""

    def __init__(self, model: str | None) -> None:
        self.model = model
        self.records: list[Record] = []
        self._files = ExportedFiles(is_stripped=False)
        self._entry_count = 0
        self._call_count = 0
        self._caller: Entry | None = None

    def add(self, event: dict[str, Any], place: str) -> None:
        """One event, which has a type."""
        kind: str = event["type"]
        if kind == "repl_turn":
            self.add_prompt(_string(event.get("input")), place)
        elif kind == "llm_call":
            self._add_answer(_string(event.get("finish_reason")), place)
        elif kind == "tool_call":
            self._add_call(event, place)
        else:
            entry = self._entry(kind, None, place)
            entry.text = _string(event.get("feedback"))
            self._add_event(kind, event, entry)

    def add_prompt(self, text: str | None, place: str) -> None:
        """What the user asked."""
        self._entry("message", "user", place).text = text
        self._caller = None

    def _add_answer(self, finish_reason: str | None, place: str) -> None:
        entry = self._entry("message", "assistant", place)
        entry.is_llm_call, entry.model_id, entry.stop_reason = True, self.model, finish_reason
        self._caller, self._call_count = entry, 0

    def _add_call(self, event: dict[str, Any], place: str) -> None:
        name = _string(event.get("name"))
        if name is None:
            self.records.append(BadRecord(place=place, reason="a tool call without a name"))
            return
        if self._caller is None:
            self._caller, self._call_count = self._entry("tool_call", "assistant", place), 0
        given = event.get("arguments")
        arguments = tool_arguments(name, given if isinstance(given, dict | str) else None)
        succeeded = event.get("succeeded")
        call = ToolCall(
            place=place,
            entry_index=self._caller.entry_index,
            call_index=self._call_count,
            tool_name=name,
            sub_command=arguments.sub_command,
            arguments=arguments.arguments,
            command=arguments.command,
            path_argument=arguments.path_argument,
            pattern_argument=arguments.pattern_argument,
            working_directory=arguments.working_directory,
            has_result=True,
            result_length=whole_number(event.get("result_length")),
            is_error=not succeeded if isinstance(succeeded, bool) else None,
            duration_s=finite_number(event.get("duration_s")),
        )
        self._call_count += 1
        self.records.append(call)
        if succeeded is True:
            self.records += self._files.take(call, arguments, None)

    def _add_event(self, kind: str, event: dict[str, Any], entry: Entry) -> None:
        if kind == "compaction":
            self._event(
                entry,
                tokens_before=whole_number(event.get("tokens_before")),
                tokens_after=whole_number(event.get("tokens_after")),
                detail=_string(event.get("strategy")),
            )
        elif kind in _EVENT_KEYS:
            source, target, detail = _EVENT_KEYS[kind]
            self._event(
                entry,
                from_value=_plain(event.get(source)),
                to_value=_plain(event.get(target)),
                detail=_plain(event.get(detail)),
            )

    def _event(
        self,
        entry: Entry,
        *,
        from_value: str | None = None,
        to_value: str | None = None,
        tokens_before: int | None = None,
        tokens_after: int | None = None,
        detail: str | None = None,
    ) -> None:
        self.records.append(
            SessionEvent(
                place=entry.place,
                entry_index=entry.entry_index,
                event_type=entry.entry_type,
                from_value=from_value,
                to_value=to_value,
                tokens_before=tokens_before,
                tokens_after=tokens_after,
                detail=detail,
            )
        )

    def _entry(self, entry_type: str, role: str | None, place: str) -> Entry:
        entry = Entry(place=place, entry_index=self._entry_count, entry_type=entry_type, role=role, is_llm_call=False)
        self._entry_count += 1
        self.records.append(entry)
        return entry


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _plain(value: Any) -> str | None:
    """A word or a number as text."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
