"""Synthetic lines of OpenHands evaluations: events of 0.x in a row and in pairs, events of the SDK."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from loaders.artifact import Artifact

RUN = "outputs/synthetic__bench-test/CodeActAgent/model-1_maxiter_30_N_first"
PATCH = "diff --git a/clock.py b/clock.py\n--- a/clock.py\n+++ b/clock.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n"
METADATA: dict[str, Any] = {
    "agent_class": "CodeActAgent",
    "llm_config": {"model": "maker/model-1", "temperature": 0.0},
    "max_iterations": 30,
    "eval_output_dir": RUN,
    "start_time": "2026-01-02 03:00:00",
    "git_commit": "00ff",
    "dataset": "synthetic/bench",
}
SDK_METADATA: dict[str, Any] = {"llm": {"model": "maker/model-2"}, "dataset": "synthetic/bench", "max_iterations": 100}


def at(second: int) -> str:
    return f"2026-01-02T03:00:{second:02}"


def requested(call_id: str, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """A call as the model asked for it."""
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}


def asked(response_id: str, content: str | None, *calls: dict[str, Any], **usage: Any) -> dict[str, Any]:
    """`model_response` of an action."""
    message = {"role": "assistant", "content": content, "tool_calls": list(calls)}
    return {"id": response_id, "choices": [{"message": message, "finish_reason": "tool_calls"}], "usage": usage or None}


def action(number: int, second: int, name: str, response: dict[str, Any], call_id: str, **args: Any) -> dict[str, Any]:
    function = next(
        call["function"]["name"] for call in response["choices"][0]["message"]["tool_calls"] if call["id"] == call_id
    )
    return {
        "id": number,
        "timestamp": at(second),
        "source": "agent",
        "message": "a summary for people",
        "action": name,
        "args": args,
        "tool_call_metadata": {"function_name": function, "tool_call_id": call_id, "model_response": response},
    }


def observation(number: int, second: int, kind: str, cause: int | None, content: str, **extras: Any) -> dict[str, Any]:
    return {
        "id": number,
        "timestamp": at(second),
        "source": "agent",
        "cause": cause,
        "observation": kind,
        "content": content,
        "extras": extras,
    }


_SEARCH = requested("c1", "execute_bash", {"command": "grep -n x clock.py"})
_VIEW = requested("c2", "str_replace_editor", {"command": "view", "path": "/workspace/clock.py"})
_EDIT = requested(
    "c3",
    "str_replace_editor",
    {"command": "str_replace", "path": "/workspace/clock.py", "old_str": "x = 1", "new_str": "x = 2"},
)
_TEST = requested("c4", "execute_bash", {"command": "pytest"})
_BROKEN = requested(
    "c5", "str_replace_editor", {"command": "str_replace", "path": "/workspace/none.py", "old_str": "a", "new_str": "b"}
)
_FIRST = asked("r1", "Look first.", _SEARCH, _VIEW, prompt_tokens=100, completion_tokens=10)
_SECOND = asked(
    "r2", "Now edit.", _EDIT, prompt_tokens=150, completion_tokens=20, prompt_tokens_details={"cached_tokens": 90}
)
_THIRD = asked("r3", None, _TEST, _BROKEN)

HISTORY: list[dict[str, Any]] = [
    {"id": 0, "timestamp": at(0), "source": "agent", "action": "system", "args": {"content": "You are an agent."}},
    {"id": 1, "timestamp": at(1), "source": "user", "action": "message", "args": {"content": "Repair the clock."}},
    {"id": 2, "timestamp": at(1), "source": "user", "action": "recall", "args": {"query": "Repair the clock."}},
    observation(3, 1, "recall", 2, "Added workspace context"),
    action(4, 2, "run", _FIRST, "c1", command="grep -n x clock.py", thought="Look first."),
    observation(5, 3, "run", 4, "1:x = 1", command="grep -n x clock.py", metadata={"exit_code": 0}),
    action(6, 3, "read", _FIRST, "c2", path="/workspace/clock.py"),
    observation(7, 4, "read", 6, "x = 1\n", path="/workspace/clock.py"),
    action(8, 6, "edit", _SECOND, "c3", path="/workspace/clock.py"),
    observation(9, 7, "edit", 8, "edited", path="/workspace/clock.py"),
    {"id": 10, "timestamp": at(8), "source": "agent", "action": "condensation", "args": {"summary": "so far"}},
    action(11, 9, "run", _THIRD, "c4", command="pytest"),
    observation(12, 11, "run", 11, "1 failed", metadata={"exit_code": 1}),
    action(13, 11, "edit", _THIRD, "c5", path="/workspace/none.py"),
    observation(14, 12, "error", 13, "no such file"),
    {"id": 15, "timestamp": at(13), "source": "agent", "action": "message", "args": {"content": "Done."}},
    observation(16, 14, "agent_state_changed", None, "", agent_state="finished"),
]
METRICS: dict[str, Any] = {
    "accumulated_cost": 0.25,
    "accumulated_token_usage": {
        "prompt_tokens": 450,
        "completion_tokens": 60,
        "cache_read_tokens": 240,
        "cache_write_tokens": 30,
    },
    "token_usages": [
        {
            "response_id": "r3",
            "prompt_tokens": 200,
            "completion_tokens": 30,
            "cache_read_tokens": 150,
            "cache_write_tokens": 30,
        }
    ],
}
SDK_HISTORY: list[dict[str, Any]] = [
    {
        "kind": "SystemPromptEvent",
        "id": "e0",
        "timestamp": at(0),
        "system_prompt": {"type": "text", "content": "Be one."},
    },
    {
        "kind": "MessageEvent",
        "id": "e1",
        "timestamp": at(1),
        "source": "user",
        "llm_message": {"role": "user", "content": [{"type": "text", "text": "Repair the clock."}]},
    },
    {
        "kind": "ActionEvent",
        "id": "e2",
        "timestamp": at(2),
        "source": "agent",
        "thought": [{"type": "text", "text": "Look first."}],
        "reasoning_content": "Which file?",
        "action": {"kind": "TerminalAction", "command": "ls"},
        "tool_name": "terminal",
        "tool_call_id": "c1",
        "llm_response_id": "r1",
    },
    {
        "kind": "ActionEvent",
        "id": "e3",
        "timestamp": at(2),
        "source": "agent",
        "thought": [],
        "action": {"kind": "FileEditorAction", "command": "create", "path": "/w/a.py", "file_text": "x = 2\n"},
        "tool_name": "file_editor",
        "tool_call_id": "c2",
        "tool_call": {
            "id": "c2",
            "name": "file_editor",
            "arguments": json.dumps({"command": "create", "path": "/w/a.py", "file_text": "x = 2\n"}),
        },
        "llm_response_id": "r1",
    },
    {
        "kind": "ObservationEvent",
        "id": "e4",
        "timestamp": at(3),
        "source": "environment",
        "observation": {"kind": "TerminalObservation", "content": [{"type": "text", "text": "a.py"}], "exit_code": 0},
        "action_id": "e2",
        "tool_call_id": "c1",
    },
    {
        "kind": "AgentErrorEvent",
        "id": "e5",
        "timestamp": at(4),
        "source": "agent",
        "error": "exists already",
        "tool_call_id": "c2",
    },
    {"kind": "Condensation", "id": "e6", "timestamp": at(5), "summary": "so far"},
    {"kind": "ConversationStateUpdateEvent", "id": "e7", "timestamp": at(5)},
    {
        "kind": "MessageEvent",
        "id": "e8",
        "timestamp": at(6),
        "source": "agent",
        "llm_message": {"role": "assistant", "content": [{"type": "text", "text": "Done."}]},
        "llm_response_id": "r2",
    },
]


def line(instance_id: str = "synthetic__clock-1", **changes: Any) -> dict[str, Any]:
    """A line of 0.x."""
    return {
        "instance_id": instance_id,
        "test_result": {"git_patch": PATCH},
        "instruction": "Repair the clock.",
        "metadata": METADATA,
        "history": HISTORY,
        "metrics": METRICS,
        "error": None,
    } | changes


def output(root: Path, *lines: Any, name: str = f"{RUN}/output.jsonl") -> Artifact:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    texts = [given if isinstance(given, bytes) else json.dumps(given).encode() for given in lines]
    path.write_bytes(b"\n".join(texts) + b"\n")
    return Artifact(path, root)
