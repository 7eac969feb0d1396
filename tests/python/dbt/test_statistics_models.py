"""The Python models of intervals and tests on runs written by hand, called as dbt calls them."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

MODELS = Path(__file__).resolve().parents[3] / "models/intermediate/analysis"
SETTINGS = """10000 as bootstrap_resamples, 7 as bootstrap_seed, cast(0.05 as double) as alpha,
    cast(0.8 as double) as power, 6 as least_shared_tasks"""


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create schema state")
        connection.execute(
            "create table state.build_state (model varchar, unit_key varchar, input_fingerprint varchar)"
        )
        yield connection


def built(warehouse: duckdb.DuckDBPyConnection, name: str, *, is_incremental: bool = False) -> list[dict[str, Any]]:
    dbt = SimpleNamespace(
        config=lambda **_: None,
        ref=warehouse.table,
        this=SimpleNamespace(identifier=name),
        is_incremental=is_incremental,
    )
    rows: list[dict[str, Any]] = runpy.run_path(str(MODELS / f"{name}.py"))["model"](dbt, warehouse).to_pylist()
    return rows


@pytest.fixture
def comparisons(warehouse: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """TV-37 (12 against 4 of 100), a plainer pair, one with halves, and one that shares too little."""
    warehouse.execute(
        f"create table int_comparison_unit as select 'run' as run_treatment_id, 'f' as input_fingerprint, {SETTINGS}"
    )
    warehouse.execute(
        "create table int_comparison_task (run_treatment_id varchar, comparison_id varchar, attempt_scope varchar,"
        " task_id varchar, is_compared boolean, value_difference double)"
    )
    kinds = {
        "tv37": {1.0: 12, -1.0: 4, 0.0: 84},
        "clear": {1.0: 20, -1.0: 2, 0.0: 10},
        "halves": {0.5: 9, -0.25: 3, 0.0: 8},
        "short": {1.0: 5},
    }
    for comparison, differences in kinds.items():
        for value, count in differences.items():
            warehouse.execute(
                "insert into int_comparison_task"
                " select 'run', $1, 'first', $2 || number, true, $2 from range($3) as numbers (number)",
                [comparison, value, count],
            )
    warehouse.execute("insert into int_comparison_task values ('run', 'tv37', 'first', 'unknown', false, null)")
    return warehouse


def test_comparisons_are_those_of_statsmodels_and_scipy(comparisons: duckdb.DuckDBPyConnection) -> None:
    rows = {row["comparison_id"]: row for row in built(comparisons, "int_comparison_test")}

    assert set(rows) == {"tv37", "clear", "halves"}
    assert (rows["tv37"]["run_only_count"], rows["tv37"]["baseline_only_count"]) == (12, 4)
    assert rows["tv37"]["compared_task_count"] == 100
    assert rows["tv37"]["difference"] == pytest.approx(0.08)
    p_values = [
        mcnemar([[0, rows[name]["run_only_count"]], [rows[name]["baseline_only_count"], 0]], exact=True).pvalue
        for name in rows
    ]
    assert [rows[name]["p_exact"] for name in rows] == pytest.approx(p_values, abs=1e-12)
    assert [rows[name]["p_holm"] for name in rows] == pytest.approx(multipletests(p_values, method="holm")[1])
    values = np.repeat([0.5, -0.25, 0.0], [9, 3, 8])
    scipys = stats.bootstrap((values,), np.mean, n_resamples=10_000, method="percentile", rng=np.random.default_rng(1))
    assert rows["halves"]["difference_low"] == pytest.approx(scipys.confidence_interval.low, abs=0.02)
    assert rows["halves"]["difference_high"] == pytest.approx(scipys.confidence_interval.high, abs=0.02)
    assert rows["halves"]["difference_standard_error"] == pytest.approx(scipys.standard_error, rel=0.03)


def test_a_comparison_that_is_known_is_not_made_again(comparisons: duckdb.DuckDBPyConnection) -> None:
    assert built(comparisons, "int_comparison_test") == built(comparisons, "int_comparison_test")
    comparisons.execute("insert into state.build_state values ('int_comparison_test', 'run', 'f')")

    assert built(comparisons, "int_comparison_test", is_incremental=True) == []


def test_a_run_is_drawn_by_its_repositories(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Two repositories, one solved: anything may be. Tasks without a repository are drawn alone; one tells nothing."""
    warehouse.execute(
        f"create table int_run_unit as select unnest(['clustered', 'loose', 'single']) as run_treatment_id,"
        f" 'f' as input_fingerprint, {SETTINGS}"
    )
    warehouse.execute(
        "create table int_task_outcome as"
        " select 'clustered' as run_treatment_id, 't' || task as task_id, if(task < 20, 'a/a', 'b/b') as repository,"
        " 1 as trial_count, cast(task < 20 as int) as resolved_first_count, 1 as resolved_final_count"
        " from range(40) as tasks (task)"
        " union all select 'loose', 't' || task, null, 1, cast(task < 20 as int), 1 from range(40) as tasks (task)"
        " union all select 'single', 't', null, 3, 1, 2"
    )

    rows = {row["run_treatment_id"]: row for row in built(warehouse, "int_run_interval")}

    clustered, loose = rows["clustered"], rows["loose"]
    assert (clustered["cluster_count"], loose["cluster_count"], rows["single"]["cluster_count"]) == (2, 40, 1)
    assert (clustered["resolved_first_rate_bootstrap_low"], clustered["resolved_first_rate_bootstrap_high"]) == (0, 1)
    assert loose["resolved_first_rate_bootstrap_low"] == pytest.approx(0.35, abs=0.026)
    assert loose["resolved_first_rate_standard_error"] == pytest.approx(np.sqrt(0.25 / 40), rel=0.03)
    assert (loose["resolved_final_rate_bootstrap_low"], loose["resolved_final_rate_bootstrap_high"]) == (1, 1)
    assert rows["single"]["resolved_first_rate_bootstrap_low"] is None
