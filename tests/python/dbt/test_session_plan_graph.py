"""The Python model of plan graphs on plans written by hand, called as dbt calls it."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

MODEL = Path(__file__).resolve().parents[3] / "models/intermediate/dynamics/int_session_plan_graph.py"
FIRST = ["Read parser.py", "Fix the tokenizer bug", "Add a unit test", "Run the test suite"]
REWRITTEN = [FIRST[0], "Write documentation page", *FIRST[2:]]
REPORT = ["Everything passes", "Deployed version two"]


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create schema state")
        connection.execute(
            "create table state.build_state (model varchar, unit_key varchar, input_fingerprint varchar)"
        )
        connection.execute("create table int_session_unit (session_id varchar, input_fingerprint varchar)")
        connection.execute(
            "create table int_plan_item (session_id varchar, plan_index bigint, item_index bigint, turn_index bigint,"
            " is_marked boolean, is_closing boolean, indentation bigint, label varchar)"
        )
        yield connection


def add(warehouse: duckdb.DuckDBPyConnection, session_id: str, *plans: list[str], is_marked: bool = False) -> None:
    """A session with a plan in each agent turn; the last of them is its close."""
    warehouse.execute("insert into int_session_unit values (?, 'new')", [session_id])
    for number, labels in enumerate(plans):
        for place, label in enumerate(labels):
            warehouse.execute(
                "insert into int_plan_item values (?, ?, ?, ?, ?, ?, 0, ?)",
                [session_id, number, place, 2 * number + 1, is_marked, number == len(plans) - 1, label],
            )


def built(warehouse: duckdb.DuckDBPyConnection, *, is_incremental: bool = False) -> dict[str, dict[str, Any]]:
    dbt = SimpleNamespace(
        config=lambda **_: None,
        ref=warehouse.table,
        this=SimpleNamespace(identifier="int_session_plan_graph"),
        is_incremental=is_incremental,
    )
    rows = runpy.run_path(str(MODEL))["model"](dbt, warehouse).to_pylist()
    return {row.pop("session_id"): row for row in rows}


def test_the_last_plan_is_compared_with_the_first_one(warehouse: duckdb.DuckDBPyConnection) -> None:
    add(warehouse, "replanned", FIRST, ["Something", "Else entirely"], REWRITTEN, is_marked=True)

    assert built(warehouse) == {
        "replanned": {
            "first_plan_turn": 1,
            "first_plan_step_count": 4,
            "is_first_plan_marked": True,
            "plan_count": 3,
            "plan_graph_edit_distance": 1.0,
            "plan_ged_norm": pytest.approx(1 / 14),
            "plan_ged_exact": True,
        }
    }


def test_one_plan_has_no_distance_and_a_closing_report_is_none(warehouse: duckdb.DuckDBPyConnection) -> None:
    add(warehouse, "single", FIRST)
    add(warehouse, "reported", FIRST, REPORT)
    add(warehouse, "marked", FIRST, REPORT, is_marked=True)

    rows = built(warehouse)

    assert {key: row["plan_count"] for key, row in rows.items()} == {"single": 1, "reported": 1, "marked": 2}
    assert {key: row["plan_graph_edit_distance"] for key, row in rows.items()} == {
        "single": None,
        "reported": None,
        "marked": 6.0,
    }
    assert rows["single"]["plan_ged_exact"] is None


def test_only_touched_sessions_are_computed(warehouse: duckdb.DuckDBPyConnection) -> None:
    add(warehouse, "old", FIRST)
    add(warehouse, "changed", FIRST)
    add(warehouse, "without", is_marked=True)
    warehouse.execute("insert into state.build_state values ('int_session_plan_graph', 'old', 'new')")

    assert set(built(warehouse, is_incremental=True)) == {"changed"}
    assert set(built(warehouse)) == {"old", "changed"}


def test_no_plan_is_no_row(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert built(warehouse) == {}
