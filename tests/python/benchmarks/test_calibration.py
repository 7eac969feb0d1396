"""What the calibration of drift computes, on conversations of two dimensions."""

from __future__ import annotations

from math import cos, radians, sin
from pathlib import Path

import numpy as np
import pytest

from benchmarks.calibration import (
    Conversation,
    Turn,
    answer_distances,
    best_cut,
    compared_tokens,
    median_of_others,
    split,
    unheeded_changes,
    write_percentiles,
)


def at(degrees: float) -> np.ndarray:
    return np.array([cos(radians(degrees)), sin(radians(degrees))])


def turn(pollution: float, *, is_agent: bool = True, is_correction: bool = False, tokens: int = 9) -> Turn:
    return Turn(at(0), pollution, is_agent, is_correction, tokens)


def asked(degrees: float, answer: float) -> Conversation:
    return Conversation("r", at(degrees), [Turn(at(answer), 1 - cos(radians(answer - degrees)), True, False, 9)])


def test_own_answers_are_parted_from_those_of_others() -> None:
    distances = answer_distances([asked(0, 30), asked(90, 90), asked(180, 150)])

    own, others = split(distances)
    assert own.tolist() == pytest.approx([0.133975, 0, 0.133975], abs=1e-6)
    assert sorted(others) == pytest.approx([0.5, 0.5, 1, 1, 1.866025, 1.866025], abs=1e-6)
    cut = best_cut(own, others)
    assert (cut.youden, cut.area) == (1, 1)
    assert own.max() < cut.value < others.min()
    assert median_of_others(distances) == pytest.approx(1)


def test_a_conversation_that_is_drawn_twice_is_no_other_one() -> None:
    one, other = asked(0, 30), asked(90, 120)

    own, others = split(answer_distances([one, one, other]))

    assert (len(own), len(others)) == (3, 4)


def test_changes_after_a_correction_are_left_out() -> None:
    said = [
        turn(0.1),
        turn(0.9, is_agent=False),
        turn(0.3),
        turn(0.9, is_agent=False, is_correction=True),
        turn(0.8),
        turn(0.9, is_agent=False),
        turn(0.7),
    ]

    assert unheeded_changes([Conversation(None, at(0), said)]) == pytest.approx([0.2, 0.1])


def test_turns_count_from_the_length_on_that_tells_them_from_nods() -> None:
    nods = [turn(0.9 + step / 100, is_agent=False, tokens=2) for step in range(10)]
    words = [turn(0.895 + step / 100, is_agent=False, tokens=6) for step in range(10)]
    sentences = [turn(0.5 + step / 100, is_agent=False, tokens=9) for step in range(10)]

    assert compared_tokens([*nods, *words, *sentences]) == 8


def test_percentiles_of_a_model_are_replaced(tmp_path: Path) -> None:
    seed = tmp_path / "seed.csv"
    write_percentiles(seed, "other", [0.5])
    write_percentiles(seed, "m", [0.0, 1.0])
    write_percentiles(seed, "m", [0.0, 2.0])

    rows = [line.split(",") for line in seed.read_text().splitlines()[1:]]
    assert len(rows) == 202
    assert [row[2] for row in rows if row[0] == "m" and row[1] in ("0", "50", "100")] == ["0.0000", "1.0000", "2.0000"]
    assert {row[2] for row in rows if row[0] == "other"} == {"0.5000"}
