"""What a new run computes in the marts of runs and of responses, and that it is what computing everything gives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pytest

from benchmarks.analysis import MARTS, History

TASKS = 12
MARK = " as it was"
STATISTICS = {
    "intermediate.int_task_outcome": "trial_count",
    "intermediate.int_repeat": "most_trials",
    "intermediate.int_run_interval": "cluster_count",
    "marts.eval_run": "run_id",
    "marts.eval_run_repository": "run_id",
}
COMPARISONS = {
    "intermediate.int_comparison_task": "attempt_scope",
    "intermediate.int_comparison_test": "compared_task_count",
    "intermediate.int_comparison_fairness": "shared_task_count",
    "marts.run_comparison": "baseline_run_id",
    "marts.task_flip": "flip",
}
FINDINGS = {
    "intermediate.int_run_comparison_measure": "measure",
    "intermediate.int_run_measure": "measure",
    "marts.run_insight": "text",
}
"""Tables that are computed run by run, and a column in which a mark changes nothing that is computed from them."""


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Four runs of one data set and two of another, built."""
    made = History(tmp_path_factory.mktemp("history"))
    made.create()
    made.add([1, 3, 5, 7], tasks=TASKS)
    made.add([11, 12], tasks=TASKS, dataset="other")
    made.build(is_tested=False)
    return made


def test_a_run_computes_its_own_rows_and_its_pairs_whenever_it_arrives(history: History) -> None:
    with marked(history):
        history.add([9], tasks=TASKS)
        history.build(is_tested=False)
        assert computed(history, STATISTICS) == {9}
        assert computed(history, COMPARISONS) == {9}
        # the one before it is no longer the newest, which alone has a verdict
        assert computed(history, FINDINGS) == {7, 9}
    with marked(history):
        history.add([4], tasks=TASKS)
        history.build(is_tested=False)
        assert computed(history, STATISTICS) == {4}
        # it takes the place of an older one beside the three that follow it
        assert computed(history, COMPARISONS) == {4, 5, 7, 9}
        assert computed(history, FINDINGS) == {4, 5, 7, 9}
    arrived = contents(history)
    assert {table for table, rows in arrived.items() if not rows} <= {"marts.item_health"}
    history.build(is_tested=False, is_whole=True)
    assert history.kept() == set()
    assert contents(history) == arrived


def test_a_run_of_one_data_set_leaves_the_fit_of_another(history: History) -> None:
    fits = "intermediate.int_response_fit"
    with duckdb.connect(str(history.warehouse)) as connection:
        connection.execute(f"update {fits} set embedding_model = '{MARK}' where record_kind = 'agent'")
    history.add([13], tasks=TASKS, dataset="other")
    history.build(is_tested=False)
    with duckdb.connect(str(history.warehouse), read_only=True) as connection:
        query = f"select dataset_name, embedding_model from {fits} where record_kind = 'agent' group by all"
        assert dict(connection.sql(query).fetchall()) == {"synthetic": MARK, "other": None}


@contextmanager
def marked(history: History) -> Iterator[None]:
    """All rows as they stand are marked, and in the end those that are left are what they were."""
    change(history, text=f"{{column}} || '{MARK}'", number="-{column}")
    yield
    change(history, text=f"replace({{column}}, '{MARK}', '')", number="abs({column})")


def change(history: History, *, text: str, number: str) -> None:
    """Set the columns in which marks are put."""
    with duckdb.connect(str(history.warehouse)) as connection:
        for table, column in {**STATISTICS, **COMPARISONS, **FINDINGS}.items():
            is_number = column.endswith(("_count", "_trials"))
            value = (number if is_number else text).format(column=column)
            connection.execute(f"update {table} set {column} = {value}")


def computed(history: History, tables: dict[str, str]) -> set[int]:
    """Numbers of the runs that have rows without a mark, the same in each table."""
    with duckdb.connect(str(history.warehouse), read_only=True) as connection:
        found = {}
        for table, column in tables.items():
            query = f"""
                select distinct cast(right(units.run_id, 4) as bigint)
                from {table} as rows_of_runs
                inner join intermediate.int_run_unit as units using (run_treatment_id)
                where not regexp_matches(rows_of_runs.{column}::varchar, '^-|{MARK}$')
            """
            found[table] = {run for (run,) in connection.sql(query).fetchall()}
    assert len({frozenset(runs) for runs in found.values()}) == 1, found
    return found.popitem()[1]


def contents(history: History) -> dict[str, list[tuple[Any, ...]]]:
    """Rows of all these tables."""
    with duckdb.connect(str(history.warehouse), read_only=True) as connection:
        marts = connection.sql(
            f"select schema_name || '.' || table_name from duckdb_tables() where table_name in {MARTS}"
        ).fetchall()
        tables = [*STATISTICS, *COMPARISONS, *FINDINGS, "intermediate.int_response_fit", *(name for (name,) in marts)]
        return {table: connection.sql(f"from {table} order by all").fetchall() for table in tables}
