"""Tokens of single LLM calls, out of the running totals that a Codex rollout repeats."""

from __future__ import annotations

from typing import Any, NamedTuple

from loaders.formats.codex.lines import table, whole
from loaders.formats.shared.telemetry import uncached_tokens
from loaders.tables import Entry


class Usage(NamedTuple):
    """Token counts as written: the input includes cached tokens, the output includes reasoning."""

    input_tokens: int
    cached_tokens: int
    cache_write_tokens: int | None
    output_tokens: int
    reasoning_tokens: int | None

    @property
    def total(self) -> int:
        return self.input_tokens + self.output_tokens

    def since(self, before: Usage) -> Usage:
        """What was added to an earlier total."""
        return Usage(
            max(0, self.input_tokens - before.input_tokens),
            max(0, self.cached_tokens - before.cached_tokens),
            _added(self.cache_write_tokens, before.cache_write_tokens),
            max(0, self.output_tokens - before.output_tokens),
            _added(self.reasoning_tokens, before.reasoning_tokens),
        )

    def write(self, entry: Entry) -> None:
        """Put the counts on the entry of the call, the input without what the cache held."""
        entry.input_tokens = uncached_tokens(self.input_tokens, self.cached_tokens, self.cache_write_tokens)
        entry.cache_read_tokens = self.cached_tokens
        entry.cache_write_tokens = self.cache_write_tokens
        entry.output_tokens = self.output_tokens
        entry.reasoning_tokens = self.reasoning_tokens
        entry.usage_basis = "cache_subtracted"


class RunningTotal:
    """The total told last. is_copy: whether the first one may hold what another thread used."""

    def __init__(self, *, is_copy: bool) -> None:
        self._before: Usage | None = None
        self._is_copy = is_copy

    def take(self, info: Any) -> Usage | None:
        """What a token_count event adds; None for a repetition and where it says nothing.

        Where there is no total to start from, or it began anew, the event's own count of the last call stands: the
        first total of a forked session holds what its parent used, and says nothing where that count is missing.
        """
        total = _usage(table(info).get("total_token_usage"))
        if total is None or total == self._before:
            return None
        before, self._before = self._before, total
        if before is None or total.total < before.total:
            nothing_known = before is None and self._is_copy
            last = _usage(table(info).get("last_token_usage"))
            added = last if last is not None or nothing_known else total
        else:
            added = total.since(before)
        return added if added is not None and added.total > 0 else None


def _usage(value: Any) -> Usage | None:
    counts = {name: whole(count) for name, count in table(value).items()}
    input_tokens, output_tokens = counts.get("input_tokens"), counts.get("output_tokens")
    if input_tokens is None or output_tokens is None:
        return None
    return Usage(
        input_tokens,
        counts.get("cached_input_tokens") or 0,
        counts.get("cache_write_input_tokens"),
        output_tokens,
        counts.get("reasoning_output_tokens"),
    )


def _added(now: int | None, before: int | None) -> int | None:
    return None if now is None else max(0, now - (before or 0))
