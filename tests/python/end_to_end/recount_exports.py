"""Recounts of conversations that an exporter or a converter wrote down: hermes, OpenTraces, swival."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.python.end_to_end.recount import Json, SessionCounts, read_objects


def hermes_export(path: Path) -> list[SessionCounts]:
    """Sessions as `hermes sessions export` writes them, one a line, with the tokens of the whole session."""
    found = []
    for record in read_objects(path)[0]:
        counts = SessionCounts(record["id"], compactions=None)
        for message in record["messages"]:
            if message["role"] in ("user", "assistant"):
                counts.speakers.append("user" if message["role"] == "user" else "agent")
                counts.steps += message["role"] == "assistant"
            if message["role"] == "tool":
                counts.add_result("", is_error=_is_hermes_error(message["content"]))
            calls = message.get("tool_calls") or []
            calls = json.loads(calls) if isinstance(calls, str) else calls
            counts.tool_calls.update(call["function"]["name"] for call in calls)
        names = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")
        counts.add_tokens(record, **{name: name for name in names})
        found.append(counts)
    return found


def hermes_trajectory(path: Path) -> list[SessionCounts]:
    """Trajectories in the ShareGPT way, one a line, without ids, clocks and tokens."""
    found = []
    for record in read_objects(path)[0]:
        counts = SessionCounts(record.get("id") or "", compactions=None, models=None)
        for turn in record["conversations"]:
            if turn["from"] == "human":
                counts.speakers.append("user")
            elif turn["from"] == "gpt":
                counts.speakers.append("agent")
                counts.steps += 1
                said = turn["value"].partition("</think>")[2]
                counts.tool_calls.update(call["name"] for call in _tagged(said, "tool_call"))
            elif turn["from"] == "tool":
                for each in _tagged(turn["value"], "tool_response"):
                    counts.add_result("", is_error=_is_hermes_error(each["content"]))
        found.append(counts)
    return found


def _tagged(text: str, tag: str) -> Iterator[Json]:
    decoder = json.JSONDecoder()
    position = 0
    while match := re.compile(rf"^<{tag}>\s*(?=\{{)", re.MULTILINE).search(text, position):
        value, position = decoder.raw_decode(text, match.end())
        yield value


def _is_hermes_error(content: object) -> bool:
    if isinstance(content, dict):
        code = content.get("exit_code")
        return content.get("error") is not None or content.get("success") is False or code not in (None, 0)
    return isinstance(content, str) and content.startswith("Error")


def opentraces(path: Path) -> list[SessionCounts]:
    """TraceRecords, one a line; steps of sub-agents are a stream of their own."""
    found = []
    for record in read_objects(path)[0]:
        for is_subagent in (False, True):
            steps = [step for step in record["steps"] if (step.get("call_type") == "subagent") == is_subagent]
            if steps or not is_subagent:
                found.append(_opentraces_stream(record, steps, is_subagent=is_subagent))
    return found


def _opentraces_stream(record: Json, steps: Sequence[Json], *, is_subagent: bool) -> SessionCounts:
    events = record["metadata"].get("compaction_events")
    counts = SessionCounts(
        record["trace_id"], compactions=None if events is None else len(events), is_subagent=is_subagent
    )
    usages: list[Json] = []
    before: tuple[int, ...] = ()
    for step in steps:
        # what a user ran in the shell is a step of the user that observes its output
        if step["role"] == "user" and not step.get("observations"):
            counts.speakers.append("user")
        if step["role"] != "agent":
            before = ()
            continue
        counts.speakers.append("agent")
        counts.set_model(step.get("model"))
        counts.tool_calls.update(call["tool_name"] for call in step.get("tool_calls") or [])
        for each in step.get("observations") or []:
            if each.get("error") != "no_result":
                counts.add_result(each.get("content") or "", is_error=each.get("error") is not None)
        usage = step["token_usage"]
        prompt = tuple(usage[name] for name in ("input_tokens", "cache_read_tokens", "cache_write_tokens"))
        # chunks of one streamed message repeat its prompt, and the last one tells its output
        if any(prompt) and prompt == before:
            usages[-1] = usage
        elif step.get("model") != "<synthetic>":
            usages.append(usage)
        before = prompt
    counts.steps = len(usages)
    for usage in usages:
        if any(usage.values()):
            names = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")
            counts.add_tokens(usage, **{name: name for name in names})
    if counts.input_tokens is None and not is_subagent:
        _add_totals(counts, record)
    return counts


def _add_totals(counts: SessionCounts, record: Json) -> None:
    """The tokens of a whole record whose steps tell none; Codex counts cached tokens as input."""
    totals = record["metrics"]
    if any(totals[name] for name in ("total_input_tokens", "total_output_tokens")):
        if record["agent"]["name"].startswith("codex"):
            totals = {**totals, "total_input_tokens": totals["total_input_tokens"] - totals["total_cache_read_tokens"]}
        counts.add_tokens(
            totals,
            input_tokens="total_input_tokens",
            output_tokens="total_output_tokens",
            cache_read_tokens="total_cache_read_tokens",
            cache_write_tokens="total_cache_creation_tokens",
        )


def swival_trace(path: Path) -> list[SessionCounts]:
    """A trace of swival: usage is empty, compactions are not marked."""
    lines, bad = read_objects(path)
    counts = SessionCounts(lines[0]["sessionId"], compactions=None, bad_lines=bad)
    for line in lines:
        content = (line.get("message") or {}).get("content")
        if line["type"] == "user" and isinstance(content, str):
            counts.speakers.append("user")
        elif line["type"] == "user":
            for block in (block for block in content or [] if block["type"] == "tool_result"):
                counts.add_result("", is_error=block["is_error"])
        elif line["type"] == "assistant":
            counts.speakers.append("agent")
            counts.steps += 1
            counts.set_model(line["message"]["model"])
            counts.tool_calls.update(block["name"] for block in content or [] if block["type"] == "tool_use")
    return [counts]
