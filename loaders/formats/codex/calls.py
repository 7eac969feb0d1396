"""The tool calls of one Codex rollout with their results, and the changes that they made to files."""

from __future__ import annotations

from typing import Any, NamedTuple

from loaders.formats.codex.lines import Payload, Step, parts_of, table, text_of
from loaders.formats.codex.output import Details, Output, details_of, output_of, shown_by
from loaders.formats.shared.apply_patch import (
    BEGIN,
    diff_changes,
    file_key,
    parse_patch,
    patch_edits,
    patches_of_command,
)
from loaders.formats.shared.file_contents import Change, FileContents, edit_records
from loaders.formats.shared.telemetry import tool_arguments
from loaders.tables import Entry, FileEdit, ToolCall

_HOSTED = frozenset({"web_search_call", "image_generation_call"})
"""Tools that run where the model runs: no result follows, the item's status tells the end."""
_NO_DETAILS = Details()
_PATCH_TOOLS = ("apply_patch", "applypatch")
_APPLIED = ("Success. Updated the following files", "Done!")


class _Call(NamedTuple):
    record: ToolCall
    patches: list[str]
    directory: str | None


class Calls:
    """The calls of a rollout in the order in which they were asked for."""

    def __init__(self) -> None:
        self.calls: list[ToolCall] = []
        self.edits: list[FileEdit] = []
        self._counts: dict[int, int] = {}
        self._by_id: dict[str, _Call] = {}
        self._without_id: list[_Call] = []
        self._details: dict[str, Details] = {}
        self._contents = FileContents()

    def foresee(self, step: Step) -> None:
        """Keep what an event tells of a call, whose result may stand before it."""
        told = details_of(step)
        if told is not None:
            self._details[told[0]] = told[1]

    def add(self, step: Step, entry: Entry, directory: str | None) -> None:
        """A call on the entry of the answer that asks for it. directory: the one that the session works in."""
        payload = step.payload
        name = _tool_name(payload, step.kind)
        arguments = tool_arguments(name, _arguments(payload, step.kind))
        call_index = self._counts.get(entry.entry_index, 0)
        self._counts[entry.entry_index] = call_index + 1
        call_id = text_of(payload.call_id)
        record = ToolCall(
            place=step.place,
            entry_index=entry.entry_index,
            call_index=call_index,
            tool_call_id=call_id if call_id is not None else text_of(payload.id),
            tool_name=name,
            sub_command=arguments.sub_command,
            arguments=arguments.arguments,
            command=arguments.command,
            path_argument=arguments.path_argument,
            pattern_argument=arguments.pattern_argument,
            working_directory=arguments.working_directory,
            called_at=step.at,
        )
        if step.kind in _HOSTED and payload.status in ("completed", "failed"):
            record.has_result, record.result_at = True, step.at
            record.is_error, record.is_rejected = payload.status == "failed", False
        self.calls.append(record)
        where = file_key(arguments.working_directory, directory) if arguments.working_directory else directory
        call = _Call(record, _patches(payload, name, arguments.values, arguments.command), where)
        if call_id is not None:
            self._by_id[call_id] = call
        elif step.kind not in _HOSTED:
            self._without_id.append(call)

    def answer(self, step: Step) -> ToolCall | None:
        """Put a result on its call and note what the call changed; the call, None where there is none to answer."""
        call_id = text_of(step.payload.call_id)
        if call_id is not None:
            call = self._by_id.get(call_id)
        else:
            call = next((each for each in self._without_id if not each.record.has_result), None)
        if call is None or call.record.has_result:
            return None
        output, record = output_of(step.payload), call.record
        details = self._details.get(call_id or "", _NO_DETAILS)
        record.has_result, record.result_at = True, step.at
        record.result_text = output.text
        record.result_length = None if output.text is None else len(output.text)
        record.is_result_truncated = output.is_truncated
        record.exit_code = output.exit_code if output.exit_code is not None else details.exit_code
        record.duration_s = output.duration_s if output.duration_s is not None else details.duration_s
        record.is_error = details.is_error if details.is_error is not None else output.is_error
        record.is_rejected = details.is_declined or output.is_rejection
        self._change(call, output, details, step.place)
        return record

    def finish(self) -> None:
        """Note the changes of calls that no result answers, where an event says that they were made."""
        for call_id, call in self._by_id.items():
            details = self._details.get(call_id)
            if not call.record.has_result and details is not None and details.is_error is False and details.changes:
                self._apply(call, details.changes, call.record.place)

    def _change(self, call: _Call, output: Output, details: Details, place: str) -> None:
        record = call.record
        if record.is_rejected or record.is_error:
            return
        if details.changes is not None:
            self._apply(call, details.changes, place)
        elif call.patches:
            said = output.text or ""
            if record.exit_code == 0 or (record.exit_code is None and any(text in said for text in _APPLIED)):
                for patch in call.patches:
                    edits = patch_edits(record, parse_patch(patch), self._contents, place, call.directory)
                    self._keep(record, edits)
        elif (shown := shown_by(record.command, output)) is not None:
            key = file_key(shown.path, call.directory)
            self._contents.read(key, shown.text, shown.first_line, is_whole=shown.is_whole)

    def _apply(self, call: _Call, changes: dict[str, Any], place: str) -> None:
        """What the event at the end of a patch says that it did."""
        for path, change in changes.items():
            told = table(change)
            kind = text_of(told.get("type"))
            if kind is None:
                kind = next((key for key in ("add", "delete", "update") if isinstance(told.get(key), dict)), None)
                told = table(told.get(kind)) if kind is not None else {}
            content, diff = text_of(told.get("content")), text_of(told.get("unified_diff"))
            key = file_key(path, call.directory)
            found: list[Change] = []
            operation = "patch"
            if kind == "add" and content is not None:
                operation, found = "create", self._contents.write(key, content, is_new=True)
            elif kind == "delete":
                operation, found = "delete", self._contents.delete(key)
                if content is not None:
                    found = [Change(1, content.removesuffix("\n").split("\n") if content else [], [], "exact")]
            elif kind == "update" and diff is not None:
                found = diff_changes(diff)
                self._contents.apply(key, found)
                if (moved := text_of(told.get("move_path"))) is not None:
                    self._contents.move(key, file_key(moved, call.directory))
            self._keep(call.record, list(edit_records(call.record, path, operation, found, place)))

    def _keep(self, record: ToolCall, edits: list[FileEdit]) -> None:
        last = self.edits[-1] if self.edits else None
        is_same = last is not None and (last.entry_index, last.call_index) == (record.entry_index, record.call_index)
        for index, edit in enumerate(edits, start=last.edit_index + 1 if last is not None and is_same else 0):
            edit.edit_index = index
            self.edits.append(edit)


def _tool_name(payload: Payload, kind: str) -> str:
    return text_of(payload.name) or text_of(table(payload.function).get("name")) or kind


def _arguments(payload: Payload, kind: str) -> str | dict[str, Any] | None:
    """The arguments of a call of any kind, as text or object."""
    if kind == "image_generation_call":
        prompt = text_of(payload.revised_prompt)
        return None if prompt is None else {"revised_prompt": prompt}
    for value in (payload.arguments, payload.input, payload.action):
        if isinstance(value, str | dict):
            return value
    return None


def _patches(payload: Payload, name: str, values: dict[str, Any], command: str | None) -> list[str]:
    """The `*** Begin Patch` texts of a call of the patch tool, or of a shell command that calls it."""
    if name in _PATCH_TOOLS:
        texts = [text_of(payload.input), *(text_of(values.get(key)) for key in ("input", "patch"))]
        texts += parts_of(payload.arguments)
        return next(([text] for text in texts if text is not None and BEGIN in text and not text.startswith("{")), [])
    words = values.get("command")
    if isinstance(words, list) and len(words) == 2 and words[0] in _PATCH_TOOLS and isinstance(words[1], str):
        return [words[1]]
    return patches_of_command(command) if command is not None else []
