"""Recounts of the session files that agents write themselves: pi, Claude Code, Codex."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.python.end_to_end.recount import Json, SessionCounts, read_objects, text_of


def pi_session(path: Path) -> list[SessionCounts]:
    """A session file of pi or of one of its derivatives."""
    lines, bad = read_objects(path)
    header = next((line for line in lines if line["type"] == "session"), {})
    counts = SessionCounts(header.get("id", ""), bad_lines=bad)
    entries = [line for line in lines if line["type"] != "session"]
    # a header that is younger than the entries was written by a fork, which came after what they say
    if header.get("modelId") and header["timestamp"] <= min(entry["timestamp"] for entry in entries):
        counts.set_model(f"{header['provider']}/{header['modelId']}")
    for entry in entries:
        if entry["type"] == "compaction":
            counts.compactions = (counts.compactions or 0) + 1
        elif entry["type"] == "model_change":
            counts.set_model(entry.get("model") or f"{entry['provider']}/{entry['modelId']}")
        message = entry.get("message") or {}
        if message.get("role") == "user":
            counts.speakers.append("user")
        elif message.get("role") == "toolResult":
            counts.add_result(text_of(message["content"]), is_error=message["isError"])
        elif message.get("role") == "assistant":
            counts.speakers.append("agent")
            counts.steps += 1
            counts.set_model(f"{message['provider']}/{message['model']}")
            counts.tool_calls.update(block["name"] for block in message["content"] if block["type"] == "toolCall")
            counts.add_tokens(
                message["usage"],
                input_tokens="input",
                cache_read_tokens="cacheRead",
                cache_write_tokens="cacheWrite",
                output_tokens="output",
            )
    return [counts]


def claude_code(path: Path) -> list[SessionCounts]:
    """A session file of Claude Code; lines of a sidechain are a stream of their own."""
    lines, bad = read_objects(path)
    session_id = next((line["sessionId"] for line in lines if line.get("sessionId")), "")
    found = []
    for is_sidechain in (False, True):
        own = [line for line in lines if bool(line.get("isSidechain")) == is_sidechain]
        if not is_sidechain or any(line["type"] in ("user", "assistant") for line in own):
            found.append(_claude_stream(own, SessionCounts(session_id, is_subagent=is_sidechain)))
    found[0].bad_lines = bad
    return found


def _claude_stream(lines: Sequence[Json], counts: SessionCounts) -> SessionCounts:
    usages: dict[tuple[object, ...], Json] = {}
    seen: set[str] = set()
    for line in lines:
        content = (line.get("message") or {}).get("content")
        blocks: list[Json] = [{"type": "text", "text": content}] if isinstance(content, str) else content or []
        if line["type"] == "system" and line.get("subtype") == "compact_boundary":
            counts.compactions = (counts.compactions or 0) + 1
        elif line["type"] == "user":
            for block in (block for block in blocks if block["type"] == "tool_result"):
                counts.add_result(text_of(block.get("content")), is_error=block.get("is_error") is True)
            if _is_prompt(line, blocks):
                counts.speakers.append("user")
        elif line["type"] == "assistant":
            message = line["message"]
            counts.speakers.append("agent")
            counts.set_model(message.get("model"))
            identity = (message["id"], line.get("requestId")) if message.get("id") else (line["uuid"],)
            if message.get("model") != "<synthetic>":
                usages[identity] = message.get("usage") or {}
            for block in blocks:
                if block["type"] == "tool_use" and block.get("id") not in seen:
                    seen |= {block["id"]} if block.get("id") else set()
                    counts.tool_calls[block["name"]] += 1
    for usage in usages.values():
        counts.add_tokens(
            usage,
            input_tokens="input_tokens",
            cache_read_tokens="cache_read_input_tokens",
            cache_write_tokens="cache_creation_input_tokens",
            output_tokens="output_tokens",
        )
    counts.steps = len(usages)
    return counts


def _is_prompt(line: Json, blocks: Sequence[Json]) -> bool:
    text = next((block["text"] for block in blocks if block["type"] == "text"), "")
    is_other = text.startswith(("<command-name>", "<local-command-", "[Request interrupted"))
    is_result = any(block["type"] == "tool_result" for block in blocks)
    return not (line.get("isMeta") or line.get("isCompactSummary") or is_result or is_other)


def codex(path: Path) -> list[SessionCounts]:
    """A rollout of Codex.

    An LLM call ends where the running total of tokens changes, a result comes in or another turn or context begins.
    """
    lines, bad = read_objects(path)
    session_id = next(line["payload"]["id"] for line in lines if line["type"] == "session_meta")
    counts = SessionCounts(session_id, bad_lines=bad)
    is_open = False
    before: Json = {}
    for line in lines:
        payload = line["payload"]
        kind = payload.get("type")
        if line["type"] == "turn_context":
            counts.set_model(payload.get("model"))
            is_open = False
        elif line["type"] == "compacted":
            counts.compactions = (counts.compactions or 0) + 1
            is_open = False
        elif kind == "patch_apply_end":
            counts.add_result("", is_error=not payload["success"])
        elif kind == "user_message":
            counts.speakers.append("user")
            is_open = False
        elif kind == "token_count" and payload.get("info"):
            total = payload["info"]["total_token_usage"]
            if total != before:
                # a total that fell began anew
                start = before if total["total_tokens"] >= before.get("total_tokens", 0) else {}
                change = {name: value - start.get(name, 0) for name, value in total.items()}
                change["uncached"] = change["input_tokens"] - change["cached_input_tokens"]
                counts.add_tokens(
                    change,
                    input_tokens="uncached",
                    cache_read_tokens="cached_input_tokens",
                    cache_write_tokens="cache_write_input_tokens",
                    output_tokens="output_tokens",
                )
                before, is_open = total, False
        elif line["type"] == "response_item" and kind and kind.endswith("_output"):
            is_open = False
        elif line["type"] == "response_item" and kind:
            is_call = kind.endswith("_call")
            if is_call or kind == "reasoning" or (kind == "message" and payload["role"] == "assistant"):
                counts.steps += not is_open
                is_open = True
                counts.speakers.append("agent")
            if is_call:
                counts.tool_calls[payload.get("name") or kind] += 1
    return [counts]
