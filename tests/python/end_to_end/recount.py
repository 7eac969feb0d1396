"""Counts of a session and the reading of its raw lines, for the recounts beside this module."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

Json = dict[str, Any]

_EXIT = re.compile(r"\AExit code \d+|Command exited with code \d+\s*\Z")
"""How pi and Claude Code end or begin the result of a command that failed."""


@dataclass
class SessionCounts:
    """Counts of one stream; None is what its format cannot tell."""

    session_id: str
    """The format's own id; empty where it has none."""
    speakers: list[str] = field(default_factory=list)
    """`user` or `agent` for each message of either, in file order."""
    steps: int = 0
    """LLM calls."""
    tool_calls: Counter[str] = field(default_factory=Counter)
    """Calls by the name that the file gives the tool."""
    error_results: int | None = 0
    """Results that the file flags as errors; by the rule of its format where it flags none."""
    exit_results: int = 0
    """Those of them that tell no more than that a command ended with another exit code than 0."""
    compactions: int | None = 0
    models: list[str] | None = field(default_factory=list)
    """The model in force at the start and after each change; None where one name stands for all of the session."""
    input_tokens: int | None = None
    """Tokens neither read from nor written to a cache."""
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    output_tokens: int | None = None
    bad_lines: int = 0
    is_subagent: bool = False

    @property
    def user_messages(self) -> int:
        return self.speakers.count("user")

    @property
    def user_turns(self) -> int:
        return [speaker for speaker, _ in groupby(self.speakers)].count("user")

    @property
    def agent_turns(self) -> int:
        return [speaker for speaker, _ in groupby(self.speakers)].count("agent")

    @property
    def tool_errors(self) -> int | None:
        """Flagged results but for non-zero exits; None where there are no calls or no flags."""
        return None if self.error_results is None or not self.tool_calls else self.error_results - self.exit_results

    @property
    def tool_call_count(self) -> int:
        return self.tool_calls.total()

    @property
    def model_changes(self) -> int | None:
        return None if self.models is None else max(len(self.models) - 1, 0)

    def add_result(self, text: str, *, is_error: bool) -> None:
        """Count a result that says this and is flagged like that."""
        self.error_results = (self.error_results or 0) + is_error
        self.exit_results += is_error and _EXIT.search(text) is not None

    def set_model(self, model: str | None) -> None:
        """Note the model in force; the same one again is no change, nor is what the agent's own program wrote."""
        models = [] if self.models is None else self.models
        if model and model != "<synthetic>" and models[-1:] != [model]:
            models.append(model)

    def add_tokens(self, usage: Json, **names: str) -> None:
        """Add the numbers that stand under the given names; one that is missing or null leaves the sum as it is."""
        for column, name in names.items():
            if usage.get(name) is not None:
                setattr(self, column, (getattr(self, column) or 0) + usage[name])


def read_objects(path: Path) -> tuple[list[Json], int]:
    """Every object of a file of JSON lines, several glued on one line included, and the count of bad lines."""
    found: list[Json] = []
    bad = 0
    decoder = json.JSONDecoder()
    for line in path.read_text("utf-8", "replace").split("\n"):
        rest = line.strip()
        while rest:
            try:
                value, end = decoder.raw_decode(rest)
            except json.JSONDecodeError:
                bad += 1
                break
            found.append(value)
            rest = rest[end:].strip()
    return found, bad


def text_of(content: str | Sequence[Json] | None) -> str:
    """The text of a content that is a string or a list of blocks."""
    if isinstance(content, str):
        return content
    return "\n".join(block.get("text") or "" for block in content or ())
