"""What is forgotten is in no mart any more, and does not come back though its files are still there."""

from __future__ import annotations

from tests.python.end_to_end.conftest import Examples
from tests.python.end_to_end.warehouse import Warehouse

RUN = "2026-01-15__10-00-00__synthetic"


def test_a_forgotten_run_is_gone_for_good(examples: Examples) -> None:
    warehouse, undisturbed = examples.warehouse, examples.undisturbed
    before = _keys(undisturbed)
    assert {table for table, _, run in before if run == RUN} >= {"attempt_span", "trial", "tool_call", "eval_run"}

    done = warehouse.python([], "agent_signals", "forget", RUN)
    assert done.returncode == 0, done.stderr
    loads = warehouse.loads()
    warehouse.build([examples.root])
    assert warehouse.loads() == loads
    assert _keys(warehouse) == {row for row in before if row[2] != RUN}
    files = warehouse.build_rows(
        "select count(*) from staging.stg_source_file where relative_path like 'jobs/2026-01-15%'"
    )
    assert files == [(0,)]


def _keys(warehouse: Warehouse) -> set[tuple[object, ...]]:
    """Mart, key and run of every row of every mart."""
    keys = set()
    runs = "(select distinct attempt_id, run_id from marts.attempt_span)"
    for table, key in (("attempt_span", "attempt_id"), ("localization", "attempt_id"), ("trial", "trial_id")):
        keys |= set(warehouse.rows(f"select '{table}', {key}, run_id from marts.{table}"))
    keys |= set(warehouse.rows("select 'patch_outcome_label', attempt_id, run_id from marts.patch_outcome_label"))
    keys |= set(warehouse.rows("select 'eval_run', run_treatment_id, run_id from marts.eval_run"))
    keys |= set(
        warehouse.rows(
            "select 'tool_call', calls.tool_call_key, runs.run_id"
            f" from marts.tool_call as calls left join {runs} as runs on calls.attempt_id = runs.attempt_id"
        )
    )
    return keys
