"""Fits as rows: data sets apart, untried items predicted, nothing where nothing can be said; synthetic outcomes."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from scipy.special import expit

from agent_signals.responses import SCHEMA, STATEMENT, fitted_responses
from algorithms.embedding import stub
from algorithms.responses.model import Matrix, fit

THRESHOLDS = {"two_parameter_agents": 10.0, "held_out_cells": 50.0, "difficulty_items": 20.0}

Row = dict[str, Any]


def outcomes(dataset_name: str, agents: int, items: int, seed: int = 1) -> list[Row]:
    rng = np.random.default_rng(seed)
    chance = expit(rng.normal(size=(agents, 1)) - rng.normal(size=items))
    return [
        {
            "dataset_name": dataset_name,
            "agent_id": f"agent {agent:02d}",
            "item_id": f"item {item:02d}",
            "outcome_count": 3,
            "mean_outcome": float(rng.binomial(3, chance[agent, item])) / 3,
        }
        for agent in range(agents)
        for item in range(items)
    ]


def statements(dataset_name: str, items: list[str]) -> list[Row]:
    texts = [f"what {item} asks" for item in items]
    return [
        {
            "dataset_name": dataset_name,
            "item_id": item,
            "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
            "text": text,
            "embedding_model": stub.NAME,
        }
        for item, text in zip(items, texts, strict=True)
    ]


def rows_of(cells: list[Row], texts: list[Row], home: Path) -> list[Row]:
    names = pa.schema(
        {name: pa.string() for name in ("dataset_name", "item_id", "text_sha256", "text", "embedding_model")}
    )
    connection = duckdb.connect()
    table = fitted_responses(
        connection.from_arrow(pa.Table.from_pylist(cells)),
        connection.from_arrow(pa.Table.from_pylist(texts, names)),
        THRESHOLDS,
        home,
    )
    assert table.schema == SCHEMA
    found: list[Row] = table.to_pylist()
    return found


def test_each_data_set_is_fitted_for_itself(tmp_path: Path) -> None:
    cells = outcomes("one", 4, 15) + outcomes("two", 12, 10, seed=2) + outcomes("lonely", 1, 5)
    unseen = {**cells[0], "item_id": "never judged", "outcome_count": 0, "mean_outcome": None}
    rows = rows_of([*cells, unseen], [], tmp_path)

    assert Counter((row["dataset_name"], row["record_kind"], row["response_model"]) for row in rows) == {
        ("one", "agent", "rasch"): 4,
        ("one", "item", "rasch"): 15,
        ("two", "agent", "two_parameters"): 12,
        ("two", "item", "two_parameters"): 10,
        **{(name, "split", model): 3 for name in ("one", "two") for model in _models()},
    }
    own = [row for row in cells if row["dataset_name"] == "one"]
    value = np.array([row["mean_outcome"] for row in own]).reshape(4, 15)
    expected = fit(Matrix(value, np.full(value.shape, 3.0)))
    agents = [row for row in rows if (row["dataset_name"], row["record_kind"]) == ("one", "agent")]
    assert [row["ability"] for row in agents] == pytest.approx(expected.ability.tolist(), abs=1e-6)
    assert [row["ability_error"] for row in agents] == pytest.approx(expected.errors.ability.tolist(), abs=1e-6)
    assert sorted(row["ability_rank"] for row in agents) == [1, 2, 3, 4]
    assert all(row["ability_rank_best"] <= row["ability_rank"] <= row["ability_rank_worst"] for row in agents)
    items = [row for row in rows if row["record_kind"] == "item"]
    assert all((row["discrimination"] is None) == (row["dataset_name"] == "one") for row in items)


def _models() -> list[str]:
    return ["grand_mean", "agent_mean", "item_mean", "additive_logit", "rasch", "two_parameters"]


def test_untried_items_are_predicted_where_enough_items_teach_it(tmp_path: Path) -> None:
    cells = outcomes("d", 6, 25) + outcomes("few", 6, 15)
    names = [f"item {item:02d}" for item in range(24)] + ["untried"]
    texts = statements("d", names) + statements("few", [*names[:15], "untried"])
    rows = rows_of(cells, texts, tmp_path)

    items = {row["item_id"]: row for row in rows if (row["dataset_name"], row["record_kind"]) == ("d", "item")}
    assert set(items) == {*names, "item 24"}
    assert items["untried"]["difficulty"] is None and items["untried"]["response_model"] is None
    assert items["untried"]["embedding_model"] == stub.NAME
    assert items["item 24"]["predicted_difficulty"] is None and items["item 24"]["embedding_model"] is None
    assert all(items[name]["predicted_difficulty"] is not None for name in names)
    [tested] = [row for row in rows if row["response_model"] == STATEMENT]
    assert (tested["dataset_name"], tested["split"]) == ("d", "item")
    # the stand-in for an encoder knows nothing of difficulty
    assert tested["difficulty_rmse"] == pytest.approx(tested["mean_difficulty_rmse"], rel=0.2)


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    cells = outcomes("d", 4, 15)
    assert rows_of(cells, [], tmp_path) == rows_of(cells[::-1], [], tmp_path)


def test_without_cells_there_is_nothing(tmp_path: Path) -> None:
    cells = [{**row, "outcome_count": 0} for row in outcomes("d", 2, 2)]
    assert rows_of(cells, [], tmp_path) == []
