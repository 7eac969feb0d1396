"""Tokens of an Inspect log without ambiguity."""

from __future__ import annotations

from loaders.formats.inspect_ai.fields import Usage
from loaders.formats.shared.telemetry import Tokens


def tokens(usage: Usage | None) -> Tokens:
    """Inspect counts cached tokens apart. Where a total leaves no room for them, an old log has counted them in."""
    if usage is None:
        return Tokens()
    given, read, written = usage.input_tokens, usage.input_tokens_cache_read, usage.input_tokens_cache_write
    cached = (read or 0) + (written or 0)
    is_counted_in = (
        given is not None
        and 0 < cached <= given
        and usage.total_tokens is not None
        and usage.total_tokens == given + (usage.output_tokens or 0)
    )
    return Tokens(
        input_tokens=given - cached if is_counted_in and given is not None else given,
        cache_read_tokens=read,
        cache_write_tokens=written,
        output_tokens=usage.output_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        cost_usd=usage.total_cost,
        usage_basis=None if given is None else "cache_subtracted" if is_counted_in else "excludes_cache",
    )
