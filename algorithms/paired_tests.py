"""Tests of two agents on the same tasks: exact McNemar with its mid-p, Holm's correction, what could be detected."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom, norm

Numbers = NDArray[np.float64]


def mcnemar(only_first: ArrayLike, only_second: ArrayLike) -> tuple[Numbers, Numbers]:
    """Two-sided exact p of McNemar's test and its mid-p (Fagerland, Lydersen and Laake 2013, BMC Med Res Methodol 13).

    only_first, only_second: discordant tasks of each side, one number a comparison. Without any both p are 1.
    With several trials a task a side may be better without having resolved all: then this is the sign test.
    """
    less = np.minimum(only_first, only_second)
    discordant = np.add(only_first, only_second)
    both_tails = 2 * binom.cdf(less, discordant, 0.5)
    return np.minimum(1.0, both_tails), np.minimum(1.0, both_tails - binom.pmf(less, discordant, 0.5))


def holm(p_values: ArrayLike) -> Numbers:
    """Holm's step-down adjusted p of a family of tests (Holm 1979, Scandinavian Journal of Statistics 6).

    Equal to statsmodels' `multipletests`, which collects all garbage of the process at each call: hundreds of families
    in a process that holds a dbt project took minutes.
    """
    values = np.asarray(p_values, float)
    order = np.argsort(values)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(values[order] * np.arange(values.size, 0, -1)))
    return adjusted


def smallest_detectable_difference(
    standard_deviation: ArrayLike, task_count: ArrayLike, alpha: ArrayLike, power: ArrayLike
) -> Numbers:
    """Difference of rates that a paired test of so many tasks finds with the given power, by the normal approximation.

    standard_deviation: of the tasks' paired differences. Never less than what all discordant tasks on one side need to
    be significant: 6 of them at alpha 0.05.
    """
    counts, alphas = np.asarray(task_count, float), np.asarray(alpha, float)
    needed = np.ceil(1 + np.log2(1 / alphas))
    distance = norm.ppf(1 - alphas / 2) + norm.ppf(power)
    approximate = distance * np.asarray(standard_deviation, float) / np.sqrt(counts)
    return np.asarray(np.minimum(1.0, np.maximum(approximate, needed / counts)), float)
