"""How well models of a matrix predict what they have not seen, against plain baselines.

Folds of cells, of agents or of items are left out in turn, the same ones for each model and each time. What was left
out is predicted from the rest alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from algorithms.responses.model import Floats, Mask, Matrix
from algorithms.responses.prediction import Predict

FOLDS = 5
SPLITS = ("cell", "agent", "item")
CALIBRATION_BINS = 10

_SEED = 20


@dataclass(frozen=True)
class Score:
    """How a model predicts the outcomes that were left out.

    auc: of single outcomes, the mean over the folds that hold solved and failed ones, None where none does; rmse: of
    the mean outcome of a cell; log_loss: of a single outcome, in nats; calibration_error: distance of predicted and
    seen rates in ten bins of prediction, weighted by outcomes.
    """

    auc: float | None
    rmse: float
    log_loss: float
    calibration_error: float


def held_out(matrix: Matrix, split: str) -> list[Mask]:
    """Masks of the cells that are left out in turn: some cells, or all cells of some agents or of some items."""
    rng = np.random.default_rng(_SEED)
    agents, items = matrix.value.shape
    seen = matrix.weight > 0
    if split == "cell":
        fold = np.zeros((agents, items), dtype=np.int64)
        fold[seen] = _dealt(int(seen.sum()), rng)
    elif split == "agent":
        fold = np.broadcast_to(_dealt(agents, rng)[:, None], (agents, items))
    else:
        fold = np.broadcast_to(_dealt(items, rng), (agents, items))
    folds = [seen & (fold == number) for number in range(FOLDS)]
    return [chosen for chosen in folds if chosen.any() and (seen & ~chosen).any()]


def evaluate(matrix: Matrix, split: str, predict: Predict) -> Score | None:
    """None where nothing can be left out."""
    folds = held_out(matrix, split)
    return score(matrix, folds, [predict(matrix.where(~chosen)) for chosen in folds])


def score(matrix: Matrix, folds: Sequence[Mask], predicted: Sequence[Floats]) -> Score | None:
    """Of what was predicted for each fold, (agents, items) of which the fold's own cells count."""
    if not folds:
        return None
    aucs = []
    chances, values, weights = [], [], []
    for chosen, probabilities in zip(folds, predicted, strict=True):
        # equal but for rounding is equal
        chance = np.clip(probabilities[chosen], 1e-6, 1 - 1e-6).round(9)
        value, weight = matrix.value[chosen], matrix.weight[chosen]
        auc = _auc(chance, value * weight, (1 - value) * weight)
        aucs += [] if auc is None else [auc]
        chances.append(chance)
        values.append(value)
        weights.append(weight)
    chance, value, weight = np.concatenate(chances), np.concatenate(values), np.concatenate(weights)
    loss = -(value * np.log(chance) + (1 - value) * np.log1p(-chance))
    return Score(
        auc=float(np.mean(aucs)) if aucs else None,
        rmse=float(np.sqrt(np.mean((value - chance) ** 2))),
        log_loss=float(np.average(loss, weights=weight)),
        calibration_error=_calibration_error(chance, value, weight),
    )


def _dealt(count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Fold of each of n things."""
    return rng.permutation(np.arange(count) % FOLDS)


def _auc(chance: Floats, solved: Floats, failed: Floats) -> float | None:
    """Share of pairs of a solved and a failed outcome in which the solved one was the likelier, ties counted half."""
    if solved.sum() == 0 or failed.sum() == 0:
        return None
    _, place = np.unique(chance, return_inverse=True)
    solved_at, failed_at = np.bincount(place, solved), np.bincount(place, failed)
    failed_below = np.cumsum(failed_at) - failed_at / 2
    return float((solved_at * failed_below).sum() / (solved.sum() * failed.sum()))


def _calibration_error(chance: Floats, value: Floats, weight: Floats) -> float:
    place = np.minimum((chance * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    gap = np.bincount(place, weight * (value - chance), CALIBRATION_BINS)
    return float(np.abs(gap).sum() / weight.sum())
