"""McNemar, Holm and the detectable difference against statsmodels and the vectors of the definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.multitest import multipletests

from algorithms.paired_tests import holm, mcnemar, smallest_detectable_difference


def test_the_exact_p_and_its_mid_p_are_those_of_the_definition() -> None:
    """TV-37."""
    exact, mid = mcnemar([12], [4])

    assert exact[0] == pytest.approx(0.0768, abs=0.00005)
    assert mid[0] == pytest.approx(0.0490, abs=0.00005)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80)), min_size=1, max_size=20))
def test_the_exact_p_is_that_of_statsmodels(pairs: list[tuple[int, int]]) -> None:
    exact, mid = mcnemar([first for first, _ in pairs], [second for _, second in pairs])

    for (first, second), p, smaller in zip(pairs, exact, mid, strict=True):
        assert p == pytest.approx(statsmodels_mcnemar([[0, first], [second, 0]], exact=True).pvalue, abs=1e-12)
        assert 0 <= smaller <= p <= 1


def test_five_discordant_tasks_never_suffice() -> None:
    exact, _ = mcnemar([5, 6, 0], [0, 0, 0])

    assert exact[0] > 0.05 > exact[1]
    assert exact[2] == 1


def test_holm_is_that_of_statsmodels_and_of_the_book() -> None:
    p_values = [0.01, 0.04, 0.03]

    assert holm(p_values) == pytest.approx([0.03, 0.06, 0.06])
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])
    assert holm([]).size == 0


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_that_of_statsmodels_on_any_family(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1], abs=1e-12)


def test_what_can_be_detected_shrinks_with_the_tasks() -> None:
    """(1.96 + 0.84) x 0.4 / sqrt(100) = 0.112; never less than six tasks of all."""
    found = smallest_detectable_difference([0.4, 0.4, 0.0, 0.9], [100, 400, 100, 4], alpha=0.05, power=0.8)

    assert found == pytest.approx([0.1121, 0.0560, 0.06, 1.0], abs=0.0001)
    assert np.all(found <= 1)
