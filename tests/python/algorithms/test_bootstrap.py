"""The bootstrap against scipy's own, against the analytic error, and what it must not depend on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from algorithms.bootstrap import mean_interval, rate_intervals, seed_of

SEED = [1, 2]
RESAMPLES = 10_000


def test_the_paired_bootstrap_is_that_of_the_definition() -> None:
    """TV-37: 100 tasks, 12 against 4 discordant: a difference of 0.08, 95 % about 0.00 to 0.16, error 0.0391."""
    interval = mean_interval([-1, 0, 1], [4, 84, 12], SEED, RESAMPLES)

    assert interval.low == pytest.approx(0.0, abs=0.011)
    assert interval.high == pytest.approx(0.16, abs=0.011)
    assert interval.standard_error == pytest.approx(0.0392, abs=0.001)


def test_the_paired_bootstrap_equals_that_of_scipy() -> None:
    """Both draw tasks: the ends lie on the same grid of 1 / n, apart by what 10,000 resamples leave to chance."""
    values = np.repeat([-1.0, -0.4, 0.0, 0.4, 1.0], [9, 6, 120, 11, 21])

    own = mean_interval([-1, -0.4, 0, 0.4, 1], [9, 6, 120, 11, 21], SEED, RESAMPLES)
    other = stats.bootstrap(
        (values,), np.mean, n_resamples=RESAMPLES, method="percentile", rng=np.random.default_rng(3)
    )

    assert own.low == pytest.approx(other.confidence_interval.low, abs=0.006)
    assert own.high == pytest.approx(other.confidence_interval.high, abs=0.006)
    assert own.standard_error == pytest.approx(other.standard_error, rel=0.03)


def test_clusters_are_drawn_whole() -> None:
    """Against scipy on cluster indices: two repositories of ten tasks each, one solved, one not, tell little."""
    successes, totals = np.array([10.0, 0, 6, 2, 9]), np.array([10.0, 10, 12, 4, 9])

    own, nothing = rate_intervals([successes, np.zeros(5)], totals, SEED, RESAMPLES)
    other = stats.bootstrap(
        (np.arange(5),),
        lambda drawn, axis: successes[drawn].sum(axis) / totals[drawn].sum(axis),
        n_resamples=RESAMPLES,
        method="percentile",
        rng=np.random.default_rng(3),
    )

    assert own.low == pytest.approx(other.confidence_interval.low, abs=0.02)
    assert own.high == pytest.approx(other.confidence_interval.high, abs=0.02)
    assert own.standard_error == pytest.approx(other.standard_error, rel=0.03)
    assert own.high - own.low > 2 * 1.96 * np.sqrt(0.6 * 0.4 / totals.sum())
    assert nothing == (0, 0, 0)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12))
def test_the_order_of_clusters_does_not_matter(clusters: list[tuple[int, int]]) -> None:
    successes = [solved for solved, _ in clusters]
    totals = [solved + failed + 1 for solved, failed in clusters]
    order = np.random.default_rng(len(clusters)).permutation(len(clusters))

    first = rate_intervals([successes], totals, SEED, 50)

    assert first == rate_intervals([np.array(successes)[order]], np.array(totals)[order], SEED, 50)
    assert 0 <= first[0].low <= first[0].high <= 1


def test_a_seed_is_one_units_own() -> None:
    assert seed_of(7, "a") == seed_of(7, "a") != seed_of(7, "b")
    first, second = (rate_intervals([[1, 2]], [3, 4], seed_of(7, "a"), 50) for _ in range(2))
    assert first == second


def test_nothing_has_no_interval() -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        mean_interval([], [], SEED, 10)
