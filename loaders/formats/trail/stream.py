"""One agent of a TRAIL trace as a session: its LLM calls, its tool calls, its task."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from loaders.formats.harbor.fields import finite_number
from loaders.formats.shared.telemetry import first_text, split_thinking, tool_arguments, uncached_tokens
from loaders.formats.trail.text import (
    decoded,
    instant,
    later,
    plain_text,
    safe_text,
    seconds,
    string,
    token_count,
    without_answers,
)
from loaders.tables import Entry, Record, Session, ToolCall

_TASK_KEYS = ("task", "question", "input", "prompt", "query")
_OUTPUT_CONTENT = re.compile(r"llm\.output_messages\.(\d{1,6})\.message\.(?:content|contents\.(\d{1,6})\..*\.text)\Z")
_ASKED_CALL = re.compile(
    r"llm\.output_messages\.(\d{1,6})\.message\.tool_calls\.(\d{1,6})\.tool_call\."
    r"(id|function\.name|function\.arguments)\Z"
)
_WRAPPED_KEYS = frozenset({"args", "kwargs"})
_CACHE_READ = ("llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_input")
_CACHE_WRITE = "llm.token_count.prompt_details.cache_write"
_REASONING = "llm.token_count.completion_details.reasoning"


class Span(NamedTuple):
    """One span, its fields as given; `attributes` is empty where there are none."""

    place: str
    span_id: str | None
    name: str
    kind: str
    """llm, tool, agent, chain, ...; empty for a span of no kind."""
    attributes: dict[str, Any]
    values: dict[str, Any]

    @property
    def status(self) -> str:
        """unset, ok, error; empty where the span says none."""
        return (string(self.values.get("status_code")) or "").casefold()


class SpanStream:
    """What one agent's spans read so far land as; they are given in order."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.entries: list[Entry] = []
        self.calls: list[ToolCall] = []
        self._answer: Entry | None = None
        self._asked: list[ToolCall] = []
        """Calls that the last answer asks for and that no span has run yet."""
        self._call_counts: dict[int, int] = {}

    def records(self) -> Iterator[Record]:
        """All of it, the session first."""
        yield self.session
        yield from self.entries
        yield from self.calls

    def take(self, span: Span) -> None:
        """One span of this agent."""
        if not span.kind:
            # The benchmark's own wrapping, which starts before the agent and ends after it.
            return
        self.note_times(span)
        if span.kind == "llm":
            self._add_answer(span)
        elif span.kind == "tool":
            self._add_call(span)
        else:
            self._add_part(span)

    def take_agent(self, span: Span) -> None:
        """The span of the agent itself, which holds its task."""
        self.note_times(span)
        self.session.exit_status = None if span.status in ("", "unset") else string(span.values.get("status_code"))
        self.session.agent_type = self.session.agent_type or _agent_type(span)
        self.add_task(span)

    def add_task(self, span: Span) -> None:
        """The task in a span's input as the one message to the agent; without one the span is an entry as others."""
        task = task_text(span)
        if task is None:
            self._add_part(span)
            return
        entry = self._add_part(span)
        entry.entry_type = "agent_prompt" if self.session.is_subagent else "message"
        entry.role = "user"
        entry.text = task
        entry.is_error = None

    def _add_part(self, span: Span) -> Entry:
        """A span around others: it stands where it begins, before them."""
        entry = self._entry(span, span.kind, None)
        entry.occurred_at = entry.message_at
        return entry

    def _add_answer(self, span: Span) -> None:
        attributes = span.attributes
        entry = self._entry(span, "message", "assistant")
        entry.is_llm_call = True
        entry.model_id = string(attributes.get("llm.model_name"))
        said = _answer_text(attributes)
        thinking = split_thinking(said or "")
        is_told = said is not None or any(key.startswith("llm.output_messages.") for key in attributes)
        entry.text = safe_text(thinking.text) if is_told else None
        if thinking.block_lengths:
            entry.thinking_text = safe_text(thinking.thinking_text)
            entry.thinking_block_lengths = thinking.block_lengths
        entry.cost_usd = finite_number(attributes.get("llm.cost.total"))
        self._set_usage(entry, attributes)
        self.session.model_id = self.session.model_id or entry.model_id
        self._answer, self._asked = entry, []
        asked: dict[tuple[int, int], dict[str, Any]] = {}
        for key, value in attributes.items():
            if (found := _ASKED_CALL.match(key)) is not None:
                asked.setdefault((int(found[1]), int(found[2])), {})[found[3]] = value
        for _, parts in sorted(asked.items()):
            if (name := string(parts.get("function.name"))) is not None:
                call = self._call(entry, name, parts.get("function.arguments"), span.place)
                call.tool_call_id = string(parts.get("id"))
                call.called_at = entry.occurred_at
                self._asked.append(call)

    def _set_usage(self, entry: Entry, attributes: dict[str, Any]) -> None:
        prompt = token_count(attributes.get("llm.token_count.prompt"))
        entry.output_tokens = token_count(attributes.get("llm.token_count.completion"))
        entry.reasoning_tokens = token_count(attributes.get(_REASONING))
        entry.cache_read_tokens = next(
            (count for key in _CACHE_READ if (count := token_count(attributes.get(key))) is not None), None
        )
        entry.cache_write_tokens = token_count(attributes.get(_CACHE_WRITE))
        if prompt is not None:
            is_cached = entry.cache_read_tokens is not None or entry.cache_write_tokens is not None
            entry.input_tokens = uncached_tokens(prompt, entry.cache_read_tokens, entry.cache_write_tokens)
            entry.usage_basis = "cache_subtracted" if is_cached else "excludes_cache"

    def _add_call(self, span: Span) -> None:
        attributes = span.attributes
        name = string(attributes.get("tool.name")) or span.name or "unknown"
        entry = self._entry(span, "tool_result", "tool")
        call = next((call for call in self._asked if call.tool_name == name), None)
        if call is not None:
            self._asked.remove(call)
        else:
            call = self._call(self._answer or entry, name, _given(attributes), span.place)
        call.tool_call_id = span.span_id
        call.called_at = entry.message_at
        call.duration_s = seconds(span.values.get("duration"))
        output = attributes.get("output.value")
        message = string(span.values.get("status_message"))
        call.is_error = None if not span.status else span.status == "error"
        call.has_result = output is not None or span.status in ("ok", "error")
        if call.has_result:
            call.result_at = entry.occurred_at
            call.result_text = plain_text(output if output is not None else message if call.is_error else None)
            call.result_length = None if call.result_text is None else len(call.result_text)

    def _call(self, entry: Entry, name: str, given: Any, place: str) -> ToolCall:
        value = decoded(given) if isinstance(given, str) else given
        cleaned = without_answers(value) if isinstance(value, dict) else plain_text(given)
        arguments = tool_arguments(name, cleaned)
        call_index = self._call_counts.get(entry.entry_index, 0)
        self._call_counts[entry.entry_index] = call_index + 1
        call = ToolCall(
            place=place,
            session_index=self.session.session_index,
            entry_index=entry.entry_index,
            call_index=call_index,
            tool_name=name,
            sub_command=arguments.sub_command,
            arguments=arguments.arguments,
            command=arguments.command,
            path_argument=arguments.path_argument,
            pattern_argument=arguments.pattern_argument,
            working_directory=arguments.working_directory,
        )
        self.calls.append(call)
        return call

    def _entry(self, span: Span, entry_type: str, role: str | None) -> Entry:
        started_at = instant(span.values.get("timestamp"))
        entry = Entry(
            place=span.place,
            session_index=self.session.session_index,
            entry_index=len(self.entries),
            entry_id=span.span_id,
            entry_type=entry_type,
            role=role,
            occurred_at=later(started_at, seconds(span.values.get("duration"))) or started_at,
            message_at=started_at,
            is_llm_call=False,
            is_error=span.status == "error" if span.status else None,
        )
        self.entries.append(entry)
        return entry

    def note_times(self, span: Span) -> None:
        """Let the session reach over the span."""
        started_at = instant(span.values.get("timestamp"))
        if started_at is None:
            return
        session = self.session
        ended_at = later(started_at, seconds(span.values.get("duration"))) or started_at
        session.started_at = min(session.started_at or started_at, started_at)
        session.finished_at = max(session.finished_at or ended_at, ended_at)


def task_text(span: Span) -> str | None:
    """The task that a span's input gives: `task` or a key like it of a JSON object, else the text itself."""
    given = span.attributes.get("input.value")
    value = decoded(given) if isinstance(given, str) else given
    if isinstance(value, dict):
        return safe_text(first_text(value, _TASK_KEYS))
    return safe_text(value if isinstance(value, str) else string(given))


def _answer_text(attributes: dict[str, Any]) -> str | None:
    """The message that an LLM call returns; its whole output where the messages are not spelt out."""
    parts = []
    for key, value in attributes.items():
        if isinstance(value, str) and (found := _OUTPUT_CONTENT.match(key)) is not None:
            parts.append((int(found[1]), int(found[2] or 0), value))
    if parts:
        return "\n".join(text for _, _, text in sorted(parts))
    output = attributes.get("output.value")
    value = decoded(output) if isinstance(output, str) else output
    return string(value.get("content")) if isinstance(value, dict) else string(output)


def _given(attributes: dict[str, Any]) -> Any:
    """Arguments of a call: its input, with what smolagents passes by position under the names in the tool's schema."""
    given = attributes.get("input.value")
    schema = decoded(attributes["tool.parameters"]) if isinstance(attributes.get("tool.parameters"), str) else None
    is_schema = isinstance(schema, dict) and all(isinstance(member, dict) for member in schema.values())
    if given is None:
        return None if is_schema else attributes.get("tool.parameters")
    value = decoded(given) if isinstance(given, str) else given
    if not isinstance(value, dict) or not value.keys() >= _WRAPPED_KEYS:
        return given
    positional, named = value["args"], value["kwargs"]
    names = list(schema) if is_schema and isinstance(schema, dict) else []
    if not isinstance(positional, list) or not isinstance(named, dict) or len(positional) > len(names):
        return value if positional or not isinstance(named, dict) else named
    return dict(zip(names, positional, strict=False)) | named


def _agent_type(span: Span) -> str | None:
    scope = string(span.values.get("scope_name")) or ""
    if scope.startswith("openinference.instrumentation."):
        return scope.rsplit(".", 1)[1]
    return "smolagents" if any(key.startswith("smolagents.") for key in span.attributes) else None
