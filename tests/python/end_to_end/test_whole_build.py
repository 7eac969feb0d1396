"""What a plain `dbt build` of everything publishes, and what stands before publication."""

from __future__ import annotations

import json

from tests.python.end_to_end.conftest import Examples


def test_whole_build_publishes_what_it_says(examples: Examples) -> None:
    warehouse = examples.undisturbed
    summary = json.loads((warehouse.home / "build_summary.json").read_text())
    assert warehouse.published.readlink().stem == summary["build_id"]
    said = warehouse.rows("select build_id, load_id, test_count, warned_test_count, is_whole_build from meta.build")
    assert said == [
        (summary["build_id"], summary["load_id"], summary["test_count"], summary["warned_test_count"], True)
    ]
    assert summary["test_count"] > 0
    for mart, row_count in summary["marts"].items():
        assert warehouse.rows(f"select count(*) from {mart}") == [(row_count,)]


def test_every_mart_and_every_test_stands_before_publication(examples: Examples) -> None:
    unpublished = """
        select table_schema || '.' || table_name from information_schema.tables
        where table_schema in ('marts', 'meta')
        except
        select schema_name || '.' || node from state.planned_node where is_published
    """
    assert examples.warehouse.build_rows(unpublished) == []
    failed = "select test from state.test_outcome where status not in ('pass', 'warn')"
    assert examples.warehouse.build_rows(failed) == []
