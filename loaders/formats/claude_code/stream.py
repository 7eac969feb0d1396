"""One stream of a Claude Code session file: the conversation, or that of a sub-agent, as landed records."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from loaders.formats.claude_code.calls import Calls
from loaders.formats.claude_code.kinds import PROMPT, queued_entry, system_entry, user_entry
from loaders.formats.claude_code.lines import Block, Details, Line, Usage, blocks, details
from loaders.formats.claude_code.tree import ANNOTATIONS, TURNS, Node, Tree
from loaders.tables import Entry, FileEdit, Record, SessionEvent, ToolCall, VcsEvidence
from loaders.values import utc

SYNTHETIC = "<synthetic>"
"""Model of the messages that Claude Code writes in the agent's name; no model was asked for them."""

_FOR_TOOL_USE = "[Request interrupted by user for tool use"


class Context(NamedTuple):
    """The fields of a line that are about its session."""

    session_id: str | None
    forked_from: str | None
    agent_id: str | None
    working_directory: str | None
    git_branch: str | None
    agent_version: str | None
    origin: str | None


class Stream:
    """What the lines of one stream read so far amount to; they are given in file order."""

    def __init__(self, is_subagent: bool) -> None:
        self.is_subagent = is_subagent
        self.entries: list[Entry] = []
        self.contexts: list[Context] = []
        """Of each entry what its first line says of the session."""
        self.calls = Calls()
        self.events: list[SessionEvent] = []
        self.git_links: list[VcsEvidence] = []
        self.tree = Tree()
        self.permission_mode: str | None = None
        self.effort: str | None = None
        self._messages: dict[tuple[str, str | None], Entry] = {}
        self._by_uuid: dict[str, Entry] = {}
        self._is_interrupt_told = False

    def take(self, line: Line, place: str) -> None:
        """One line."""
        match line.type:
            case "assistant":
                self._take_answer(line, place)
            case "user":
                self._take_user(line, place)
            case "system":
                entry_type, role, text = system_entry(line)
                entry = self._add(line, place, entry_type, role, text)
                if entry_type == "compaction":
                    self._note_compaction(line, entry)
            case "attachment":
                self._take_attachment(line, place)
            case kind:
                self._add(line, place, kind if kind and kind != PROMPT else "unknown", None, None)

    def finish(self, session_index: int) -> None:
        """Set what only the whole stream tells: index, parents, active path, branches."""
        active = self.tree.active_entries()
        for entry in self.entries:
            entry.parent_entry_id = self.tree.entry_parent(entry.parent_entry_id)
            if entry.entry_id is not None:
                entry.on_active_path = entry.entry_index in active
        for index in self.tree.branches():
            self._event(self.entries[index], "branch", from_value=self.entries[index].parent_entry_id)
        self.events.sort(key=lambda event: event.entry_index)
        records: list[Entry | ToolCall | FileEdit | SessionEvent]
        records = [*self.entries, *self.calls.calls, *self.calls.edits, *self.events]
        for record in records:
            record.session_index = session_index

    def records(self) -> list[Record]:
        """The rows of the stream beside its session."""
        return [*self.entries, *self.calls.calls, *self.calls.edits, *self.events, *self.git_links]

    def _take_user(self, line: Line, place: str) -> None:
        entry_type, text = user_entry(line)
        entry_type = self._prompt_type(entry_type)
        entry = self._add(line, place, entry_type, "tool" if entry_type == "tool_result" else "user", text)
        if entry.role == "user":
            entry.message_at = entry.occurred_at
        if entry_type == "tool_result":
            self._take_results(line, entry)
        elif entry_type == "interrupt":
            self._note_interrupt(entry, "tool_use" if text and text.lstrip().startswith(_FOR_TOOL_USE) else None)
        elif entry_type in TURNS:
            self._is_interrupt_told = False
            self._messages.clear()
        self._note_permission_mode(line, entry)

    def _take_attachment(self, line: Line, place: str) -> None:
        attachment = line.attachment
        if attachment is None or attachment.type != "queued_command":
            self._add(line, place, "attachment", None, None)
            if attachment is not None:
                self.calls.files.take_attachment(attachment)
            return
        entry_type, text = queued_entry(attachment)
        entry_type = self._prompt_type(entry_type)
        entry = self._add(line, place, entry_type, None if entry_type == "attachment" else "user", text)
        if entry.role == "user":
            entry.message_at = utc(attachment.timestamp, unit="ms") or entry.occurred_at

    def _prompt_type(self, entry_type: str) -> str:
        """A sub-agent is spoken to by the agent that started it."""
        return "agent_prompt" if entry_type == PROMPT and self.is_subagent else entry_type

    def _take_answer(self, line: Line, place: str) -> None:
        message = line.message
        key = (message.id, line.request_id) if message is not None and message.id else None
        is_synthetic = message is not None and message.model == SYNTHETIC
        entry = self._messages.get(key) if key is not None and not is_synthetic else None
        is_first = entry is None
        if entry is None:
            entry = self._add(line, place, "message", "assistant", None)
            entry.is_llm_call = message is not None and not is_synthetic and not line.is_api_error_message
            entry.is_error = line.is_api_error_message is True
            entry.thinking_block_lengths = []
            if key is not None and not is_synthetic:
                self._messages[key] = entry
        else:
            self._grow(entry, line)
        if message is None:
            return
        if message.content is not None and entry.text is None:
            entry.text = ""
        entry.message_id = message.id or entry.message_id
        if not is_synthetic:
            entry.model_id = message.model or entry.model_id
            entry.cost_usd = line.cost_usd if line.cost_usd is not None else entry.cost_usd
            if message.usage is not None:
                _set_usage(entry, message.usage)
        entry.stop_reason = message.stop_reason or entry.stop_reason
        called_at = utc(line.timestamp, unit="ms")
        for block in blocks(message.content):
            self._take_block(block, entry, called_at, place)
        if is_first:
            self._is_interrupt_told = False
        if line.effort is not None and line.effort != self.effort:
            self._event(entry, "thinking_level_change", from_value=self.effort, to_value=line.effort)
            self.effort = line.effort

    def _grow(self, entry: Entry, line: Line) -> None:
        """A later line of an API message: it was written when that line was."""
        occurred_at = utc(line.timestamp, unit="ms")
        entry.occurred_at = max((at for at in (entry.occurred_at, occurred_at) if at is not None), default=None)
        if line.uuid is not None:
            self._by_uuid.setdefault(line.uuid, entry)
            self._add_node(line, entry, is_first=False)

    def _take_block(self, block: Block, entry: Entry, called_at: datetime | None, place: str) -> None:
        lengths = entry.thinking_block_lengths
        if block.type == "text" and block.text is not None:
            entry.text = block.text if not entry.text else f"{entry.text}\n{block.text}"
        elif block.type in ("thinking", "redacted_thinking") and lengths is not None:
            thought = block.thinking or ""
            lengths.append(len(thought))
            if thought:
                entry.thinking_text = f"{entry.thinking_text}\n\n{thought}" if entry.thinking_text else thought
        elif block.type in ("tool_use", "server_tool_use", "mcp_tool_use") and block.name is not None:
            self.calls.add(block, block.name, entry, called_at, place)

    def _take_results(self, line: Line, entry: Entry) -> None:
        found = details(line.tool_use_result)
        parts = blocks(line.message.content if line.message is not None else None)
        results = [part for part in parts if part.type == "tool_result"]
        asked = self._by_uuid.get(line.source_tool_assistant_uuid or line.parent_uuid or "")
        for block in results:
            # The details are those of the only result of the line.
            own = found if len(results) == 1 else Details()
            call, is_rejected = self.calls.answer(block, own, line, entry, asked)
            name = call.tool_name if call is not None else None
            if is_rejected:
                self._event(entry, "rejection", detail=name)
            if own.interrupted or line.tool_denial_kind == "interrupted":
                self._note_interrupt(entry, name)
            self._note_commit(own, line, entry)
        if entry.text is not None and entry.text.lstrip().startswith("[Request interrupted by user"):
            self._note_interrupt(entry, "tool_use" if entry.text.lstrip().startswith(_FOR_TOOL_USE) else None)

    def _add(self, line: Line, place: str, entry_type: str, role: str | None, text: str | None) -> Entry:
        entry = Entry(
            place=place,
            entry_index=len(self.entries),
            entry_id=line.uuid,
            parent_entry_id=line.parent_uuid or None,
            entry_type=entry_type,
            role=role,
            occurred_at=utc(line.timestamp, unit="ms"),
            text=text,
            is_llm_call=False,
        )
        self.entries.append(entry)
        forked_from = line.forked_from.session_id if line.forked_from is not None else None
        self.contexts.append(
            Context(
                line.session_id,
                forked_from,
                line.agent_id,
                line.cwd,
                line.git_branch,
                line.version,
                line.entrypoint or line.user_type,
            )
        )
        if line.uuid is not None:
            self._by_uuid.setdefault(line.uuid, entry)
            self._add_node(line, entry, is_first=True)
        return entry

    def _add_node(self, line: Line, entry: Entry, *, is_first: bool) -> None:
        if line.uuid is None:
            return
        is_turn = entry.entry_type in TURNS
        is_note = entry.entry_type in ANNOTATIONS or entry.role == "system"
        self.tree.add(
            Node(
                uuid=line.uuid,
                parent=line.parent_uuid or None,
                entry_index=entry.entry_index,
                is_first=is_first,
                is_turn=is_turn,
                is_annotation=is_note and not is_turn,
                is_root=line.parent_uuid is None,
                logical_parent=line.logical_parent_uuid,
            )
        )

    def _event(
        self,
        entry: Entry,
        event_type: str,
        *,
        from_value: str | None = None,
        to_value: str | None = None,
        detail: str | None = None,
    ) -> SessionEvent:
        event = SessionEvent(
            place=entry.place,
            entry_index=entry.entry_index,
            event_type=event_type,
            occurred_at=entry.occurred_at,
            from_value=from_value,
            to_value=to_value,
            detail=detail,
        )
        self.events.append(event)
        return event

    def _note_interrupt(self, entry: Entry, detail: str | None) -> None:
        """One stop of the user's is told by a result, by a line of its own, or by both."""
        if not self._is_interrupt_told:
            self._event(entry, "interrupt", detail=detail)
        self._is_interrupt_told = entry.entry_type != "interrupt"

    def _note_compaction(self, line: Line, entry: Entry) -> None:
        told = line.compact_metadata
        event = self._event(entry, "compaction", detail=told.trigger if told is not None else None)
        if told is not None:
            event.tokens_before, event.tokens_after = told.pre_tokens, told.post_tokens
            kept = told.preserved_segment
            if kept is not None and kept.head_uuid is not None and kept.anchor_uuid is not None:
                self.tree.link(kept.head_uuid, kept.anchor_uuid)

    def _note_permission_mode(self, line: Line, entry: Entry) -> None:
        mode = line.permission_mode
        if mode is not None and mode != self.permission_mode:
            self._event(entry, "permission_mode_change", from_value=self.permission_mode, to_value=mode)
            self.permission_mode = mode

    def _note_commit(self, found: Details, line: Line, entry: Entry) -> None:
        commit = found.git_operation.commit if found.git_operation is not None else None
        if commit is not None and commit.sha:
            self.git_links.append(
                VcsEvidence(
                    place=entry.place,
                    evidence="git_link",
                    branch=line.git_branch or None,
                    commit=commit.sha,
                    occurred_at=entry.occurred_at,
                )
            )


def _set_usage(entry: Entry, usage: Usage) -> None:
    entry.input_tokens = usage.input_tokens
    entry.cache_read_tokens = usage.cache_read_input_tokens
    entry.cache_write_tokens = usage.cache_creation_input_tokens
    entry.output_tokens = usage.output_tokens
    thinking = usage.output_tokens_details
    entry.reasoning_tokens = thinking.thinking_tokens if thinking is not None else None
    entry.usage_basis = "excludes_cache"
