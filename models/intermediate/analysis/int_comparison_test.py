"""What the tasks that two runs share say of their difference: exact test, bootstrap, Holm, what could be seen."""

from collections import defaultdict
from itertools import groupby
from operator import itemgetter

import numpy as np
import pyarrow as pa

from agent_signals.incremental import touched_units
from algorithms.bootstrap import mean_interval, seed_of
from algorithms.paired_tests import holm, mcnemar, smallest_detectable_difference

KEY = ("run_treatment_id", "comparison_id", "attempt_scope")
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in KEY),
        ("compared_task_count", pa.int64()),
        ("run_only_count", pa.int64()),
        ("baseline_only_count", pa.int64()),
        ("difference", pa.float64()),
        ("difference_low", pa.float64()),
        ("difference_high", pa.float64()),
        ("difference_standard_error", pa.float64()),
        ("smallest_detectable_difference", pa.float64()),
        ("p_exact", pa.float64()),
        ("p_mid", pa.float64()),
        ("p_holm", pa.float64()),
    ]
)
SETTINGS = "run_treatment_id, bootstrap_seed, bootstrap_resamples, alpha, power, least_shared_tasks"
DIFFERENCES = """
    select
        run_treatment_id, comparison_id, attempt_scope, bootstrap_seed, bootstrap_resamples, alpha, power,
        value_difference, count(*)
    from (
        select *, count(*) over (partition by comparison_id, attempt_scope) as shared_task_count
        from tasks
        where is_compared
    )
    where shared_task_count >= least_shared_tasks
    group by all
    order by run_treatment_id, attempt_scope, comparison_id, value_difference
"""


def model(dbt, session):
    dbt.config(materialized="incremental", unique_key="run_treatment_id", meta={"unit_model": "int_comparison_unit"})
    units = dbt.ref("int_comparison_unit")
    touched = touched_units(dbt, units, "run_treatment_id").join(units.project(SETTINGS), "run_treatment_id")
    rows = dbt.ref("int_comparison_task").join(touched, "run_treatment_id").query("tasks", DIFFERENCES).fetchall()
    columns = defaultdict(list)
    for _, family in groupby(rows, key=itemgetter(0, 2)):
        for name, values in family_columns([list(each) for _, each in groupby(family, key=itemgetter(1))]).items():
            columns[name].extend(values)
    return pa.table([pa.array(columns[field.name], field.type) for field in SCHEMA], SCHEMA)


def family_columns(comparisons):
    """Columns of the comparisons that one run has in one scope: the family that Holm corrects for."""
    run_treatment_id, _, scope, seed, resamples, alpha, power, *_ = comparisons[0][0]
    identities = [rows[0][1] for rows in comparisons]
    values = [np.array([row[-2] for row in rows]) for rows in comparisons]
    counts = [np.array([row[-1] for row in rows]) for rows in comparisons]
    totals = np.array([each.sum() for each in counts])
    means = np.array([value @ count for value, count in zip(values, counts, strict=True)]) / totals
    squares = np.array([value**2 @ count for value, count in zip(values, counts, strict=True)]) / totals
    run_only = np.array([count[value > 0].sum() for value, count in zip(values, counts, strict=True)])
    baseline_only = np.array([count[value < 0].sum() for value, count in zip(values, counts, strict=True)])
    exact, mid = mcnemar(run_only, baseline_only)
    intervals = [
        mean_interval(value, count, seed_of(seed, f"{name} {scope}"), resamples)
        for name, value, count in zip(identities, values, counts, strict=True)
    ]
    low, high, error = zip(*intervals, strict=True)
    deviations = np.sqrt(np.maximum(squares - means**2, 0))
    return {
        "run_treatment_id": [run_treatment_id] * len(comparisons),
        "comparison_id": identities,
        "attempt_scope": [scope] * len(comparisons),
        "compared_task_count": totals,
        "run_only_count": run_only,
        "baseline_only_count": baseline_only,
        "difference": means,
        "difference_low": low,
        "difference_high": high,
        "difference_standard_error": error,
        "smallest_detectable_difference": smallest_detectable_difference(deviations, totals, alpha, power),
        "p_exact": exact,
        "p_mid": mid,
        "p_holm": holm(exact),
    }
