"""How well models of a matrix predict what they have not seen, against plain baselines.

Ten folds of cells, of agents or of items are left out in turn, the same ones for each model and each time. What was left
out is predicted from the rest alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from algorithms.responses.model import Fit, Floats, Mask, Matrix, fit

FOLDS = 10
SPLITS = ("cell", "agent", "item")
CALIBRATION_BINS = 10

_SEED = 20
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(21)

Predict = Callable[[Matrix], Floats]
"""Probabilities (agents, items) from what is seen of a matrix."""


@dataclass(frozen=True)
class Score:
    """How a model predicts the outcomes that were left out.

    auc: of single outcomes, None where all are alike; rmse: of the mean outcome of a cell; log_loss: of a single
    outcome, in nats; calibration_error: mean distance of predicted and seen rates over ten bins of prediction, weighted
    by outcomes.
    """

    auc: float | None
    rmse: float
    log_loss: float
    calibration_error: float


def held_out(matrix: Matrix, split: str) -> Iterator[Mask]:
    """Masks of the cells that are left out in turn: of some cells, of all cells of some agents or of some items."""
    rng = np.random.default_rng(_SEED)
    agents, items = matrix.value.shape
    seen = matrix.weight > 0
    if split == "cell":
        fold = np.full((agents, items), -1)
        fold[seen] = _dealt(int(seen.sum()), rng)
    elif split == "agent":
        fold = np.broadcast_to(_dealt(agents, rng)[:, None], (agents, items))
    else:
        fold = np.broadcast_to(_dealt(items, rng), (agents, items))
    for number in range(FOLDS):
        chosen = seen & (fold == number)
        if chosen.any() and (seen & ~chosen).any():
            yield chosen


def predictions(matrix: Matrix, split: str, predict: Predict) -> Floats:
    """Probability of each cell from the folds that do not hold it, NaN where nothing was seen or left to learn from."""
    found = np.full(matrix.value.shape, np.nan)
    for chosen in held_out(matrix, split):
        found[chosen] = predict(matrix.where(~chosen))[chosen]
    return found


def score(matrix: Matrix, predicted: Floats) -> Score | None:
    """None where nothing is predicted."""
    known = ~np.isnan(predicted)
    value, weight = matrix.value[known], matrix.weight[known]
    if len(value) == 0:
        return None
    chance = np.clip(predicted[known], 1e-6, 1 - 1e-6)
    loss = -(value * np.log(chance) + (1 - value) * np.log1p(-chance))
    return Score(
        auc=_auc(chance, value * weight, (1 - value) * weight),
        rmse=float(np.sqrt(np.mean((value - chance) ** 2))),
        log_loss=float(np.average(loss, weights=weight)),
        calibration_error=_calibration_error(chance, value, weight),
    )


def rasch(seen: Matrix) -> Floats:
    return marginal_probability(fit(seen), seen)


def two_parameters(seen: Matrix) -> Floats:
    return marginal_probability(fit(seen, has_discrimination=True), seen)


def grand_mean(seen: Matrix) -> Floats:
    return np.full(seen.value.shape, _mean(seen))


def agent_mean(seen: Matrix) -> Floats:
    return np.broadcast_to(_means(seen, axis=1)[:, None], seen.value.shape)


def item_mean(seen: Matrix) -> Floats:
    return np.broadcast_to(_means(seen, axis=0), seen.value.shape)


def additive_logit(seen: Matrix) -> Floats:
    """What the agent adds to the grand mean and what the item adds, on the scale of logits, nothing fitted."""
    agents, items = logit(_means(seen, axis=1)), logit(_means(seen, axis=0))
    found: Floats = expit(agents[:, None] + items - logit(_bounded(_mean(seen))))
    return found


BASELINES: dict[str, Predict] = {
    "grand_mean": grand_mean,
    "agent_mean": agent_mean,
    "item_mean": item_mean,
    "additive_logit": additive_logit,
}
"""Each mean counts as if one more outcome had been seen, the grand mean: a row without outcomes has that one."""


def marginal_probability(found: Fit, seen: Matrix) -> Floats:
    """Probabilities of a fit; of an agent or an item of which nothing was seen over all that the fit found of others."""
    chance = found.probability()
    known_agents, known_items = seen.weight.sum(axis=1) > 0, seen.weight.sum(axis=0) > 0
    if not known_agents.all():
        ability = _population(found.ability[known_agents], found.ability_error[known_agents])
        chance[~known_agents] = _averaged(found.discrimination * (ability[:, None] - found.difficulty))
    if not known_items.all():
        difficulty = _population(found.difficulty[known_items], found.difficulty_error[known_items])
        typical = float(np.exp(np.log(found.discrimination[known_items]).mean()))
        chance[:, ~known_items] = _averaged(typical * (found.ability - difficulty[:, None]))[:, None]
    return chance


def _population(estimates: Floats, errors: Floats) -> Floats:
    """Values at the nodes of a normal distribution with the mean and the spread of what was estimated."""
    return np.asarray(estimates.mean() + np.sqrt(estimates.var() + np.mean(errors**2)) * _NODES)


def _averaged(logits: Floats) -> Floats:
    """Mean probability over the nodes, the first axis."""
    return np.asarray(np.tensordot(_WEIGHTS / _WEIGHTS.sum(), expit(logits), axes=1))


def _dealt(count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Fold of each of n things."""
    return rng.permutation(np.arange(count) % FOLDS)


def _mean(seen: Matrix) -> float:
    return float((seen.value * seen.weight).sum() / seen.weight.sum())


def _means(seen: Matrix, axis: int) -> Floats:
    total = (seen.value * seen.weight).sum(axis=axis) + _mean(seen)
    return _bounded(total / (seen.weight.sum(axis=axis) + 1))


def _bounded(chance: Floats | float) -> Floats:
    return np.clip(chance, 1e-3, 1 - 1e-3)


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
