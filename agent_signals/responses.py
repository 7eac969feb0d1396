"""The fits of a build: each data set whose outcomes changed, by the models of `algorithms.responses`, as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from duckdb import DuckDBPyRelation
from numpy.typing import NDArray

from agent_signals.embedding import text_vectors
from algorithms.responses.difficulty import held_out_items, ridge
from algorithms.responses.evaluation import SPLITS, Score, evaluate, held_out, score
from algorithms.responses.model import Fit, Floats, Matrix, fit, rank_interval
from algorithms.responses.prediction import BASELINES, rasch, two_parameters

RASCH, TWO_PARAMETERS, STATEMENT = "rasch", "two_parameters", "rasch_from_statement"

SCHEMA = pa.schema(
    {
        "dataset_name": pa.string(),
        "record_kind": pa.string(),
        "agent_id": pa.string(),
        "item_id": pa.string(),
        "split": pa.string(),
        "response_model": pa.string(),
        "is_converged": pa.bool_(),
        "ability": pa.float64(),
        "ability_error": pa.float64(),
        "ability_rank": pa.int64(),
        "ability_rank_best": pa.int64(),
        "ability_rank_worst": pa.int64(),
        "difficulty": pa.float64(),
        "difficulty_error": pa.float64(),
        "discrimination": pa.float64(),
        "discrimination_error": pa.float64(),
        "predicted_difficulty": pa.float64(),
        "predicted_difficulty_error": pa.float64(),
        "embedding_model": pa.string(),
        "auc": pa.float64(),
        "rmse": pa.float64(),
        "log_loss": pa.float64(),
        "calibration_error": pa.float64(),
        "difficulty_rmse": pa.float64(),
        "mean_difficulty_rmse": pa.float64(),
        "held_out_cell_count": pa.int64(),
        "fold_count": pa.int64(),
    }
)
"""record_kind agent, item or split, which the columns of the other kinds are null for."""

_DECIMALS = 6
_CELLS = """
    select dataset_name, agent_id, item_id, outcome_count, mean_outcome
    from cells
    where outcome_count > 0
    order by dataset_name, agent_id, item_id
"""
_TEXTS = "select dataset_name, item_id, text_sha256, embedding_model from texts order by dataset_name, item_id"

Row = dict[str, Any]


class Responses(NamedTuple):
    """The outcomes of a data set; rows and columns of the matrix are `agents` and `items`."""

    agents: list[str]
    items: list[str]
    matrix: Matrix


def fitted_responses(
    cells: DuckDBPyRelation, texts: DuckDBPyRelation, thresholds: Mapping[str, float], home: Path
) -> pa.Table:
    """Rows of `SCHEMA` for all data sets of the cells.

    cells: dataset_name, agent_id, item_id, outcome_count, mean_outcome; texts: dataset_name, item_id, text_sha256,
    text, embedding_model of items, tried or not; home: of the warehouse, where vectors are kept.
    """
    asked = texts.query("texts", _TEXTS).to_arrow_table()
    models = asked["embedding_model"].unique().to_pylist()
    vectors = text_vectors(texts, asked["text_sha256"].to_pylist(), models, home)
    told: dict[str, dict[str, Floats]] = {}
    for dataset_name, item, vector in zip(asked["dataset_name"], asked["item_id"], vectors, strict=True):
        told.setdefault(dataset_name.as_py(), {})[item.as_py()] = vector.astype(np.float64)
    rows = [
        {"dataset_name": dataset_name, **row}
        for dataset_name, responses in _responses(cells)
        for row in fitted_rows(responses, told.get(dataset_name, {}), thresholds)
    ]
    for row in rows:
        if row.get("predicted_difficulty") is not None or row.get("response_model") == STATEMENT:
            row["embedding_model"] = models[0]
    return pa.Table.from_pylist([_rounded(row) for row in rows], SCHEMA)


def fitted_rows(responses: Responses, vectors: Mapping[str, Floats], thresholds: Mapping[str, float]) -> Iterator[Row]:
    """Agents, items and splits of one data set; nothing of one with a single agent or a single item."""
    agents, items, matrix = responses
    if len(agents) < 2 or len(items) < 2:
        return
    has_discrimination = len(agents) >= thresholds["two_parameter_agents"]
    found = fit(matrix, has_discrimination=has_discrimination)
    model = {"response_model": TWO_PARAMETERS if has_discrimination else RASCH, "is_converged": found.is_converged}
    yield from ({"record_kind": "agent", **model, **row} for row in _agent_rows(agents, found))
    if (matrix.weight > 0).sum() >= thresholds["held_out_cells"]:
        yield from _split_rows(matrix)
    predicted: dict[str, Row] = {}
    if sum(item in vectors for item in items) >= thresholds["difficulty_items"]:
        predicted, row = _predicted(responses, vectors, found, has_discrimination=has_discrimination)
        yield row
    for item, row in _item_rows(items, found):
        yield {"record_kind": "item", "item_id": item, **model, **row, **predicted.pop(item, {})}
    for item, row in predicted.items():
        yield {"record_kind": "item", "item_id": item, **row}


def _responses(cells: DuckDBPyRelation) -> Iterator[tuple[str, Responses]]:
    table = cells.query("cells", _CELLS).to_arrow_table()
    datasets = table["dataset_name"].to_pylist()
    for dataset_name in dict.fromkeys(datasets):
        first, last = datasets.index(dataset_name), len(datasets) - datasets[::-1].index(dataset_name)
        part = table.slice(first, last - first)
        agents, agent_at = _numbered(part["agent_id"].to_pylist())
        items, item_at = _numbered(part["item_id"].to_pylist())
        value, weight = np.zeros((2, len(agents), len(items)))
        value[agent_at, item_at] = part["mean_outcome"].to_numpy()
        weight[agent_at, item_at] = part["outcome_count"].to_numpy()
        yield dataset_name, Responses(agents, items, Matrix(value, weight))


def _numbered(names: list[str]) -> tuple[list[str], NDArray[np.intp]]:
    distinct = sorted(set(names))
    place = {name: number for number, name in enumerate(distinct)}
    return distinct, np.array([place[name] for name in names], dtype=np.intp)


def _agent_rows(agents: list[str], found: Fit) -> Iterator[Row]:
    best, worst = rank_interval(found)
    ability_error = found.errors.ability
    # agents of one ability have one rank
    ability = found.ability.round(_DECIMALS)
    ranks = (ability[None, :] > ability[:, None]).sum(axis=1) + 1
    for number, agent in enumerate(agents):
        yield {
            "agent_id": agent,
            "ability": found.ability[number],
            "ability_error": ability_error[number],
            "ability_rank": int(ranks[number]),
            "ability_rank_best": int(best[number]),
            "ability_rank_worst": int(worst[number]),
        }


def _item_rows(items: list[str], found: Fit) -> Iterator[tuple[str, Row]]:
    errors = found.errors
    for number, item in enumerate(items):
        yield (
            item,
            {
                "difficulty": found.difficulty[number],
                "difficulty_error": errors.difficulty[number],
                "discrimination": None if errors.discrimination is None else found.discrimination[number],
                "discrimination_error": None if errors.discrimination is None else errors.discrimination[number],
            },
        )


def _predicted(
    responses: Responses, vectors: Mapping[str, Floats], found: Fit, *, has_discrimination: bool
) -> tuple[dict[str, Row], Row]:
    """Predictions by item, of a tried one without its own outcomes, and how far they can be trusted."""
    unknown = np.full(next(iter(vectors.values())).shape, np.nan)
    told = np.array([vectors.get(item, unknown) for item in responses.items])
    has_vector = ~np.isnan(told).any(axis=1)
    tested = held_out_items(responses.matrix, told, has_discrimination=has_discrimination)
    regression = ridge(told[has_vector], found.difficulty[has_vector])
    difficulties = dict(zip(responses.items, tested.difficulty, strict=True))
    untried = [item for item in vectors if item not in difficulties]
    if untried:
        asked = np.array([vectors[item] for item in untried])
        difficulties |= zip(untried, regression.predict(asked), strict=True)
    predicted = {
        item: {"predicted_difficulty": difficulty, "predicted_difficulty_error": regression.error}
        for item, difficulty in difficulties.items()
        if not np.isnan(difficulty)
    }
    row = _split_row(responses.matrix, "item", STATEMENT, score(responses.matrix, tested.folds, tested.probabilities))
    row["difficulty_rmse"] = _rmse(tested.difficulty - found.difficulty)
    row["mean_difficulty_rmse"] = _rmse(tested.mean_difficulty - found.difficulty)
    return predicted, row


def _rmse(errors: Floats) -> float:
    return float(np.sqrt(np.nanmean(errors**2)))


def _split_rows(matrix: Matrix) -> Iterator[Row]:
    for split in SPLITS:
        for model, predict in {**BASELINES, RASCH: rasch, TWO_PARAMETERS: two_parameters}.items():
            yield _split_row(matrix, split, model, evaluate(matrix, split, predict))


def _split_row(matrix: Matrix, split: str, model: str, found: Score | None) -> Row:
    folds = held_out(matrix, split)
    return {
        "record_kind": "split",
        "split": split,
        "response_model": model,
        **({} if found is None else asdict(found)),
        "held_out_cell_count": int(sum(fold.sum() for fold in folds)),
        "fold_count": len(folds),
    }


def _rounded(row: Row) -> Row:
    """What differs with the threads of a matrix product is no result."""
    return {name: round(float(value), _DECIMALS) if isinstance(value, float) else value for name, value in row.items()}
