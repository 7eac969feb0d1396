"""The steps of one OpenTraces stream: entries, tool calls with their results, edits, interrupts."""

from __future__ import annotations

from collections import defaultdict, deque

from loaders.formats.opentraces.fields import Agent, Call, Metrics, Observation, Step, Usage
from loaders.formats.opentraces.session import Stream
from loaders.formats.opentraces.syntax import Dialect, exit_code, is_redacted
from loaders.formats.shared.exported_files import ExportedFiles, patched_path
from loaders.formats.shared.telemetry import ToolArguments, tool_arguments, uncached_tokens
from loaders.tables import BadRecord, Entry, FileEdit, SessionEvent, ToolCall
from loaders.values import utc

_ROLES = {"user": "user", "agent": "assistant", "system": "system"}
_SYNTHETIC_MODEL = "<synthetic>"
_NO_RESULT = "no_result"


class StepReader:
    """What one stream lands as. Steps that are chunks of one LLM call become one entry."""

    def __init__(self, stream: Stream, agent: Agent | None) -> None:
        self.session = stream.session
        self.entries: list[Entry] = []
        self.calls: list[ToolCall] = []
        self.edits: list[FileEdit] = []
        self.events: list[SessionEvent | BadRecord] = []
        self.entry_of_step: dict[int, Entry] = {}
        """Entry by `step_index`, the first where several steps have the same."""
        self._dialect = Dialect(agent)
        self._files = ExportedFiles(is_stripped=True)
        self._every_usage = Usage(input_tokens=0, output_tokens=0, cache_read_tokens=0, cache_write_tokens=0)
        self._chunk_count = 0
        self._call_count = 0
        self._unanswered: dict[str, tuple[ToolCall, ToolArguments]] = {}
        previous: Step | None = None
        for place, step in stream.steps:
            is_chunk = previous is not None and _is_chunk(previous, step)
            self._add(place, step, is_chunk=is_chunk)
            previous = step
        self.session.is_usage_reported = any(entry.output_tokens is not None for entry in self.entries)

    def drop_counted_twice(self, metrics: Metrics | None) -> None:
        """Leave out totals that count each chunk of an LLM call as a call: sums over steps as they stand."""
        if not self._chunk_count or metrics is None:
            return
        session, counted = self.session, self._every_usage
        if metrics.total_output_tokens == counted.output_tokens:
            session.total_output_tokens = session.total_cost_usd = None
        if metrics.total_input_tokens == counted.input_tokens:
            session.total_input_tokens = session.total_cost_usd = None
        if metrics.total_cache_read_tokens == counted.cache_read_tokens:
            session.total_cache_read_tokens = None
        if metrics.total_cache_creation_tokens == counted.cache_write_tokens:
            session.total_cache_write_tokens = None

    def _add(self, place: str, step: Step, *, is_chunk: bool) -> None:
        if is_chunk:
            entry = self.entries[-1]
            self._chunk_count += 1
        else:
            entry = self._entry(place, step)
        if step.step_index is not None:
            self.entry_of_step.setdefault(step.step_index, entry)
        if step.role == "agent":
            self._add_answer(entry, step, is_chunk=is_chunk)
        if entry.entry_type == "interrupt":
            self._event("interrupt", entry, place)
        self._add_calls(place, step, entry)

    def _entry(self, place: str, step: Step) -> Entry:
        occurred_at = utc(step.timestamp)
        is_user = step.role == "user"
        entry_type = self._dialect.user_type(step, is_subagent=self.session.is_subagent) if is_user else "message"
        entry = Entry(
            place=place,
            session_index=self.session.session_index,
            entry_index=len(self.entries),
            entry_type=entry_type,
            role=_ROLES.get(step.role or ""),
            occurred_at=occurred_at,
            message_at=occurred_at if is_user else None,
            model_id=step.model,
            text=step.content,
            is_llm_call=False,
        )
        self.entries.append(entry)
        self._call_count = 0
        return entry

    def _add_answer(self, entry: Entry, step: Step, *, is_chunk: bool) -> None:
        lengths = entry.thinking_block_lengths or []
        thinking = step.reasoning_content
        if thinking:
            lengths = [*lengths, 0 if is_redacted(thinking) else len(thinking)]
            if not is_redacted(thinking):
                entry.thinking_text = f"{entry.thinking_text}\n\n{thinking}" if entry.thinking_text else thinking
        entry.thinking_block_lengths = lengths
        entry.is_llm_call = step.model != _SYNTHETIC_MODEL
        if not is_chunk:
            entry.text = step.content or ""
            entry.entry_type = "warmup" if step.call_type == "warmup" else "message"
        else:
            if step.content:
                entry.text = f"{entry.text}\n{step.content}" if entry.text else step.content
            if step.call_type != "warmup":
                entry.entry_type = "message"
            entry.occurred_at = utc(step.timestamp) or entry.occurred_at
        self._set_usage(entry, step.token_usage)

    def _event(self, event_type: str, entry: Entry, place: str, detail: str | None = None) -> None:
        self.events.append(
            SessionEvent(
                place=place,
                session_index=entry.session_index,
                entry_index=entry.entry_index,
                event_type=event_type,
                occurred_at=entry.occurred_at,
                detail=detail,
            )
        )

    def _set_usage(self, entry: Entry, usage: Usage | None) -> None:
        """The usage of the latest chunk, whose output is the whole call's; all zero means that none is known."""
        if usage is None or not _has_usage(usage):
            return
        entry.cache_read_tokens, entry.cache_write_tokens = usage.cache_read_tokens, usage.cache_write_tokens
        entry.output_tokens = usage.output_tokens
        entry.input_tokens = usage.input_tokens
        entry.usage_basis = "excludes_cache"
        if self._dialect.counts_cache:
            entry.input_tokens = uncached_tokens(usage.input_tokens, usage.cache_read_tokens)
            entry.usage_basis = "cache_subtracted"
        counted = self._every_usage
        for name in counted.__struct_fields__:
            setattr(counted, name, getattr(counted, name) + (getattr(usage, name) or 0))

    def _add_calls(self, place: str, step: Step, entry: Entry) -> None:
        """The calls of a step with their results, which stand in it or, as other exporters may have it, later on."""
        results: dict[str, deque[Observation]] = defaultdict(deque)
        for observation in step.observations or ():
            results[observation.source_call_id or ""].append(observation)
        for call in step.tool_calls or ():
            if call.tool_name is None:
                self.events.append(BadRecord(place=place, reason="a tool call without a name"))
                continue
            made = self._add_call(place, call, call.tool_name, entry, step)
            call_id = call.tool_call_id or ""
            if results[call_id]:
                self._set_result(*made, results[call_id].popleft())
            elif call_id:
                self._unanswered[call_id] = made
        for call_id, left in results.items():
            if left and (waiting := self._unanswered.pop(call_id, None)) is not None:
                self._set_result(*waiting, left[0])

    def _add_call(self, place: str, call: Call, name: str, entry: Entry, step: Step) -> tuple[ToolCall, ToolArguments]:
        arguments = tool_arguments(name, call.input)
        record = ToolCall(
            place=place,
            session_index=entry.session_index,
            entry_index=entry.entry_index,
            call_index=self._call_count,
            tool_call_id=call.tool_call_id,
            tool_name=name,
            sub_command=arguments.sub_command,
            arguments=arguments.arguments,
            command=arguments.command,
            path_argument=arguments.path_argument or patched_path(name, arguments),
            pattern_argument=arguments.pattern_argument,
            working_directory=arguments.working_directory,
            called_at=utc(step.timestamp),
            duration_s=None if call.duration_ms is None else call.duration_ms / 1000,
        )
        self._call_count += 1
        self.calls.append(record)
        return record, arguments

    def _set_result(self, record: ToolCall, arguments: ToolArguments, result: Observation) -> None:
        if result.error == _NO_RESULT:
            return
        text = result.content
        if text is None and result.output_summary is not None:
            text, record.is_result_truncated = result.output_summary, True
        record.has_result = True
        record.result_text = text
        record.result_length = None if result.content is None else len(result.content)
        if result.error:
            record.is_error = True
        elif self._dialect.flags_errors:
            record.is_error = False
        record.exit_code = exit_code(result)
        record.is_rejected = self._dialect.is_rejection(result)
        if record.is_rejected:
            self._event("rejection", self.entries[record.entry_index], record.place, record.tool_name)
        if record.is_error is not True and not record.exit_code:
            self.edits += self._files.take(record, arguments, text)


def _is_chunk(previous: Step, step: Step) -> bool:
    """Whether two neighbours are parts of one streamed answer.

    Each call has a longer prompt than the one before it, so equal prompt counts tell chunks, whose output count stays
    or grows. Where the prompt is not counted, all of the usage must be equal.
    """
    before, after = previous.token_usage, step.token_usage
    if previous.role != "agent" or step.role != "agent" or previous.model != step.model:
        return False
    if before is None or after is None or not _has_usage(before) or _prompt(before) != _prompt(after):
        return False
    if any(_prompt(after)):
        return (after.output_tokens or 0) >= (before.output_tokens or 0)
    return after.output_tokens == before.output_tokens


def _prompt(usage: Usage) -> tuple[int, int, int]:
    return usage.input_tokens or 0, usage.cache_read_tokens or 0, usage.cache_write_tokens or 0


def _has_usage(usage: Usage) -> bool:
    return any(_prompt(usage)) or bool(usage.output_tokens)
