"""Messages of a Swival trace: entries, tool calls with their results, edits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from loaders.formats.harbor.fields import whole_number
from loaders.formats.shared.exported_files import ExportedFiles
from loaders.formats.shared.telemetry import ToolArguments, tool_arguments, uncached_tokens
from loaders.json_lines import mend_surrogates
from loaders.tables import Entry, FileEdit, Record, Session, ToolCall

_ANY = msgspec.json.Decoder()
_FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, UnicodeEncodeError)
_HIDDEN_DIRECTORY = "BASEDIR"
_ERROR_PREFIX = "error:"
_MADE_UP_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_INJECTED = (
    (re.compile(r"\[(non-instructional context recap|context compacted)"), "compaction_summary"),
    (re.compile(r"\[(REVIEWER FEEDBACK|image\]|Context for follow-up:|goal start\])"), "meta"),
    (
        re.compile(
            r"IMPORTANT: You have called `[^`\n]+` \d+ times with the same error"
            r"|STOP: You have failed to use `[^`\n]+` correctly"
            r"|Tip: Consider using the `think` tool"
            r"|Reminder: You have \d+ unfinished todo item"
            r"|Your response was (empty|cut off)\. Please "
        ),
        "reminder",
    ),
)
"""What the agent loop itself says in the role of the user: the fixed texts of Swival's source, at the start."""


def decoded_message(value: Any) -> dict[str, Any] | None:
    """The message of a line: an object, or as newer versions write it the JSON text of one."""
    if isinstance(value, str):
        try:
            value = _ANY.decode(mend_surrogates(value.encode()))
        except _FAILURES:
            return None
    return value if isinstance(value, dict) else None


class TraceStream:
    """What one session of a trace lands as."""

    def __init__(self, session_index: int, session_id: str, place: str) -> None:
        self.session = Session(
            place=place,
            session_index=session_index,
            native_session_id=session_id,
            telemetry="session_export",
            agent_type="swival",
            is_usage_reported=False,
            is_result_text_reported=True,
        )
        self.entries: list[Entry] = []
        self.calls: list[ToolCall] = []
        self.edits: list[FileEdit] = []
        self._files = ExportedFiles(is_stripped=False)
        self._open: dict[str, tuple[ToolCall, ToolArguments]] = {}

    def records(self) -> Iterator[Record]:
        """All of it, the session first."""
        yield self.session
        yield from self.entries
        yield from self.calls
        yield from self.edits

    def note_header(self, version: Any, directory: Any) -> None:
        """Version and directory that a line repeats; the placeholder of a hidden directory is none."""
        if self.session.agent_version is None and isinstance(version, str) and version != "unknown":
            self.session.agent_version = version
        if self.session.working_directory is None and isinstance(directory, str) and directory != _HIDDEN_DIRECTORY:
            self.session.working_directory = directory

    def add_system(self, content: Any, place: str, is_sidechain: bool | None) -> None:
        """The system prompt."""
        self._entry("message", "system", place, is_sidechain).text = _text(content)

    def add_user(self, message: dict[str, Any], place: str, is_sidechain: bool | None, *, is_meta: bool) -> None:
        """A message to the agent, or the results of its calls."""
        content = message.get("content")
        blocks = [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []
        results = [block for block in blocks if block.get("type") == "tool_result"]
        if results:
            self._entry("tool_result", "tool", place, is_sidechain)
            for block in results:
                self._set_result(block)
            if _text(content) is None:
                return
        text = _text(content)
        self._entry("meta" if is_meta else _entry_type(text), "user", place, is_sidechain).text = text

    def add_answer(self, message: dict[str, Any], place: str, is_sidechain: bool | None) -> None:
        """One LLM call: its text, the calls that it makes, its usage where there is one."""
        entry = self._entry("message", "assistant", place, is_sidechain)
        entry.is_llm_call = True
        entry.model_id = _string(message.get("model"))
        entry.stop_reason = _string(message.get("stop_reason"))
        message_id = _string(message.get("id"))
        entry.message_id = None if message_id is None or _MADE_UP_ID.fullmatch(message_id) else message_id
        self.session.model_id = self.session.model_id or entry.model_id
        self._set_usage(entry, message.get("usage"))
        content = message.get("content")
        entry.text = _text(content) or ""
        blocks = content if isinstance(content, list) else ()
        for block in blocks:
            if isinstance(block, dict) and block.get("type") == "tool_use" and isinstance(block.get("name"), str):
                self._add_call(block, entry)

    def _entry(self, entry_type: str, role: str, place: str, is_sidechain: bool | None) -> Entry:
        entry = Entry(
            place=place,
            session_index=self.session.session_index,
            entry_index=len(self.entries),
            entry_type=entry_type,
            role=role,
            is_sidechain=is_sidechain,
            is_llm_call=False,
        )
        self.entries.append(entry)
        return entry

    def _set_usage(self, entry: Entry, usage: Any) -> None:
        if not isinstance(usage, dict):
            return
        output = whole_number(usage.get("output_tokens", usage.get("completion_tokens")))
        prompt = whole_number(usage.get("prompt_tokens"))
        if "input_tokens" in usage:
            entry.input_tokens = whole_number(usage["input_tokens"])
            entry.cache_read_tokens = whole_number(usage.get("cache_read_input_tokens"))
            entry.cache_write_tokens = whole_number(usage.get("cache_creation_input_tokens"))
            entry.usage_basis = "excludes_cache"
        elif prompt is not None:
            details = usage.get("prompt_tokens_details")
            entry.cache_read_tokens = whole_number(details.get("cached_tokens")) if isinstance(details, dict) else None
            entry.input_tokens = uncached_tokens(prompt, entry.cache_read_tokens)
            entry.usage_basis = "cache_subtracted"
        entry.output_tokens = output
        if entry.input_tokens is not None or output is not None:
            self.session.is_usage_reported = True

    def _add_call(self, block: dict[str, Any], entry: Entry) -> None:
        name, given = block["name"], block.get("input")
        if isinstance(given, dict) and given.keys() == {"_raw"} and isinstance(given["_raw"], str):
            # Arguments that were not JSON, which the exporter wraps.
            given = given["_raw"]
        arguments = tool_arguments(name, given if isinstance(given, dict | str) else None)
        call = ToolCall(
            place=entry.place,
            session_index=entry.session_index,
            entry_index=entry.entry_index,
            call_index=sum(1 for _ in self._calls_of(entry)),
            tool_call_id=_string(block.get("id")),
            tool_name=name,
            sub_command=arguments.sub_command,
            arguments=arguments.arguments,
            command=arguments.command,
            path_argument=arguments.path_argument,
            pattern_argument=arguments.pattern_argument,
            working_directory=arguments.working_directory,
        )
        self.calls.append(call)
        if call.tool_call_id is not None:
            # Some servers number the calls of each answer anew: a result belongs to the latest call of its id.
            self._open[call.tool_call_id] = call, arguments

    def _calls_of(self, entry: Entry) -> Iterator[ToolCall]:
        for call in reversed(self.calls):
            if call.entry_index != entry.entry_index:
                return
            yield call

    def _set_result(self, block: dict[str, Any]) -> None:
        call, arguments = self._open.pop(_string(block.get("tool_use_id")) or "", (None, None))
        if call is None or arguments is None:
            return
        text, flag = _text(block.get("content")), block.get("is_error")
        call.has_result = True
        call.result_text = text
        call.result_length = None if text is None else len(text)
        call.is_error = flag if isinstance(flag, bool) else text is not None and text.startswith(_ERROR_PREFIX)
        if not call.is_error:
            self.edits += self._files.take(call, arguments, text)


def _entry_type(text: str | None) -> str:
    return next((entry_type for prefix, entry_type in _INJECTED if prefix.match(text or "")), "message")


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _text(content: Any) -> str | None:
    """A content that is a string, or the text parts of one that is a list; None where there is none."""
    if isinstance(content, list):
        texts = [part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str)]
        return "\n".join(texts) if texts else None
    return _string(content)
