"""An answer of the judge: the JSON that was asked for, with evidence that stands in the trace, or a reason."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Annotated, Literal, NamedTuple

import msgspec

from agent_signals.judge.prompt import Piece, as_lines

Index = Annotated[int, msgspec.Meta(ge=0)]
Score = Annotated[int, msgspec.Meta(ge=0, le=5)]
MOST_SCORE = 5
LEAST_EVIDENCE = 10
"""Characters. What is shorter stands in every trace, and proves something only where it is all that was said."""


class RejectedAnswerError(Exception):
    """An answer that says nothing. The message is its reason: a word, never text of the answer."""


class _Cited(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    turn_index: Index | None
    evidence: str | None
    reasoning: str


class _Scored(_Cited):
    applies: bool
    score: Score | None


class _Chosen(_Cited):
    applies: bool
    value: Literal["optimal", "suboptimal", "wrong_direction"] | None


class _Instruction(msgspec.Struct, forbid_unknown_fields=True):
    instruction: str
    status: Literal["met", "unmet", "violated"]


class _Listed(_Cited):
    applies: bool
    instructions: list[_Instruction]


class _Located(_Cited):
    is_conflated: bool


_DECODERS: dict[str, msgspec.json.Decoder[_Scored | _Chosen | _Listed | _Located]] = {
    "task_paraphrase_accuracy": msgspec.json.Decoder(_Scored),
    "goal_alignment_at_close": msgspec.json.Decoder(_Scored),
    "plan_optimality": msgspec.json.Decoder(_Chosen),
    "instruction_adherence": msgspec.json.Decoder(_Listed),
    "conflation_turn": msgspec.json.Decoder(_Located),
}


class Verdict(NamedTuple):
    """What an accepted answer says. Value, score and turn are all null where there is nothing to judge."""

    value: str | None
    score: float | None
    """0 to 1."""
    turn_index: int | None
    """The turn that the signal names; null for signals that name none."""
    evidence_sha256: str | None
    evidence_turn_index: int | None


def verdict(signal: str, content: str, pieces: Iterable[Piece]) -> Verdict:
    """The verdict in an answer about a trace; RejectedAnswerError says why there is none."""
    try:
        answer = _DECODERS[signal].decode(content)
    except msgspec.ValidationError as error:
        raise RejectedAnswerError("wrong_shape") from error
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise RejectedAnswerError("not_json") from error
    if isinstance(answer, _Located):
        if not answer.is_conflated:
            return Verdict(None, None, None, None, None)
        evidence, turn = _proved(answer, pieces)
        return Verdict(None, None, turn, evidence, turn)
    if not answer.applies:
        return Verdict(None, None, None, None, None)
    value, score = _said(answer)
    return Verdict(value, score, None, *_proved(answer, pieces))


def adherence(statuses: Iterable[str]) -> str:
    """signals.md 7.1: contradicted = any violated, full = all met, ignored = none met, else partial."""
    given = set(statuses)
    if "violated" in given:
        return "contradicted"
    if given == {"met"}:
        return "full"
    return "partial" if "met" in given else "ignored"


def _said(answer: _Scored | _Chosen | _Listed) -> tuple[str | None, float | None]:
    if isinstance(answer, _Listed):
        if not answer.instructions:
            raise RejectedAnswerError("no_instruction")
        return adherence(each.status for each in answer.instructions), None
    if isinstance(answer, _Chosen):
        if answer.value is None:
            raise RejectedAnswerError("no_value")
        return answer.value, None
    if answer.score is None:
        raise RejectedAnswerError("no_score")
    return None, answer.score / MOST_SCORE


def _proved(answer: _Cited, pieces: Iterable[Piece]) -> tuple[str, int]:
    """sha256 of the evidence and its turn: that which the answer names, where it stands there verbatim."""
    if answer.evidence is None or not answer.evidence.strip():
        raise RejectedAnswerError("evidence_missing")
    if answer.turn_index is None:
        raise RejectedAnswerError("turn_missing")
    evidence = as_lines(answer.evidence)
    parts = [(piece.turn_index, as_lines(part)) for piece in pieces for part in (piece.head, piece.tail) if part]
    if len(evidence.strip()) < LEAST_EVIDENCE and all(evidence != part for _, part in parts):
        raise RejectedAnswerError("evidence_too_short")
    turns = {turn_index for turn_index, part in parts if evidence in part}
    if not turns:
        raise RejectedAnswerError("evidence_not_found")
    if answer.turn_index not in turns:
        raise RejectedAnswerError("evidence_in_another_turn")
    return sha256(evidence.encode("utf-8", "surrogatepass")).hexdigest(), answer.turn_index
