"""Bootstrap of rates and of paired differences: seeded, and exact where resampling by hand would be slow.

Drawing n clusters with replacement and counting how often each was drawn is one multinomial draw; clusters that look
alike are drawn as one kind. So a resample costs as many numbers as there are kinds, not as there are tasks.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Interval(NamedTuple):
    """Percentile interval (Efron 1979, Annals of Statistics 7) and standard error of a resampled number."""

    low: float
    high: float
    standard_error: float


def rate_intervals(
    successes: Sequence[ArrayLike], totals: ArrayLike, seed: Sequence[int], resamples: int, level: float = 0.95
) -> list[Interval]:
    """Intervals of sum(each) / sum(totals) when whole clusters (a repository's tasks) are drawn with replacement.

    successes: what is counted, each with one number a cluster, in the same draws; totals: positive, one number a
    cluster. Raises ValueError without a cluster.
    """
    clusters = np.column_stack([np.asarray(each, float) for each in (totals, *successes)])
    kinds, counts = np.unique(clusters, axis=0, return_counts=True)
    drawn = _drawn(counts, seed, resamples)
    drawn_totals = _sums(drawn, kinds[:, 0])
    return [_interval(_sums(drawn, each) / drawn_totals, level) for each in kinds.T[1:]]


def mean_interval(
    values: ArrayLike, counts: ArrayLike, seed: Sequence[int], resamples: int, level: float = 0.95
) -> Interval:
    """Interval of the mean when tasks are drawn with replacement.

    values: the distinct values that tasks have (for a paired difference -1, 0, 1); counts: tasks with each value, their
    sum positive. Raises ValueError without a value.
    """
    numbers = np.asarray(counts, np.int64)
    drawn = _drawn(numbers, seed, resamples)
    return _interval(_sums(drawn, np.asarray(values, float)) / numbers.sum(), level)


def seed_of(seed: int, key: str) -> list[int]:
    """The seed of one unit: the same whatever else is computed, and in whichever order."""
    return [seed, int.from_bytes(sha256(key.encode()).digest()[:8], "big")]


def _drawn(counts: NDArray[np.int64], seed: Sequence[int], resamples: int) -> NDArray[np.int64]:
    if not counts.sum():
        raise ValueError("nothing to draw from")
    generator = np.random.default_rng(list(seed))
    return generator.multinomial(counts.sum(), counts / counts.sum(), size=resamples)


def _sums(drawn: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of each resample. Not as a matrix product: its threads would wait for each other on a busy machine."""
    sums: NDArray[np.float64] = np.einsum("ij,j->i", drawn, values)
    return sums


def _interval(resampled: NDArray[np.float64], level: float) -> Interval:
    """The order statistics nearest to both ends: numpy sorts all faster than its quantile finds two of them."""
    ends = np.rint((resampled.size - 1) * np.array([1 - level, 1 + level]) / 2).astype(int)
    low, high = np.sort(resampled)[ends]
    return Interval(float(low), float(high), float(resampled.std(ddof=1)))
