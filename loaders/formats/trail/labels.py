"""TRAIL's labels: errors that people marked in a trace, and how they scored it, as judgements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from loaders.formats.harbor.fields import finite_number
from loaders.formats.trail.text import plain_text, safe_text, string
from loaders.tables import BadRecord, Judgement

JUDGE = "human annotation"
SCORES = {
    "reliability": ("reliability_score", "reliability_reasoning"),
    "security": ("security_score", "security_reasoning"),
    "instruction_adherence": ("instruction_adherence_score", "instruction_adherence_reasoning"),
    "plan_opt": ("plan_opt_score", "plan_opt_reasoning"),
    "overall": ("overall", None),
}
"""Signal to its keys (score, reasoning)."""
CATEGORIES = (
    "Language-only",
    "Tool-related",
    "Poor Information Retrieval",
    "Tool Output Misinterpretation",
    "Incorrect Problem Identification",
    "Tool Selection Errors",
    "Formatting Errors",
    "Instruction Non-compliance",
    "Tool Definition Issues",
    "Environment Setup Errors",
    "Rate Limiting",
    "Authentication Errors",
    "Service Errors",
    "Resource Not Found",
    "Resource Exhaustion",
    "Timeout Issues",
    "Context Handling Failures",
    "Resource Abuse",
    "Goal Deviation",
    "Task Orchestration",
    "Incorrect Memory Usage",
)
"""The 20 leaves of the paper's taxonomy, and the one that the annotators used beside them."""
_OTHER_NAMES = {
    "Language-only hallucination": "Language-only",
    "Tool-related hallucination": "Tool-related",
    "Tool Selection": "Tool Selection Errors",
    "Tool Definition": "Tool Definition Issues",
    "Instruction non complience": "Instruction Non-compliance",
    "Environment Setup": "Environment Setup Errors",
    "Authentication": "Authentication Errors",
    "Timeout": "Timeout Issues",
    "Task Orchestration Errors": "Task Orchestration",
}
"""Names that differ from a leaf in more than case, number, hyphens and blanks."""
_NO_LETTERS = re.compile(r"[^a-z]+")


def _key(name: str) -> str:
    """Words of a name in lower case and the singular."""
    words = _NO_LETTERS.sub(" ", name.lower()).split()
    return " ".join(word.removesuffix("s") for word in words)


_LEAVES = {_key(name): name for name in CATEGORIES} | {_key(name): leaf for name, leaf in _OTHER_NAMES.items()}


def canonical_category(name: str) -> str:
    """The leaf that a spelling means; a name that is none stays as it is, without the blanks around it."""
    return _LEAVES.get(_key(name), name.strip())


def judgements(labels: dict[str, Any], trace_id: str | None, place: str) -> Iterator[Judgement | BadRecord]:
    """One record for each error and one for each score. Locations stay as they are, be they in the trace or not."""
    errors = labels.get("errors")
    for index, error in enumerate(errors if isinstance(errors, list) else ()):
        error_place = f"{place}/errors/{index}"
        category = string(error.get("category")) if isinstance(error, dict) else None
        if category is None or not category.strip():
            yield BadRecord(place=error_place, reason="an error without a category")
            continue
        yield Judgement(
            place=error_place,
            native_session_id=trace_id,
            signal=f"error:{canonical_category(category)}",
            value=string(error.get("impact")),
            judge=JUDGE,
            location=string(error.get("location")),
            evidence=plain_text(error.get("evidence")) or safe_text(string(error.get("description"))),
        )
    scores = labels.get("scores")
    for index, given in enumerate(scores if isinstance(scores, list) else [scores]):
        if given is None:
            continue
        if not isinstance(given, dict):
            yield BadRecord(place=f"{place}/scores/{index}", reason="scores that are not an object")
            continue
        for signal, (key, reasoning) in SCORES.items():
            if (score := finite_number(given.get(key))) is not None:
                yield Judgement(
                    place=f"{place}/scores/{index}/{key}",
                    native_session_id=trace_id,
                    signal=signal,
                    score=score,
                    judge=JUDGE,
                    evidence=safe_text(string(given.get(reasoning))) if reasoning is not None else None,
                )
