"""A stream of pi's messages, of a session file or of its JSON event stream: entries, tool calls, edits, events."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

import msgspec

from loaders.formats.pi.edits import hashline_path
from loaders.formats.pi.fields import (
    EVICTED,
    FAILURES,
    NO_RAW,
    Block,
    Content,
    Message,
    Usage,
    details_of,
    instant,
    text_of,
)
from loaders.formats.pi.files import PiFiles
from loaders.formats.shared.telemetry import ToolArguments, tool_arguments
from loaders.tables import Entry, FileEdit, SessionEvent, ToolCall

PLAN_TOOLS = frozenset({"exit_plan_mode", "plannotator_submit_plan"})
"""Tools of plannotator by which the agent asks the user for leave to carry a plan out."""
AGENT_TOOLS = frozenset({"subagent", "task"})
"""Tools whose details hold the results of sub-agents."""

_EVICTED_ARGUMENTS = "__gjcColdSpillArguments"
_EXIT_CODE = re.compile(r"Command exited with code (-?\d{1,9})\s*\Z")
_TRUNCATED = re.compile(rb'"truncated"\s*:\s*true')
_ENTRY_TYPES = {
    None: "message",
    "user": "message",
    "assistant": "message",
    "system": "message",
    "developer": "message",
    "toolResult": "tool_result",
    "bashExecution": "bash_execution",
    "custom": "custom_message",
    "hookMessage": "custom_message",
    "compactionSummary": "compaction_summary",
    "branchSummary": "branch_summary",
}
_ROLES = {
    "user": "user",
    "assistant": "assistant",
    "system": "system",
    "developer": "system",
    "toolResult": "tool",
    "bashExecution": "user",
}


class AgentResults(NamedTuple):
    """The results of the sub-agents of one call, not yet read."""

    call: ToolCall
    results: msgspec.Raw
    place: str
    is_usage_told: bool
    """Whether the tool's result states the usage of what it had done itself."""


class MessageStream:
    """What one stream of messages lands as. Results find their calls by id, in whatever order they come."""

    def __init__(self, session_index: int = 0) -> None:
        self.session_index = session_index
        self.entries: list[Entry] = []
        self.calls: list[ToolCall] = []
        self.edits: list[FileEdit] = []
        self.events: list[SessionEvent] = []
        self.agents: list[AgentResults] = []
        self._files = PiFiles()
        self._arguments: dict[str, tuple[ToolCall, ToolArguments]] = {}

    def add_entry(
        self,
        entry_type: str,
        place: str,
        occurred_at: datetime | None,
        text: str | None = None,
        *,
        usage: Usage | None = None,
        entry_id: str | None = None,
        parent_entry_id: str | None = None,
    ) -> Entry:
        """An entry that is not a message."""
        entry = Entry(
            place=place,
            session_index=self.session_index,
            entry_index=len(self.entries),
            entry_id=entry_id,
            parent_entry_id=parent_entry_id,
            entry_type=entry_type,
            occurred_at=occurred_at,
            text=None if text == EVICTED else text,
        )
        if usage is not None:
            _set_usage(entry, usage)
            entry.is_llm_call = False
        self.entries.append(entry)
        return entry

    def add_event(
        self,
        entry: Entry | ToolCall,
        event_type: str,
        *,
        occurred_at: datetime | None = None,
        from_value: str | None = None,
        to_value: str | None = None,
        detail: str | None = None,
    ) -> SessionEvent:
        """An event at an entry, or at the entry of a call."""
        if occurred_at is None and isinstance(entry, Entry):
            occurred_at = entry.occurred_at
        event = SessionEvent(
            place=entry.place,
            session_index=self.session_index,
            entry_index=entry.entry_index,
            event_type=event_type,
            occurred_at=occurred_at,
            from_value=from_value,
            to_value=to_value,
            detail=detail,
        )
        self.events.append(event)
        return event

    def add_message(
        self,
        message: Message,
        place: str,
        occurred_at: datetime | None,
        *,
        entry_id: str | None = None,
        parent_entry_id: str | None = None,
    ) -> Entry:
        """A message, written at `occurred_at`, with the calls that it makes or the result that it brings."""
        role = message.role
        entry = Entry(
            place=place,
            session_index=self.session_index,
            entry_index=len(self.entries),
            entry_id=entry_id,
            parent_entry_id=parent_entry_id,
            entry_type=_ENTRY_TYPES.get(role, role) or "message",
            role=_ROLES.get(role or ""),
            occurred_at=occurred_at,
            message_at=instant(message.timestamp),
            is_error=message.is_error,
        )
        self.entries.append(entry)
        if message.usage is not None:
            _set_usage(entry, message.usage)
        entry.is_llm_call = role == "assistant"
        if role == "assistant":
            self._add_answer(message, entry)
        elif role == "toolResult":
            self._add_result(message, entry)
        elif role == "bashExecution":
            entry.text = message.command
        else:
            entry.text = text_of(message.summary if message.content is None else message.content)
        if role == "user" and (message.synthetic or message.attribution == "agent"):
            # oh-my-pi marks what it puts into the user's mouth itself.
            entry.entry_type = "meta"
        return entry

    def add_call(self, name: str, call_id: str | None, raw: msgspec.Raw, entry: Entry, call_index: int) -> ToolCall:
        """A tool call that `entry` makes."""
        arguments = tool_arguments(name, raw)
        if _EVICTED_ARGUMENTS in arguments.values:
            arguments = tool_arguments(name, None)
        path = arguments.path_argument
        if path is None and isinstance(patch := arguments.values.get("input"), str):
            path = hashline_path(patch)
        call = ToolCall(
            place=entry.place,
            session_index=self.session_index,
            entry_index=entry.entry_index,
            call_index=call_index,
            tool_call_id=call_id,
            tool_name=name,
            sub_command=arguments.sub_command,
            arguments=arguments.arguments,
            command=arguments.command,
            path_argument=path,
            pattern_argument=arguments.pattern_argument,
            working_directory=arguments.working_directory,
            called_at=entry.occurred_at,
        )
        self.calls.append(call)
        if call_id is not None:
            self._arguments[call_id] = call, arguments
        return call

    def has_call(self, call_id: str | None) -> bool:
        """Whether a call of this id has been made."""
        return call_id in self._arguments

    def set_result(
        self,
        call_id: str | None,
        content: Content,
        raw_details: msgspec.Raw,
        is_error: bool | None,
        result_at: datetime | None,
        place: str,
        entry: Entry | None = None,
    ) -> None:
        """The result of a call, brought by `entry`; a second one for the same call changes nothing."""
        call, arguments = self._arguments.get(call_id or "", (None, None))
        if call is None or arguments is None or call.has_result:
            return
        text = text_of(content)
        details = details_of(raw_details)
        call.has_result = True
        call.result_at = result_at
        call.result_text = text
        call.result_length = None if text is None else len(text)
        call.is_error = is_error
        if is_error and text is not None and (suffix := _EXIT_CODE.search(text, max(0, len(text) - 200))):
            call.exit_code = int(suffix[1])
        if details.truncated is not None:
            call.is_result_truncated = details.truncated
        elif details.truncation:
            call.is_result_truncated = _TRUNCATED.search(details.truncation) is not None
        if call.tool_name in PLAN_TOOLS and details.approved is not None:
            call.is_rejected = not details.approved
            if call.is_rejected:
                self.add_event(entry or call, "rejection", occurred_at=result_at, detail=call.tool_name)
        if call.tool_name in AGENT_TOOLS and details.results:
            is_usage_told = entry is not None and entry.usage_basis is not None
            self.agents.append(AgentResults(call, details.results, place, is_usage_told))
        if not is_error:
            self.edits += self._files.take(call, arguments, details, text, place)

    def _add_answer(self, message: Message, entry: Entry) -> None:
        entry.model_id = message.model
        entry.message_id = message.response_id
        entry.stop_reason = message.stop_reason
        if message.stop_reason is not None:
            entry.is_error = message.stop_reason == "error"
        content = message.content
        blocks = content if isinstance(content, list) else []
        thoughts = [block.thinking or "" for block in blocks if block.type == "thinking"]
        call_index = 0
        for block in blocks:
            if block.type == "toolCall" and block.name is not None:
                call = self.add_call(block.name, block.id, block.arguments, entry, call_index)
                call_index += 1
                if _is_cut(block):
                    # The arguments go on where the stream of the answer broke off: none of them says what was meant.
                    call.sub_command = call.command = call.path_argument = None
                    call.pattern_argument = call.working_directory = None
        said = [block for block in blocks if block.type == "text" and block.text is not None]
        entry.text = text_of(said if isinstance(content, list) else content)
        entry.thinking_block_lengths = [len(thought) for thought in thoughts]
        if EVICTED in thoughts:
            entry.thinking_block_lengths = None
        elif any(thoughts):
            entry.thinking_text = "\n\n".join(thought for thought in thoughts if thought)
        if message.stop_reason == "aborted":
            self.add_event(entry, "interrupt")

    def _add_result(self, message: Message, entry: Entry) -> None:
        call_id, name = message.tool_call_id, message.tool_name
        if name is not None and not self.has_call(call_id):
            # The line that made the call is lost; that the tool ran is known all the same.
            self.add_call(name, call_id, NO_RAW, entry, 0).called_at = None
        result_at = entry.occurred_at or entry.message_at
        self.set_result(call_id, message.content, message.details, message.is_error, result_at, entry.place, entry)


def _is_cut(block: Block) -> bool:
    """Whether the arguments of a call are incomplete: what was streamed of them is no whole JSON."""
    if block.partial_json is None:
        return False
    try:
        msgspec.json.decode(block.partial_json)
    except FAILURES:
        return True
    return False


def _set_usage(entry: Entry, usage: Usage) -> None:
    entry.input_tokens = usage.input
    entry.cache_read_tokens = usage.cache_read
    entry.cache_write_tokens = usage.cache_write
    entry.output_tokens = usage.output
    entry.reasoning_tokens = usage.reasoning
    entry.usage_basis = "excludes_cache"
    entry.cost_usd = usage.cost_usd
