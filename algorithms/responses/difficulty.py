"""Difficulty of items from vectors of what they ask, learnt from items whose difficulty is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from algorithms.responses.evaluation import held_out
from algorithms.responses.model import Floats, Mask, Matrix, fit
from algorithms.responses.prediction import marginal_probability, uncertain_probability

PENALTIES = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
"""Of ridge regression, for vectors of length 1; the last ones say: nothing but the mean."""


@dataclass(frozen=True)
class Ridge:
    """A ridge regression with the penalty that predicts its own items best when each is left out.

    error: root mean square of those predictions; mean_error: that of the mean of all others.
    """

    centre: Floats
    weights: Floats
    mean: float
    error: float
    mean_error: float

    def predict(self, vectors: Floats) -> Floats:
        found: Floats = self.mean + (vectors - self.centre) @ self.weights
        return found


def ridge(vectors: Floats, target: Floats) -> Ridge:
    """Of (items, size) on (items), two at least."""
    centre, mean = vectors.mean(axis=0), float(target.mean())
    left, sizes, right = np.linalg.svd(vectors - centre, full_matrices=False)
    projected = left.T @ (target - mean)
    best, found = np.inf, None
    for penalty in PENALTIES:
        shrunk = sizes**2 / (sizes**2 + penalty)
        # what leaving an item out does, without doing it (Allen 1974); the mean is learnt too
        kept = 1 - 1 / len(target) - (left**2) @ shrunk
        residual = (target - mean - left @ (shrunk * projected)) / np.maximum(kept, 1e-9)
        error = float(np.sqrt(np.mean(residual**2)))
        if error < best:
            best, found = error, right.T @ (sizes / (sizes**2 + penalty) * projected)
    spread = (target - mean) / (1 - 1 / len(target))
    assert found is not None
    return Ridge(centre, found, mean, best, float(np.sqrt(np.mean(spread**2))))


@dataclass(frozen=True)
class HeldOut:
    """Difficulties of items as the other items predict them, NaN where nothing does.

    probability: (agents, items) of the outcomes that the fold of an item left out.
    """

    folds: list[Mask]
    probabilities: list[Floats]
    difficulty: Floats
    mean_difficulty: Floats


def held_out_items(matrix: Matrix, vectors: Floats, *, has_discrimination: bool = False) -> HeldOut:
    """Leave folds of items out: their difficulty is predicted from their vectors, their outcomes from that.

    vectors: (items, size), NaN rows for items of which nothing is known but outcomes; those keep the mean.
    """
    folds = held_out(matrix, "item")
    difficulty = np.full(matrix.value.shape[1], np.nan)
    mean_difficulty = np.full(matrix.value.shape[1], np.nan)
    has_vector = ~np.isnan(vectors).any(axis=1)
    probabilities = []
    for chosen in folds:
        seen = matrix.where(~chosen)
        found = fit(seen, has_discrimination=has_discrimination)
        is_left_out = chosen.any(axis=0)
        known = ~is_left_out & has_vector & (seen.weight.sum(axis=0) > 0)
        chance = marginal_probability(found)
        if known.sum() >= 2:
            regression = ridge(vectors[known], found.difficulty[known])
            asked = is_left_out & has_vector
            difficulty[asked] = regression.predict(vectors[asked])
            mean_difficulty[asked] = regression.mean
            chance[:, asked] = uncertain_probability(found, known, difficulty[asked], regression.error)
        probabilities.append(chance)
    return HeldOut(folds, probabilities, difficulty, mean_difficulty)
