"""Models of response matrices: TV-38, known parameters found again, predictions of what was left out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import expit

from algorithms.responses.difficulty import PENALTIES, held_out_items, ridge
from algorithms.responses.evaluation import FOLDS, SPLITS, evaluate, held_out, score
from algorithms.responses.model import Fit, Floats, Matrix, fit, rank_interval
from algorithms.responses.prediction import (
    BASELINES,
    additive_logit,
    agent_mean,
    grand_mean,
    item_mean,
    rasch,
    two_parameters,
)

TV_38 = np.array([[1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0]], dtype=np.float64)


def whole(value: NDArray[np.float64], weight: float = 1.0) -> Matrix:
    return Matrix(value, np.full(value.shape, weight))


def simulated(
    agents: int, items: int, seed: int, *, has_discrimination: bool = False, repeats: int = 1
) -> tuple[Matrix, Floats, Floats, Floats]:
    """Synthetic outcomes of known abilities, difficulties and discriminations, a tenth of the cells unseen."""
    rng = np.random.default_rng(seed)
    ability, difficulty = rng.normal(size=agents), rng.normal(size=items)
    discrimination = np.exp(0.5 * rng.normal(size=items)) if has_discrimination else np.ones(items)
    chance = expit(discrimination * (ability[:, None] - difficulty))
    value = rng.binomial(repeats, chance) / repeats
    weight = np.where(rng.random((agents, items)) < 0.9, float(repeats), 0.0)
    return Matrix(value, weight), ability, difficulty, discrimination


def log_posterior(matrix: Matrix, ability: Floats, difficulty: Floats, log_discrimination: Floats | None) -> float:
    """Written from the definition, cell by cell."""
    slope = np.ones(len(difficulty)) if log_discrimination is None else np.exp(log_discrimination)
    total = -(ability @ ability + difficulty @ difficulty) / 2
    if log_discrimination is not None:
        total -= log_discrimination @ log_discrimination / (2 * 0.5**2)
    for agent in range(len(ability)):
        for item in range(len(difficulty)):
            chance = expit(slope[item] * (ability[agent] - difficulty[item]))
            value = matrix.value[agent, item]
            total += matrix.weight[agent, item] * (value * np.log(chance) + (1 - value) * np.log(1 - chance))
    return float(total)


def test_tv_38() -> None:
    found = fit(whole(TV_38))

    assert found.ability.round(4).tolist() == [0.5301, 0, -0.5301]
    assert found.difficulty.round(4).tolist() == [-0.8942, -0.2920, 0.2920, 0.8942]
    assert found.probability[1, 2].round(4) == 0.4275
    assert found.is_converged and found.discrimination.tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("has_discrimination", [False, True])
def test_estimates_are_a_maximum_with_the_errors_of_its_curvature(has_discrimination: bool) -> None:
    matrix, *_ = simulated(4, 5, seed=3, repeats=3)
    found = fit(matrix, has_discrimination=has_discrimination)
    place = np.concatenate([found.ability, found.difficulty, np.log(found.discrimination)[: 5 * has_discrimination]])

    def at(values: Floats) -> float:
        return log_posterior(matrix, values[:4], values[4:9], values[9:] if has_discrimination else None)

    step = 1e-3 * np.eye(len(place))
    gradient = np.array([(at(place + each) - at(place - each)) / 2e-3 for each in step])
    curvature = np.array(
        [
            [(at(place + a + b) - at(place + a - b) - at(place - a + b) + at(place - a - b)) / 4e-6 for b in step]
            for a in step
        ]
    )
    error = np.sqrt(np.diag(np.linalg.inv(-curvature)))
    assert np.abs(gradient).max() < 1e-4
    assert found.errors.ability == pytest.approx(error[:4], abs=1e-4)
    assert found.errors.difficulty == pytest.approx(error[4:9], abs=1e-4)
    if has_discrimination:
        assert found.errors.discrimination == pytest.approx(found.discrimination * error[9:], abs=1e-4)


def test_known_parameters_are_found_again() -> None:
    matrix, ability, difficulty, _ = simulated(60, 200, seed=1, repeats=3)
    found = fit(matrix)

    assert np.corrcoef(found.ability, ability)[0, 1] > 0.99
    assert np.corrcoef(found.difficulty, difficulty)[0, 1] > 0.97
    # abilities and difficulties share one free shift, which the priors hold only so far
    shift = np.mean(found.ability - ability)
    assert np.mean(np.abs(found.ability - ability - shift) < 1.96 * found.errors.ability) > 0.9
    assert np.mean(np.abs(found.difficulty - difficulty - shift) < 1.96 * found.errors.difficulty) > 0.9


def test_known_discriminations_are_found_again() -> None:
    matrix, _, _, discrimination = simulated(120, 80, seed=2, has_discrimination=True)
    found = fit(matrix, has_discrimination=True)

    assert found.is_converged
    assert np.corrcoef(np.log(found.discrimination), np.log(discrimination))[0, 1] > 0.8


def test_repeats_weigh_and_fractions_count_as_such() -> None:
    rng = np.random.default_rng(4)
    outcomes = rng.integers(0, 2, (5, 6, 4)).astype(np.float64)
    once = fit(whole(outcomes.mean(axis=2), weight=4))
    # the likelihood of four single outcomes a cell has the same maximum
    logit = once.ability[:, None] - once.difficulty
    gradient = (outcomes - expit(logit)[:, :, None]).sum(axis=(1, 2)) - once.ability
    assert np.abs(gradient).max() < 1e-5


def test_what_nobody_saw_stays_at_the_prior() -> None:
    matrix = Matrix(TV_38, np.array([[1.0, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0]]))
    found = fit(matrix, has_discrimination=True)

    assert found.ability[2] == 0 and found.errors.ability[2] == pytest.approx(1)
    assert found.difficulty[3] == 0 and found.errors.difficulty[3] == pytest.approx(1)
    assert found.discrimination[3] == 1


def test_rows_without_a_failure_are_finite() -> None:
    for value in (np.ones((3, 4)), np.zeros((3, 4))):
        for has_discrimination in (False, True):
            found = fit(whole(value), has_discrimination=has_discrimination)
            assert found.is_converged
            assert np.isfinite(np.concatenate([found.ability, found.difficulty, found.errors.ability])).all()


def test_ranks_overlap_where_agents_are_alike() -> None:
    value = np.array([[1.0] * 40, [1.0] * 20 + [0.0] * 20, [1.0, 0.0] * 20, [0.0] * 40])
    best, worst = rank_interval(fit(whole(value)))

    assert (best.tolist(), worst.tolist()) == ([1, 2, 2, 4], [1, 3, 3, 4])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_the_order_of_agents_and_items_does_not_matter(seed: int, has_discrimination: bool) -> None:
    matrix, *_ = simulated(5, 7, seed, repeats=2)
    rng = np.random.default_rng(seed)
    agents, items = rng.permutation(5), rng.permutation(7)
    one = fit(matrix, has_discrimination=has_discrimination)
    other = fit(
        Matrix(matrix.value[np.ix_(agents, items)], matrix.weight[np.ix_(agents, items)]),
        has_discrimination=has_discrimination,
    )

    assert other.ability == pytest.approx(one.ability[agents], abs=1e-5)
    assert other.difficulty == pytest.approx(one.difficulty[items], abs=1e-5)


@pytest.mark.parametrize("split", SPLITS)
def test_each_cell_is_left_out_once(split: str) -> None:
    matrix, *_ = simulated(12, 30, seed=5)
    folds = held_out(matrix, split)

    assert len(folds) == FOLDS
    assert (np.sum(folds, axis=0) == (matrix.weight > 0)).all()
    for fold in folds:
        if split == "agent":
            assert (fold[fold.any(axis=1)] == (matrix.weight > 0)[fold.any(axis=1)]).all()
        if split == "item":
            assert (fold[:, fold.any(axis=0)] == (matrix.weight > 0)[:, fold.any(axis=0)]).all()


@pytest.mark.parametrize("split", SPLITS)
def test_nothing_left_out_is_learnt_from(split: str) -> None:
    matrix, *_ = simulated(12, 30, seed=6)
    for predict in (rasch, two_parameters, *BASELINES.values()):
        chosen = held_out(matrix, split)[0]
        turned = Matrix(np.where(chosen, 1 - matrix.value, matrix.value), matrix.weight)
        assert (predict(matrix.where(~chosen)) == predict(turned.where(~chosen))).all()


def test_a_model_that_is_true_predicts_better_than_means() -> None:
    matrix, *_ = simulated(40, 120, seed=7)
    losses = {name: _loss(matrix, "cell", predict) for name, predict in {**BASELINES, "rasch": rasch}.items()}

    assert losses["rasch"] < losses["additive_logit"] < min(losses["agent_mean"], losses["item_mean"])
    assert max(losses, key=lambda name: losses[name]) == "grand_mean"


def _loss(matrix: Matrix, split: str, predict: object) -> float:
    found = evaluate(matrix, split, predict)  # type: ignore[arg-type]
    assert found is not None
    return found.log_loss


def test_baselines_by_hand() -> None:
    # two agents, three items, a cell unseen; five outcomes, three of them solved
    matrix = Matrix(np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]]), np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]]))

    assert grand_mean(matrix)[0, 0] == pytest.approx(0.6)
    assert agent_mean(matrix)[:, 0] == pytest.approx([2.6 / 4, 1.6 / 3])
    assert item_mean(matrix)[0] == pytest.approx([2.6 / 3, 1.6 / 3, 0.6 / 2])
    odds = (2.6 / 1.4) * (2.6 / 0.4) / (0.6 / 0.4)
    assert additive_logit(matrix)[0, 0] == pytest.approx(odds / (1 + odds))


def test_scores_by_hand() -> None:
    matrix = Matrix(np.array([[1.0, 0.0, 0.5, 0.0]]), np.array([[1.0, 1.0, 2.0, 1.0]]))
    folds = [np.array([[True, True, True, False]]), np.array([[False, False, False, True]])]
    predicted = np.array([[0.9, 0.2, 0.2, 0.4]])
    found = score(matrix, folds, [predicted, predicted])

    assert found is not None
    # outcomes solved at .9 and .2, failed at .2 twice: two pairs in order, two tied; the second fold has no pair
    assert found.auc == pytest.approx((2 + 0.5 * 2) / 4)
    assert found.rmse == pytest.approx(np.sqrt((0.1**2 + 0.2**2 + 0.3**2 + 0.4**2) / 4))
    losses = [-np.log(0.9), -np.log(0.8), -np.log(0.2) - np.log(0.8), -np.log(0.6)]
    assert found.log_loss == pytest.approx(sum(losses) / 5)
    assert found.calibration_error == pytest.approx((0.1 + abs(1 - 3 * 0.2) + 0.4) / 5)


def test_outcomes_that_are_all_alike_have_no_auc() -> None:
    found = evaluate(whole(np.ones((3, 8))), "cell", rasch)

    assert found is not None and found.auc is None and found.log_loss < 0.7


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(4, 30))
def test_the_error_of_a_ridge_is_that_of_leaving_each_item_out(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    vectors, target = rng.normal(size=(count, 6)), rng.normal(size=count)
    found = ridge(vectors, target)

    def left_out(penalty: float) -> float:
        errors = []
        for item in range(count):
            rest = np.arange(count) != item
            centre, mean = vectors[rest].mean(axis=0), target[rest].mean()
            centred = vectors[rest] - centre
            weights = np.linalg.solve(centred.T @ centred + penalty * np.eye(6), centred.T @ (target[rest] - mean))
            errors.append(target[item] - mean - (vectors[item] - centre) @ weights)
        return float(np.sqrt(np.mean(np.square(errors))))

    assert found.error == pytest.approx(min(left_out(penalty) for penalty in PENALTIES))
    rests = [target[np.arange(count) != item].mean() for item in range(count)]
    assert found.mean_error == pytest.approx(np.sqrt(np.mean((target - rests) ** 2)))


def test_difficulty_is_predicted_from_vectors_that_tell_it() -> None:
    matrix, _, difficulty, _ = simulated(40, 120, seed=8)
    rng = np.random.default_rng(8)
    telling = np.stack([difficulty, rng.normal(size=120)], axis=1)
    silent = rng.normal(size=(120, 5))
    true: Fit = fit(matrix)

    def error(predicted: Floats) -> float:
        return float(np.sqrt(np.mean((predicted - true.difficulty) ** 2)))

    found = held_out_items(matrix, telling)
    assert error(found.difficulty) < 0.5 * error(found.mean_difficulty)
    told = score(matrix, found.folds, found.probabilities)
    untold = evaluate(matrix, "item", rasch)
    assert told is not None and untold is not None and told.log_loss < untold.log_loss
    nothing = held_out_items(matrix, silent)
    assert error(nothing.difficulty) == pytest.approx(error(nothing.mean_difficulty), rel=0.1)


def test_an_item_without_a_vector_is_not_predicted() -> None:
    matrix, *_ = simulated(10, 30, seed=9)
    vectors = np.random.default_rng(9).normal(size=(30, 3))
    vectors[::3] = np.nan
    found = held_out_items(matrix, vectors)

    assert np.isnan(found.difficulty[::3]).all() and not np.isnan(found.difficulty[1::3]).any()
    assert all(np.isfinite(each).all() for each in found.probabilities)
