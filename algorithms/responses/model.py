"""Rasch and two-parameter logistic models of a matrix of outcomes, as maximum a posteriori estimates (signals.md 8).

P(agent solves item) = 1 / (1 + exp(-a (theta - b))), theta and b from N(0, 1). In the Rasch model a is 1, in the model
of two parameters log a is from N(0, 0.5). The priors keep rows that are solved throughout finite. An outcome may be a
fraction, which makes the likelihood a quasi-likelihood (Papke and Wooldridge 1996), and weighs as often as it was seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.special import expit, log_expit

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

PRIOR_PRECISION = 1.0
"""Of abilities and of difficulties."""

LOG_DISCRIMINATION_PRECISION = 4.0
"""A standard deviation of a half, as usual for this model (Mislevy 1986)."""

RANK_DRAWS = 2_000
INTERVAL = (2.5, 97.5)
"""Percentiles of an interval of ranks."""

_MOST_STEPS = 100
_STILL = 1e-6
"""A step in which no parameter moves further ends the search."""
_SMALLEST_SHARE = 1e-6
_SEED = 20


@dataclass(frozen=True)
class Matrix:
    """Outcomes of agents (rows) on items: mean value from 0 to 1, and how often it was seen, 0 where never."""

    value: Floats
    weight: Floats

    def where(self, chosen: Mask) -> Matrix:
        """The same matrix, with what is not chosen unseen."""
        return Matrix(self.value, np.where(chosen, self.weight, 0.0))


@dataclass(frozen=True)
class Fit:
    """Estimates with the standard errors of Laplace's approximation; discriminations are 1 in the Rasch model.

    ability_covariance: (agents, agents), of the abilities around their estimates.
    """

    ability: Floats
    difficulty: Floats
    discrimination: Floats
    ability_covariance: Floats
    difficulty_error: Floats
    discrimination_error: Floats | None
    is_converged: bool

    @property
    def ability_error(self) -> Floats:
        return np.sqrt(np.diag(self.ability_covariance))

    def probability(self) -> Floats:
        """That each agent solves each item, (agents, items)."""
        found: Floats = expit(self.discrimination * (self.ability[:, None] - self.difficulty))
        return found


def fit(matrix: Matrix, *, has_discrimination: bool = False) -> Fit:
    """The model of one parameter an item, or of two, which starts where the first one ends.

    Newton's method: the curvature has a block an item, so that a step is solved through the agents alone and costs
    agents^2 x items. An agent or an item of which nothing was seen stays at its prior.
    """
    agents, items = matrix.value.shape
    start = fit(matrix) if has_discrimination else None
    ability = np.zeros(agents) if start is None else start.ability
    item = np.zeros((1, items)) if start is None else np.stack([start.difficulty, np.zeros(items)])
    here = _log_posterior(matrix, ability, item)
    for _ in range(_MOST_STEPS):
        to_ability, to_item = _curvature(matrix, ability, item).step()
        share = 1.0
        while (there := _log_posterior(matrix, ability + share * to_ability, item + share * to_item)) < here:
            share /= 2
            if share < _SMALLEST_SHARE:
                # rounding hides what is left to gain
                return _described(_curvature(matrix, ability, item), is_converged=True)
        ability, item, here = ability + share * to_ability, item + share * to_item, there
        if share * max(_largest(to_ability), _largest(to_item)) < _STILL:
            return _described(_curvature(matrix, ability, item), is_converged=True)
    return _described(_curvature(matrix, ability, item), is_converged=False)


def rank_interval(found: Fit) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Best and worst rank of each agent, 1 the ablest, that 95 % of draws from the approximate posterior give it."""
    count = len(found.ability)
    normal = np.random.default_rng(_SEED).standard_normal((RANK_DRAWS, count))
    draws = found.ability + normal @ np.linalg.cholesky(found.ability_covariance).T
    ranks = (-draws).argsort(axis=1).argsort(axis=1) + 1
    best, worst = np.percentile(ranks, INTERVAL, axis=0, method="nearest")
    return best.astype(np.int64), worst.astype(np.int64)


class _Curvature:
    """Gradient and negative curvature of the log posterior at a place; LinAlgError where that is no maximum's.

    is_expected: the curvature that the model expects (Fisher's information), which is a maximum's everywhere.
    """

    def __init__(self, matrix: Matrix, ability: Floats, item: Floats, *, is_expected: bool) -> None:
        self.ability, self.item = ability, item
        logit, slope = _logit(ability, item)
        chance = expit(logit)
        residual = matrix.weight * (matrix.value - chance)
        information = matrix.weight * chance * (1 - chance)
        precision = np.array([PRIOR_PRECISION, LOG_DISCRIMINATION_PRECISION])[: len(item)]
        self.to_ability = (slope * residual).sum(axis=1) - PRIOR_PRECISION * ability
        to_item = [-slope * residual.sum(axis=0)]
        of_agent = (slope**2 * information).sum(axis=1) + PRIOR_PRECISION
        of_item = [slope**2 * information.sum(axis=0)]
        shared = [-(slope**2) * information]
        if len(item) == 2:
            to_item.append((logit * residual).sum(axis=0))
            # what the curvature of the logit itself adds
            bend = 0.0 if is_expected else residual
            crossed = slope * (logit * information - bend)
            of_item += [-crossed.sum(axis=0), (logit**2 * information - logit * bend).sum(axis=0)]
            shared.append(crossed)
        self.to_item = np.stack(to_item) - precision[:, None] * item
        self.item_inverse = _inverse(of_item, precision)
        self.shared = np.stack(shared)
        self.spread = np.einsum("kli,kai->lai", self.item_inverse, self.shared)
        of_agents = np.diag(of_agent) - np.einsum("lai,lbi->ab", self.spread, self.shared, optimize=True)
        self.factor = cho_factor(of_agents)

    def step(self) -> tuple[Floats, Floats]:
        """What to add to abilities and to item parameters."""
        through_items = np.einsum("lai,li->a", self.spread, self.to_item)
        to_ability: Floats = cho_solve(self.factor, self.to_ability - through_items)
        rest = self.to_item - np.einsum("kai,a->ki", self.shared, to_ability)
        to_item: Floats = np.einsum("kli,li->ki", self.item_inverse, rest)
        return to_ability, to_item


def _curvature(matrix: Matrix, ability: Floats, item: Floats) -> _Curvature:
    try:
        return _Curvature(matrix, ability, item, is_expected=False)
    except LinAlgError:
        return _Curvature(matrix, ability, item, is_expected=True)


def _inverse(of_item: list[Floats], precision: Floats) -> Floats:
    """Inverses of the blocks of the items, (parameters, parameters, items)."""
    if len(of_item) == 1:
        return np.asarray(1 / (of_item[0] + precision[0]))[None, None]
    by_difficulty, crossed, by_discrimination = of_item[0] + precision[0], of_item[1], of_item[2] + precision[1]
    determinant = by_difficulty * by_discrimination - crossed**2
    if (determinant <= 0).any() or (by_discrimination <= 0).any():
        raise LinAlgError("not a maximum")
    inverse: Floats = np.array([[by_discrimination, -crossed], [-crossed, by_difficulty]]) / determinant
    return inverse


def _described(at: _Curvature, *, is_converged: bool) -> Fit:
    covariance = cho_solve(at.factor, np.eye(len(at.ability)))
    through_agents = np.einsum("kai,ab,kbi->ki", at.spread, covariance, at.spread, optimize=True)
    variance = np.einsum("kki->ki", at.item_inverse) + through_agents
    has_discrimination = len(at.item) == 2
    discrimination = np.exp(at.item[1]) if has_discrimination else np.ones(at.item.shape[1])
    return Fit(
        ability=at.ability,
        difficulty=at.item[0],
        discrimination=discrimination,
        ability_covariance=(covariance + covariance.T) / 2,
        difficulty_error=np.sqrt(variance[0]),
        discrimination_error=discrimination * np.sqrt(variance[1]) if has_discrimination else None,
        is_converged=is_converged,
    )


def _logit(ability: Floats, item: Floats) -> tuple[Floats, Floats]:
    """Logits (agents, items), and their slope by ability (items)."""
    slope = np.exp(item[1]) if len(item) == 2 else np.ones(item.shape[1])
    logit: Floats = slope * (ability[:, None] - item[0])
    return logit, slope


def _log_posterior(matrix: Matrix, ability: Floats, item: Floats) -> float:
    logit, _ = _logit(ability, item)
    # log P of a failure is log P of a success less the logit
    likelihood = matrix.weight * (log_expit(logit) - (1 - matrix.value) * logit)
    prior = PRIOR_PRECISION * (ability @ ability + item[0] @ item[0])
    if len(item) == 2:
        prior += LOG_DISCRIMINATION_PRECISION * (item[1] @ item[1])
    return float(likelihood.sum() - prior / 2)


def _largest(values: Floats) -> float:
    return float(np.abs(values).max(initial=0.0))
