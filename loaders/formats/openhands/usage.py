"""Tokens of OpenHands without ambiguity: its prompt tokens count cached ones in."""

from __future__ import annotations

from loaders.formats.openhands.fields import Details, Usage
from loaders.formats.shared.telemetry import Tokens, first_known, uncached_tokens


def tokens(usage: Usage | None) -> Tokens:
    """Read the harness's own counts, else those of the provider's answer."""
    if usage is None:
        return Tokens()
    read = first_known(usage.cache_read_tokens, (usage.prompt_tokens_details or Details()).cached_tokens)
    written = first_known(usage.cache_write_tokens, usage.cache_creation_input_tokens)
    thought = (usage.completion_tokens_details or Details()).reasoning_tokens
    return Tokens(
        input_tokens=uncached_tokens(usage.prompt_tokens, read, written),
        cache_read_tokens=read,
        cache_write_tokens=written,
        output_tokens=usage.completion_tokens,
        reasoning_tokens=first_known(usage.reasoning_tokens, thought),
    )
