"""What the tasks that two runs share say of their difference: exact test, bootstrap, Holm, what could be seen."""

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
COMPARISONS = """
    with differences as (
        select
            run_treatment_id, comparison_id, attempt_scope, bootstrap_seed, bootstrap_resamples, alpha, power,
            least_shared_tasks, value_difference, count(*) as task_count
        from tasks
        where is_compared
        group by all
    ),
    comparisons as (
        select
            run_treatment_id, comparison_id, attempt_scope, bootstrap_seed, bootstrap_resamples, alpha, power,
            list(value_difference order by value_difference) as values,
            list(task_count order by value_difference) as counts,
            cast(sum(task_count) as bigint) as compared_task_count,
            cast(sum(if(value_difference > 0, task_count, 0)) as bigint) as run_only_count,
            cast(sum(if(value_difference < 0, task_count, 0)) as bigint) as baseline_only_count,
            sum(value_difference * task_count order by value_difference) / compared_task_count as difference,
            sum(value_difference ** 2 * task_count order by value_difference) / compared_task_count as mean_square
        from differences
        group by all
        having compared_task_count >= any_value(least_shared_tasks)
    )
    select *, dense_rank() over (order by run_treatment_id, attempt_scope) as family
    from comparisons
    order by family, comparison_id
"""


def model(dbt, session):
    dbt.config(materialized="incremental", unique_key="run_treatment_id", meta={"unit_model": "int_comparison_unit"})
    units = dbt.ref("int_comparison_unit")
    touched = touched_units(dbt, units, "run_treatment_id").join(units.project(SETTINGS), "run_treatment_id")
    tasks = dbt.ref("int_comparison_task").join(touched, "run_treatment_id")
    comparisons = tasks.query("tasks", COMPARISONS).fetchnumpy()
    columns = comparisons | tests(**comparisons) | intervals(**comparisons)
    return pa.table([pa.array(columns[field.name], field.type) for field in SCHEMA], SCHEMA)


def tests(family, compared_task_count, run_only_count, baseline_only_count, difference, mean_square, alpha, power, **_):
    """Columns of all comparisons at once; Holm corrects for a family: adjacent rows, what one run has in one scope."""
    exact, mid = mcnemar(run_only_count, baseline_only_count)
    families = np.split(exact, np.flatnonzero(np.diff(family)) + 1)
    deviation = np.sqrt(np.maximum(mean_square - difference**2, 0))
    return {
        "smallest_detectable_difference": smallest_detectable_difference(deviation, compared_task_count, alpha, power),
        "p_exact": exact,
        "p_mid": mid,
        "p_holm": np.concatenate([holm(each) for each in families]),
    }


def intervals(comparison_id, attempt_scope, bootstrap_seed, bootstrap_resamples, values, counts, **_):
    """Columns of the bootstrap, which has a seed of its own for each comparison."""
    seeds = [
        seed_of(seed, f"{name} {scope}")
        for seed, name, scope in zip(bootstrap_seed, comparison_id, attempt_scope, strict=True)
    ]
    rows = list(map(mean_interval, values, counts, seeds, bootstrap_resamples))
    names = ("difference_low", "difference_high", "difference_standard_error")
    return {name: [row[index] for row in rows] for index, name in enumerate(names)}
