"""The entries of one Codex rollout: turns of the user, LLM calls, results, and what happens between them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from loaders.formats.codex.calls import Calls
from loaders.formats.codex.lines import (
    CALL_KINDS,
    Step,
    is_output,
    message_text,
    parts_of,
    table,
    text_of,
    user_type,
    uuid_time,
)
from loaders.formats.codex.outline import Outline
from loaders.formats.codex.usage import RunningTotal, Usage
from loaders.tables import Entry, SessionEvent

_TURN_ENDS = frozenset({"task_started", "task_complete", "turn_started", "turn_complete"})
_STOPS = frozenset({None, "interrupted", "replaced"})
"""Reasons of an aborted turn that are the user's doing."""


class _Answer:
    """The parts of one LLM call."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.has_usage = False
        self._said: list[str] = []
        self._thought: list[str] = []

    def take(self, at: datetime | None) -> None:
        """A part that was written at a time."""
        self.entry.occurred_at = at if at is not None else self.entry.occurred_at

    def say(self, text: str) -> None:
        self._said.append(text)
        self.entry.text = "\n".join(self._said)

    def think(self, text: str) -> None:
        if self.entry.thinking_block_lengths is not None:
            self.entry.thinking_block_lengths.append(len(text))
        if text:
            self._thought.append(text)
            self.entry.thinking_text = "\n\n".join(self._thought)

    def use(self, usage: Usage) -> None:
        usage.write(self.entry)
        self.has_usage = True


class Stream:
    """What the lines so far amount to. is_copy: whether the file may begin with the history of another thread."""

    def __init__(self, outline: Outline, calls: Calls, *, is_subagent: bool, is_copy: bool, own_id: str | None) -> None:
        self.entries: list[Entry] = []
        self.events: list[SessionEvent] = []
        self.calls = calls
        self.directory: str | None = None
        self.first_directory: str | None = None
        self._outline = outline
        self._prompt = "agent_prompt" if is_subagent else "message"
        self._user_texts = Counter(outline.user_texts)
        self._own_time = uuid_time(own_id) if is_copy else None
        self._is_copied: bool | None = None
        self._turns: list[int] = []
        """Where the turns of the user begin, those that were rolled back left out."""
        self._has_rollback = False
        self._model: str | None = None
        self._effort: str | None = None
        self._total = RunningTotal(is_copy=is_copy)
        self._open: _Answer | None = None
        self._uncounted: _Answer | None = None
        """The answer before, where no tokens were told for it yet."""
        self._early: tuple[Usage, Step] | None = None
        """Tokens that were told before any part of their call: older versions write the parts after the count."""

    def take(self, step: Step) -> None:
        """One line, in file order."""
        match step.group:
            case "response_item":
                self._take_item(step)
            case "event_msg":
                self._take_event(step)
            case "turn_context":
                self._take_context(step)
            case "compacted":
                self._compact(step, text_of(step.payload.message) or None)

    def finish(self) -> None:
        """After the last line."""
        self._end_turn()
        self.calls.finish()
        for entry in self.entries if self._has_rollback else ():
            entry.on_active_path = entry.on_active_path is not False

    def _take_item(self, step: Step) -> None:
        payload, kind = step.payload, step.kind
        if kind in CALL_KINDS:
            answer = self._answer(step)
            self.calls.add(step, answer.entry, self.directory)
        elif is_output(kind):
            self._take_output(step)
        elif kind == "reasoning":
            summary = [part for each in _listed(payload.summary) for part in parts_of(each)]
            self._answer(step).think("\n\n".join(_content(payload.content) or summary))
        elif kind == "message":
            text = message_text(step)
            if payload.role == "assistant":
                self._answer(step).say(text)
            elif payload.role == "user":
                self._take_user_item(step, text)
            else:
                self._close()
                self._entry(step, "instructions", "system", text)
        elif kind == "agent_message":
            self._close()
            self._entry(step, "agent_message", None, "\n".join(parts_of(payload.content)))

    def _take_user_item(self, step: Step, text: str) -> None:
        """An item in the role of the user: a repeated turn, or what Codex put into the context."""
        kind = user_type(text)
        if kind == "interrupt" and self._outline.has_aborts:
            return
        if kind is None and self._outline.has_user_turns:
            texts = {text.strip(), *(part.strip() for part in parts_of(step.payload.content))}
            if not texts.isdisjoint(self._outline.user_texts):
                return
            kind = "meta"
        if kind is None:
            self._user_turn(step, text)
            return
        self._close()
        entry = self._entry(step, kind, "user", text)
        if kind == "interrupt":
            self._event(step, entry, "interrupt")

    def _take_output(self, step: Step) -> None:
        self._close()
        entry = self._entry(step, "tool_result", "tool", None)
        call = self.calls.answer(step)
        if call is not None and call.is_rejected:
            self._event(step, entry, "rejection", detail=call.tool_name)

    def _take_event(self, step: Step) -> None:
        payload, kind = step.payload, step.kind
        if kind == "user_message":
            text = message_text(step)
            told = {"user_instructions": "environment", "environment_context": "environment"}
            other = told.get(payload.kind) if isinstance(payload.kind, str) else None
            if (other := other or user_type(text)) is None:
                self._user_turn(step, text)
            else:
                self._close()
                self._entry(step, other, "user", text)
        elif kind == "token_count":
            self._count(step)
        elif kind == "turn_aborted":
            self._end_turn()
            if payload.reason in _STOPS if isinstance(payload.reason, str | None) else False:
                self._event(step, self._entry(step, "interrupt", None, None), "interrupt", detail=payload.reason)
        elif kind == "context_compacted":
            if not self._outline.has_compacted_lines:
                self._compact(step, None)
        elif kind == "thread_rolled_back":
            self._roll_back(step)
        elif kind == "item_completed":
            self._take_completed(step)
        elif kind == "agent_message":
            if self._outline.speech == "event_msg":
                self._answer(step).say(message_text(step))
        elif kind in _TURN_ENDS:
            self._end_turn()
            self._note_turn(payload.turn_id)

    def _take_completed(self, step: Step) -> None:
        item = table(step.payload.item)
        text = "\n".join(parts_of(item.get("content")))
        if item.get("type") == "UserMessage":
            if self._user_texts[text.strip()] > 0:
                self._user_texts[text.strip()] -= 1
            elif (kind := user_type(text)) is not None:
                self._close()
                self._entry(step, kind, "user", text)
            else:
                self._user_turn(step, text)
        elif item.get("type") == "AgentMessage" and self._outline.speech == "item_completed":
            self._answer(step).say(text)

    def _take_context(self, step: Step) -> None:
        payload = step.payload
        self._note_turn(payload.turn_id)
        self.directory = text_of(payload.cwd) or self.directory
        self.first_directory = self.first_directory or self.directory
        model, effort = text_of(payload.model), text_of(payload.effort)
        if model is not None and model != self._model:
            self._close()
            entry = self._entry(step, "model_change", None, None)
            self._event(step, entry, "model_change", from_value=self._model, to_value=model)
            self._model = model
        if effort is not None and effort != self._effort:
            self._close()
            entry = self._entry(step, "thinking_level_change", None, None)
            self._event(step, entry, "thinking_level_change", from_value=self._effort, to_value=effort)
            self._effort = effort

    def _note_turn(self, turn_id: Any) -> None:
        """A turn that is older than the thread itself was copied with the history of another one."""
        turn_time = uuid_time(turn_id)
        if self._own_time is not None and turn_time is not None:
            self._is_copied = turn_time < self._own_time

    def _user_turn(self, step: Step, text: str) -> None:
        self._end_turn()
        self._turns.append(len(self.entries))
        self._entry(step, self._prompt, "user", text)

    def _roll_back(self, step: Step) -> None:
        """The newest turns of the user, and all since they began, are no part of the conversation any more."""
        self._end_turn()
        told = step.payload.num_turns
        count = min(told, len(self._turns)) if isinstance(told, int) and told > 0 else 0
        if count:
            for entry in self.entries[self._turns[-count] :]:
                entry.on_active_path = False
            del self._turns[-count:]
            self._has_rollback = True
        self._event(
            step, self._entry(step, "rollback", None, None), "rollback", detail=None if not count else str(count)
        )

    def _compact(self, step: Step, summary: str | None) -> None:
        self._end_turn()
        self._event(step, self._entry(step, "compaction", None, summary), "compaction")

    def _answer(self, step: Step) -> _Answer:
        """The LLM call that a part belongs to: the open one, else a new one."""
        answer = self._open
        if answer is None:
            answer = self._open = _Answer(self._call_entry(step))
            self._uncounted = None
            if self._early is not None:
                answer.use(self._early[0])
                self._early = None
        answer.take(step.at)
        return answer

    def _call_entry(self, step: Step) -> Entry:
        entry = self._entry(step, "message", "assistant", "")
        entry.is_llm_call, entry.model_id, entry.thinking_block_lengths = True, self._model, []
        return entry

    def _count(self, step: Step) -> None:
        """Tokens of the open call, or of the one before whose parts a result has ended, else of the one to come."""
        usage = self._total.take(step.payload.info)
        if usage is None:
            return
        answer = self._open if self._open is not None else self._uncounted
        if answer is not None and not answer.has_usage:
            answer.use(usage)
            self._open = self._uncounted = None
        else:
            self._close()
            self._count_early()
            self._early = usage, step

    def _count_early(self) -> None:
        """Tokens of a call of which no part was written."""
        if self._early is not None:
            usage, step = self._early
            self._early = None
            entry = self._call_entry(step)
            entry.text = None
            usage.write(entry)

    def _close(self) -> None:
        if self._open is not None:
            self._uncounted = None if self._open.has_usage else self._open
            self._open = None

    def _end_turn(self) -> None:
        self._close()
        self._uncounted = None
        self._count_early()

    def _entry(self, step: Step, entry_type: str, role: str | None, text: str | None) -> Entry:
        entry = Entry(
            place=step.place,
            entry_index=len(self.entries),
            is_copied_context=self._is_copied,
            entry_type=entry_type,
            role=role,
            occurred_at=step.at,
            text=text,
        )
        self.entries.append(entry)
        return entry

    def _event(
        self,
        step: Step,
        entry: Entry,
        event_type: str,
        *,
        from_value: str | None = None,
        to_value: str | None = None,
        detail: str | None = None,
    ) -> None:
        self.events.append(
            SessionEvent(
                place=step.place,
                entry_index=entry.entry_index,
                event_type=event_type,
                occurred_at=step.at,
                from_value=from_value,
                to_value=to_value,
                detail=detail,
            )
        )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _content(value: Any) -> list[str]:
    return parts_of(value) if value is not None else []
