"""Models of outcomes on the real response matrices: what they predict of outcomes left out, and what a fit takes.

`python -m benchmarks.responses` with AGENT_SIGNALS_FIXTURES prints the tables of docs/response_matrices.md. The Beta
likelihood that it compares with is written here alone: it predicts worse, so no mart uses it.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import digamma, expit, gammaln

from algorithms.responses.evaluation import SPLITS, evaluate
from algorithms.responses.model import Floats, Matrix, fit, rank_interval
from algorithms.responses.prediction import BASELINES, Predict, rasch, two_parameters
from loaders.artifact import Artifact
from loaders.formats.responses import matrix, trial_rows
from loaders.tables import Response

FOLDER = "response_matrices"
AGENTS, ITEMS = 200, 500


def swebench_verified(fixtures: Path) -> Matrix:
    """The cells of the matrix."""
    path = fixtures / FOLDER / "swebench_verified_response_matrix.csv"
    records = matrix.flatten(Artifact(path, fixtures))
    return assembled([(each.agent_name, each.task_id, each.value) for each in records if isinstance(each, Response)])


def terminal_bench(fixtures: Path, *, is_share_of_tests: bool = False) -> Matrix:
    """The judged trials of the table, each once; whether they resolved the task, or the share of tests that passed."""
    path = fixtures / FOLDER / "terminal_bench_trials.csv"
    records = trial_rows.flatten(Artifact(path, fixtures))
    trials = {
        (each.agent_name, each.trial_name, each.occurred_at): each for each in records if isinstance(each, Response)
    }
    judged = [each for each in trials.values() if each.failure_mode != "agent_installation_failed"]
    if is_share_of_tests:
        return assembled(
            [
                (each.agent_name, each.task_id, (each.passed_test_count or 0) / each.test_count)
                for each in judged
                if each.test_count
            ]
        )
    return assembled([(each.agent_name, each.task_id, each.value) for each in judged if each.value is not None])


def assembled(outcomes: list[tuple[str | None, str, float | None]]) -> Matrix:
    """A matrix of outcomes, repeats averaged."""
    cells: dict[tuple[str | None, str], list[float]] = defaultdict(list)
    for agent, item, value in outcomes:
        if value is not None:
            cells[agent, item].append(value)
    agents = {agent: place for place, agent in enumerate(sorted({str(agent) for agent, _ in cells}))}
    items = {item: place for place, item in enumerate(sorted({item for _, item in cells}))}
    means, counts = np.zeros((2, len(agents), len(items)))
    for (agent, item), values in cells.items():
        place = agents[str(agent)], items[item]
        means[place], counts[place] = np.mean(values), len(values)
    return Matrix(means, counts)


def beta_rasch(seen: Matrix) -> Floats:
    """Rasch probabilities as means of a Beta distribution of the cells' mean outcomes, clipped to .001 and .999."""
    agents, items = seen.value.shape
    present = (seen.weight > 0).astype(np.float64)
    value = np.clip(seen.value, 1e-3, 1 - 1e-3)
    solved, failed = np.log(value), np.log1p(-value)

    def negative(place: Floats) -> tuple[float, Floats]:
        ability, difficulty, log_precision = place[:agents], place[agents:-1], place[-1]
        precision = np.exp(log_precision)
        mean = np.clip(expit(ability[:, None] - difficulty), 1e-9, 1 - 1e-9)
        one, other = mean * precision, (1 - mean) * precision
        likelihood = gammaln(precision) - gammaln(one) - gammaln(other) + (one - 1) * solved + (other - 1) * failed
        by_logit = present * precision * (solved - failed - digamma(one) + digamma(other)) * mean * (1 - mean)
        by_precision = (
            digamma(precision) - mean * digamma(one) - (1 - mean) * digamma(other) + mean * solved + (1 - mean) * failed
        )
        prior = ability @ ability + difficulty @ difficulty + log_precision**2 / 4
        gradient = np.concatenate(
            [
                by_logit.sum(axis=1) - ability,
                -by_logit.sum(axis=0) - difficulty,
                [precision * (present * by_precision).sum() - log_precision / 4],
            ]
        )
        return -float((present * likelihood).sum() - prior / 2), -gradient

    found = minimize(negative, np.zeros(agents + items + 1), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    chance: Floats = expit(found[:agents, None] - found[agents:-1])
    return chance


def print_table(title: str, seen: Matrix, models: dict[str, Predict], splits: tuple[str, ...]) -> None:
    """How each model predicts what was left out."""
    agents, items = seen.value.shape
    cells, outcomes = int((seen.weight > 0).sum()), int(seen.weight.sum())
    print(f"\n{title}: {agents} agents, {items} items, {cells} cells, {outcomes} outcomes\n")
    print("| left out | model | AUC | RMSE | log loss | calibration |\n|---|---|---|---|---|---|")
    for split in splits:
        for name, predict in models.items():
            score = evaluate(seen, split, predict)
            if score is not None and score.auc is not None:
                measures = (score.auc, score.rmse, score.log_loss, score.calibration_error)
                print(f"| {split} | {name} | " + " | ".join(f"{measure:.3f}" for measure in measures) + " |")


def print_speed() -> None:
    """What a fit takes, on outcomes simulated with a seed."""
    rng = np.random.default_rng(20)
    chance = expit(rng.normal(size=(AGENTS, 1)) - rng.normal(size=ITEMS))
    simulated = Matrix((rng.random(chance.shape) < chance).astype(np.float64), np.ones(chance.shape))
    print(f"\nsimulated, {AGENTS} agents and {ITEMS} items")
    for name, has_discrimination, predict in (("rasch", False, rasch), ("two_parameters", True, two_parameters)):
        began = time.perf_counter()
        rank_interval(fit(simulated, has_discrimination=has_discrimination))
        fitted = time.perf_counter()
        for split in SPLITS:
            evaluate(simulated, split, predict)
        print(
            f"{name}: fit and ranks {fitted - began:.2f} s, three held-out splits {time.perf_counter() - fitted:.2f} s"
        )


if __name__ == "__main__":
    root = Path(os.environ["AGENT_SIGNALS_FIXTURES"])
    known: dict[str, Predict] = {**BASELINES, "rasch": rasch, "two_parameters": two_parameters}
    print_table("SWE-bench Verified", swebench_verified(root), known, SPLITS)
    print_table("Terminal-Bench", terminal_bench(root), known, SPLITS)
    fractions: dict[str, Predict] = {"rasch, quasi-Bernoulli": rasch, "rasch, Beta": beta_rasch}
    print_table("Terminal-Bench, mean of repeats", terminal_bench(root), fractions, ("cell",))
    print_table("Terminal-Bench, share of tests", terminal_bench(root, is_share_of_tests=True), fractions, ("cell",))
    print_speed()
