"""Probabilities of outcomes from what is seen of a matrix: by the models, and by plain baselines.

Each mean of a baseline counts as if one more outcome had been seen, the grand mean, so that a row without outcomes has
that one and none is certain.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import expit, logit

from algorithms.responses.model import PRIOR_PRECISION, Fit, Floats, Mask, Matrix, fit

Predict = Callable[[Matrix], Floats]
"""Probabilities (agents, items) from what is seen of a matrix."""

# a normal distribution as 21 values and their weights
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(21)


def rasch(seen: Matrix) -> Floats:
    """The model of one parameter an item."""
    return marginal_probability(fit(seen))


def two_parameters(seen: Matrix) -> Floats:
    """The model of two."""
    return marginal_probability(fit(seen, has_discrimination=True))


def grand_mean(seen: Matrix) -> Floats:
    """The rate of all outcomes."""
    return np.full(seen.value.shape, _mean(seen))


def agent_mean(seen: Matrix) -> Floats:
    """The rate of the agent's other outcomes."""
    return np.broadcast_to(_means(seen, axis=1)[:, None], seen.value.shape)


def item_mean(seen: Matrix) -> Floats:
    """The rate of the item's other outcomes."""
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


def marginal_probability(found: Fit) -> Floats:
    """Probabilities of a fit; those of an agent or an item of which nothing was seen are averaged over the others."""
    chance = found.probability.copy()
    weight, information = found.matrix.weight, found.discrimination**2 * found.information
    known_agents, known_items = weight.sum(axis=1) > 0, weight.sum(axis=0) > 0
    if not known_agents.all():
        ability = _population(found.ability[known_agents], information.sum(axis=1)[known_agents])
        chance[~known_agents] = _averaged(found.discrimination * (ability[:, None] - found.difficulty))
    if not known_items.all():
        difficulty = _population(found.difficulty[known_items], information.sum(axis=0)[known_items])
        logits = _typical_discrimination(found, known_items) * (found.ability - difficulty[:, None])
        chance[:, ~known_items] = _averaged(logits)[:, None]
    return chance


def uncertain_probability(found: Fit, known_items: Mask, difficulty: Floats, error: float) -> Floats:
    """Probabilities (agents, items) of items that are typical but for a difficulty known up to a normal error."""
    logits = found.ability[:, None] - difficulty - error * _NODES[:, None, None]
    return _averaged(_typical_discrimination(found, known_items) * logits)


def _typical_discrimination(found: Fit, known_items: Mask) -> float:
    return float(np.exp(np.log(found.discrimination[known_items]).mean()))


def _population(estimates: Floats, information: Floats) -> Floats:
    """Values at the nodes of a normal distribution with the mean of what was estimated, and its spread and errors."""
    variance = estimates.var() + np.mean(1 / (information + PRIOR_PRECISION))
    return np.asarray(estimates.mean() + np.sqrt(variance) * _NODES)


def _averaged(logits: Floats) -> Floats:
    """Mean probability over the nodes, the first axis."""
    return np.asarray(np.tensordot(_WEIGHTS / _WEIGHTS.sum(), expit(logits), axes=1))


def _mean(seen: Matrix) -> float:
    return float((seen.value * seen.weight).sum() / seen.weight.sum())


def _means(seen: Matrix, axis: int) -> Floats:
    total = (seen.value * seen.weight).sum(axis=axis) + _mean(seen)
    return _bounded(total / (seen.weight.sum(axis=axis) + 1))


def _bounded(chance: Floats | float) -> Floats:
    return np.clip(chance, 1e-3, 1 - 1e-3)
