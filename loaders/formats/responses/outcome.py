"""An outcome as tables write it."""

from __future__ import annotations

import math

_UNKNOWN = frozenset(("", "nan", "na", "n/a", "none", "null"))
_WORDS = {"true": 1.0, "false": 0.0}


class NoOutcomeError(ValueError):
    """The text is no outcome. The message is the reason, without the text."""


def outcome(text: str) -> float | None:
    """0 to 1 of a number or a truth value, None where nothing is known. Raises NoOutcomeError."""
    word = text.strip().lower()
    if word in _UNKNOWN:
        return None
    try:
        value = _WORDS[word] if word in _WORDS else float(word)
    except ValueError as error:
        raise NoOutcomeError("an outcome that is no number") from error
    if math.isnan(value):
        return None
    if not 0 <= value <= 1:
        raise NoOutcomeError("an outcome outside 0 to 1")
    return value
