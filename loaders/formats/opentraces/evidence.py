"""What an OpenTraces record says beside its steps: lines and patches, commits, outcome, compactions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from loaders.formats.harbor.fields import whole_number
from loaders.formats.opentraces.fields import Attribution, Outcome, Range, TraceRecord
from loaders.tables import Entry, FileEdit, Judgement, Session, SessionEvent, ToolCall, VcsEvidence
from loaders.values import utc

_STEP_NUMBER = re.compile(r"step_(\d{1,9})\Z")
_HOOK_TRIGGER = "hook"


class Landed(Protocol):
    """What is needed of a stream that has been read."""

    session: Session
    entries: list[Entry]
    calls: list[ToolCall]
    edits: list[FileEdit]
    entry_of_step: dict[int, Entry]


class _Calls:
    """The calls of a record, by id and by step."""

    def __init__(self, readers: Sequence[Landed]) -> None:
        self.of_id: dict[str, ToolCall] = {}
        self._of_entry: dict[tuple[int, int], list[ToolCall]] = {}
        self._entry_of_step: dict[int, Entry] = {}
        for reader in readers:
            for call in reader.calls:
                self.of_id.setdefault(call.tool_call_id or "", call)
                self._of_entry.setdefault((call.session_index, call.entry_index), []).append(call)
            for step_index, entry in reader.entry_of_step.items():
                self._entry_of_step.setdefault(step_index, entry)
        self.of_id.pop("", None)

    def of_step(self, step_index: int, path: str | None) -> ToolCall | None:
        """The call of a step that names the path, else its only call."""
        entry = self._entry_of_step.get(step_index)
        calls = self._of_entry.get((entry.session_index, entry.entry_index), []) if entry is not None else []
        named = [call for call in calls if path is not None and _is_same_file(call.path_argument, path)]
        return (named or calls)[0] if named or len(calls) == 1 else None


def attributed_edits(record: TraceRecord[Any], readers: Sequence[Landed], place: str) -> Iterator[FileEdit]:
    """Edits that the calls themselves do not show: of the attribution, then patches, for calls without any edit.

    Sets the lines of a call's own edit where the attribution knows them and the call does not.
    """
    shown: dict[tuple[int, int, int], list[FileEdit]] = {}
    for reader in readers:
        for own in reader.edits:
            shown.setdefault((own.session_index, own.entry_index, own.call_index), []).append(own)
    counts: dict[tuple[int, int, int], int] = {}
    calls = _Calls(readers)

    def edit(call: ToolCall, path: str, edit_place: str) -> FileEdit | None:
        key = call.session_index, call.entry_index, call.call_index
        if key in shown or call.is_error is True or not call.has_result:
            return None
        counts[key] = counts.get(key, -1) + 1
        return FileEdit(
            place=edit_place,
            session_index=call.session_index,
            entry_index=call.entry_index,
            call_index=call.call_index,
            edit_index=counts[key],
            path=path,
            operation="patch",
            range_basis="unknown",
        )

    attribution = record.attribution or Attribution()
    for file_number, file in enumerate(attribution.files or ()):
        for conversation_number, conversation in enumerate(file.conversations or ()):
            number = _STEP_NUMBER.search(conversation.url or "")
            call = None if number is None else calls.of_step(int(number[1]), file.path)
            if call is None or file.path is None:
                continue
            at = f"{place}/attribution/files/{file_number}/conversations/{conversation_number}"
            own_edits = shown.get((call.session_index, call.entry_index, call.call_index), [])
            for range_number, lines in enumerate(conversation.ranges or ()):
                is_exact = attribution.experimental is False or lines.confidence == "high"
                made = edit(call, file.path, f"{at}/ranges/{range_number}")
                if made is not None:
                    _set_lines(made, lines, is_exact=is_exact)
                    yield made
                elif len(own_edits) == len(conversation.ranges or ()) == 1:
                    _place_edit(own_edits[0], lines, is_exact=is_exact)
    shown.update({key: [] for key in counts})
    for patch_number, patch in enumerate(record.patches or ()):
        patched = calls.of_id.get(patch.tool_call_id or "")
        if patched is None and patch.tool_call_id is None and patch.step_index is not None:
            patched = calls.of_step(patch.step_index, patch.file_path)
        if patched is None or patch.file_path is None:
            continue
        made = edit(patched, patch.file_path, f"{place}/patches/{patch_number}")
        if made is not None:
            yield made


def _set_lines(edit: FileEdit, lines: Range, *, is_exact: bool) -> None:
    """Lines of a range where they can be trusted: for a file that it has not seen the exporter counts from 1."""
    start, end = lines.start_line, lines.end_line
    if is_exact and start is not None and end is not None and 1 <= start <= end:
        edit.range_basis = "exact"
        edit.start_line, edit.end_line = start, end
        edit.new_length = end - start + 1


def _place_edit(edit: FileEdit, lines: Range, *, is_exact: bool) -> None:
    """Lines of an edit that names its texts and not its place, where the range is as long as the new text."""
    start, end, old_length = lines.start_line, lines.end_line, edit.old_length
    if edit.range_basis != "unknown" or not is_exact or start is None or end is None or old_length is None:
        return
    if start >= 1 and end - start + 1 == edit.new_length:
        edit.range_basis, edit.start_line, edit.end_line = "exact", start, start + old_length - 1


def _is_same_file(one: str | None, other: str) -> bool:
    return one is not None and (one == other or one.endswith(f"/{other}") or other.endswith(f"/{one}"))


def compactions(record: TraceRecord[Any], main: Landed, place: str) -> Iterator[SessionEvent]:
    """Compactions, which importers list apart from the steps: by their time, else at the summaries, else at the end."""
    listed = record.metadata.compaction_events if record.metadata is not None else None
    events = [
        (f"{place}/metadata/compaction_events/{number}", event)
        for number, event in enumerate(listed if isinstance(listed, list) else ())
        if isinstance(event, dict)
    ]
    told = [event for event in events if event[1].get("trigger") != _HOOK_TRIGGER]
    # A hook reports once more what the session itself has told.
    events = told or events
    if not main.entries:
        return
    summaries = [entry for entry in main.entries if entry.entry_type == "compaction_summary"]
    for number, (at, event) in enumerate(events):
        occurred_at = utc(_string(event.get("timestamp")))
        entry = main.entries[-1]
        if occurred_at is not None:
            before = (entry for entry in main.entries if entry.occurred_at and entry.occurred_at <= occurred_at)
            entry = max(before, key=lambda found: found.entry_index, default=main.entries[0])
        elif len(summaries) == len(events):
            entry = summaries[number]
        yield SessionEvent(
            place=at,
            session_index=main.session.session_index,
            entry_index=entry.entry_index,
            event_type="compaction",
            occurred_at=occurred_at,
            tokens_before=whole_number(event.get("tokens_before", event.get("pre_tokens"))),
            detail=_string(event.get("trigger")),
        )


def vcs_evidence(record: TraceRecord[Any], session: Session, place: str) -> Iterator[VcsEvidence]:
    """Commits that the exporter connects with the session."""
    outcome = record.outcome or Outcome()
    if outcome.committed or outcome.commit_sha:
        yield VcsEvidence(
            place=f"{place}/outcome",
            evidence="outcome",
            native_session_id=session.native_session_id,
            repository_url=session.repository_url,
            branch=session.git_branch,
            commit=outcome.commit_sha,
            is_committed=True,
        )
    for number, link in enumerate(record.git_links or ()):
        yield VcsEvidence(
            place=f"{place}/git_links/{number}",
            evidence="git_link",
            native_session_id=session.native_session_id,
            repository_url=link.repo_url,
            branch=link.branch,
            commit=link.revision,
            tier=link.tier,
            is_commit_reachable=link.commit_reachable,
            is_content_alive=link.content_alive,
        )
    for number, patch in enumerate(record.patches or ()):
        if patch.anchor is not None and patch.anchor.found:
            yield VcsEvidence(
                place=f"{place}/patches/{number}/anchor",
                evidence="git_link",
                native_session_id=session.native_session_id,
                repository_url=session.repository_url,
                commit=patch.anchor.commit_sha,
                path=patch.anchor.path or patch.file_path,
                tier=patch.anchor.evidence_tier,
            )


def judgements(record: TraceRecord[Any], session: Session, place: str) -> Iterator[Judgement]:
    """What the exporter holds of the outcome: success, how it ended, a reward."""
    outcome = record.outcome or Outcome()
    judge = "/".join(part for part in (outcome.signal_source, outcome.signal_confidence) if part) or None

    def judgement(signal: str, key: str, value: str | None, score: float | None, judged_by: str | None) -> Judgement:
        return Judgement(
            place=f"{place}/outcome/{key}",
            native_session_id=session.native_session_id,
            signal=signal,
            value=value,
            score=score,
            judge=judged_by,
        )

    if outcome.success is not None:
        text, score = ("true", 1.0) if outcome.success else ("false", 0.0)
        yield judgement("outcome_success", "success", text, score, judge)
    if outcome.terminal_state is not None:
        yield judgement("terminal_state", "terminal_state", outcome.terminal_state, None, judge)
    if outcome.reward is not None:
        yield judgement("reward", "reward", None, outcome.reward, outcome.reward_source or judge)


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) else None
