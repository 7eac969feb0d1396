"""Rasch and two-parameter logistic models of a matrix of outcomes, as maximum a posteriori estimates (signals.md 8).

P(agent solves item) = 1 / (1 + exp(-a (theta - b))), theta and b from N(0, 1). In the Rasch model a is 1, in the model
of two parameters log a is from N(0, 0.5). The priors keep rows that are solved throughout finite. An outcome may be a
fraction, which makes the likelihood a quasi-likelihood (Papke and Wooldridge 1996), and weighs as often as it was seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.linalg import LinAlgError
from numpy.typing import NDArray
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
_ACCURACY = 1e-8
"""Of the step itself, relative to the slope."""
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
class Errors:
    """Standard errors of Laplace's approximation; ability_covariance (agents, agents) is around the estimates."""

    ability_covariance: Floats
    difficulty: Floats
    discrimination: Floats | None

    @property
    def ability(self) -> Floats:
        return np.sqrt(np.diag(self.ability_covariance))


@dataclass(frozen=True)
class Fit:
    """Estimates; log_discrimination is None in the Rasch model, whose discriminations are 1."""

    matrix: Matrix
    ability: Floats
    difficulty: Floats
    log_discrimination: Floats | None
    is_converged: bool

    @cached_property
    def discrimination(self) -> Floats:
        return np.ones(len(self.difficulty)) if self.log_discrimination is None else np.exp(self.log_discrimination)

    @cached_property
    def logit(self) -> Floats:
        """Of success, (agents, items)."""
        found: Floats = self.discrimination * (self.ability[:, None] - self.difficulty)
        return found

    @cached_property
    def probability(self) -> Floats:
        """That each agent solves each item, (agents, items)."""
        found: Floats = expit(self.logit)
        return found

    @cached_property
    def information(self) -> Floats:
        """What each cell tells of its logit, (agents, items)."""
        return self.matrix.weight * self.probability * (1 - self.probability)

    @cached_property
    def errors(self) -> Errors:
        """From the curvature of the log posterior; where it is none of a maximum's, from what the model expects."""
        try:
            return _errors(self, is_expected=False)
        except LinAlgError:
            return _errors(self, is_expected=True)


def fit(matrix: Matrix, *, has_discrimination: bool = False) -> Fit:
    """The model of one parameter an item, or of two, which starts where the first one ends.

    Newton's method. An agent or an item of which nothing was seen stays at its prior.
    """
    agents, items = matrix.value.shape
    here = Fit(matrix, np.zeros(agents), np.zeros(items), None, is_converged=False)
    if has_discrimination:
        here = replace(fit(matrix), log_discrimination=np.zeros(items), is_converged=False)
    reached = _log_posterior(here)
    for _ in range(_MOST_STEPS):
        to_ability, to_item = _step(here)
        share = 1.0
        while (found := _log_posterior(there := _moved(here, share * to_ability, share * to_item))) < reached:
            share /= 2
            if share < _SMALLEST_SHARE:
                # rounding hides what is left to gain
                return replace(here, is_converged=True)
        here, reached = there, found
        if share * max(np.abs(to_ability).max(initial=0.0), np.abs(to_item).max(initial=0.0)) < _STILL:
            return replace(here, is_converged=True)
    return here


def rank_interval(found: Fit) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Best and worst rank of each agent, 1 the ablest, that 95 % of draws from the approximate posterior give it."""
    count = len(found.ability)
    normal = np.random.default_rng(_SEED).standard_normal((RANK_DRAWS, count))
    draws = found.ability + normal @ np.linalg.cholesky(found.errors.ability_covariance).T
    ranks = (-draws).argsort(axis=1).argsort(axis=1) + 1
    best, worst = np.percentile(ranks, INTERVAL, axis=0, method="nearest")
    return best.astype(np.int64), worst.astype(np.int64)


class _Curvature:
    """Slope and negative curvature of the log posterior at a place; LinAlgError where that is no maximum's.

    is_expected: the curvature that the model expects (Fisher's information), which is a maximum's everywhere. It has a
    block an item, so that it is solved through the agents alone. All is done without threads: for matrices of this size
    those of linear algebra cost more than they save.
    """

    def __init__(self, found: Fit, *, is_expected: bool) -> None:
        slope, information, logit = found.discrimination, found.information, found.logit
        residual = found.matrix.weight * (found.matrix.value - found.probability)
        self.to_ability = (slope * residual).sum(axis=1) - PRIOR_PRECISION * found.ability
        to_item = [-slope * residual.sum(axis=0) - PRIOR_PRECISION * found.difficulty]
        self.of_agent = (slope**2 * information).sum(axis=1) + PRIOR_PRECISION
        of_item = [slope**2 * information.sum(axis=0) + PRIOR_PRECISION]
        shared = [-(slope**2) * information]
        if found.log_discrimination is not None:
            to_item.append((logit * residual).sum(axis=0) - LOG_DISCRIMINATION_PRECISION * found.log_discrimination)
            # what the curvature of the logit itself adds
            bend = 0.0 if is_expected else residual
            crossed = slope * (logit * information - bend)
            by_log_discrimination = (logit**2 * information - logit * bend).sum(axis=0)
            of_item += [-crossed.sum(axis=0), by_log_discrimination + LOG_DISCRIMINATION_PRECISION]
            shared.append(crossed)
        self.to_item, self.shared = np.stack(to_item), np.stack(shared)
        self.item_inverse = _inverse(of_item)
        self.spread = (self.item_inverse[:, :, None, :] * self.shared[:, None]).sum(axis=0)

    def of_agents(self, direction: Floats) -> Floats:
        """The curvature that is left for the agents, times a direction."""
        through_items = (self.shared * direction[:, None]).sum(axis=1)
        product: Floats = self.of_agent * direction - (self.spread * through_items[:, None, :]).sum(axis=(0, 2))
        return product

    def step(self) -> tuple[Floats, Floats]:
        """What to add to abilities and to item parameters, by conjugate gradients."""
        rest = self.to_ability - (self.spread * self.to_item[:, None, :]).sum(axis=(0, 2))
        scale = self.of_agent - (self.spread * self.shared).sum(axis=(0, 2))
        if (scale <= 0).any():
            raise LinAlgError("not a maximum")
        to_ability = np.zeros(len(rest))
        limit = _ACCURACY * np.abs(rest).max(initial=0.0)
        direction = rest / scale
        size = (rest * direction).sum()
        for _ in range(2 * len(rest)):
            if np.abs(rest).max(initial=0.0) <= limit:
                break
            bent = self.of_agents(direction)
            curvature = (direction * bent).sum()
            if curvature <= 0:
                raise LinAlgError("not a maximum")
            to_ability += size / curvature * direction
            rest = rest - size / curvature * bent
            scaled = rest / scale
            size, before = (rest * scaled).sum(), size
            direction = scaled + size / before * direction
        to_item = self.to_item - (self.shared * to_ability[:, None]).sum(axis=1)
        return to_ability, (self.item_inverse * to_item[:, None, :]).sum(axis=0)


def _step(found: Fit) -> tuple[Floats, Floats]:
    try:
        return _Curvature(found, is_expected=False).step()
    except LinAlgError:
        return _Curvature(found, is_expected=True).step()


def _moved(found: Fit, to_ability: Floats, to_item: Floats) -> Fit:
    return Fit(
        found.matrix,
        found.ability + to_ability,
        found.difficulty + to_item[0],
        None if found.log_discrimination is None else found.log_discrimination + to_item[1],
        found.is_converged,
    )


def _log_posterior(found: Fit) -> float:
    # log P of a failure is log P of a success less the logit
    likelihood = found.matrix.weight * (log_expit(found.logit) - (1 - found.matrix.value) * found.logit)
    prior = PRIOR_PRECISION * ((found.ability**2).sum() + (found.difficulty**2).sum())
    if found.log_discrimination is not None:
        prior += LOG_DISCRIMINATION_PRECISION * (found.log_discrimination**2).sum()
    return float(likelihood.sum() - prior / 2)


def _errors(found: Fit, *, is_expected: bool) -> Errors:
    at = _Curvature(found, is_expected=is_expected)
    of_agents = np.diag(at.of_agent) - np.einsum("lai,lbi->ab", at.spread, at.shared)
    root = np.linalg.inv(np.linalg.cholesky(of_agents))
    # squares of what each draw of the agents does to the items
    through_agents = (np.einsum("ca,kai->kci", root, at.spread, optimize=True) ** 2).sum(axis=1)
    error = np.sqrt(np.einsum("kki->ki", at.item_inverse) + through_agents)
    has_discrimination = found.log_discrimination is not None
    return Errors(root.T @ root, error[0], found.discrimination * error[1] if has_discrimination else None)


def _inverse(of_item: list[Floats]) -> Floats:
    """Inverses of the blocks of the items, (parameters, parameters, items)."""
    if len(of_item) == 1:
        return np.asarray(1 / of_item[0])[None, None]
    by_difficulty, crossed, by_discrimination = of_item
    determinant = by_difficulty * by_discrimination - crossed**2
    if (determinant <= 0).any() or (by_discrimination <= 0).any():
        raise LinAlgError("not a maximum")
    inverse: Floats = np.array([[by_discrimination, -crossed], [-crossed, by_difficulty]]) / determinant
    return inverse
