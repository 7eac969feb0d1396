"""Intervals of the resolve rates of a run when repositories are drawn with replacement, tasks without one alone."""

from itertools import groupby
from operator import itemgetter

import pyarrow as pa

from agent_signals.incremental import touched_units
from algorithms.bootstrap import rate_intervals, seed_of

SCOPES = ("first", "final")
SCHEMA = pa.schema(
    [
        ("run_treatment_id", pa.string()),
        ("cluster_count", pa.int64()),
        *(
            (f"resolved_{scope}_rate_{part}", pa.float64())
            for scope in SCOPES
            for part in ("bootstrap_low", "bootstrap_high", "standard_error")
        ),
    ]
)
SETTINGS = "run_treatment_id, bootstrap_seed, bootstrap_resamples"
CLUSTERS = """
    select
        run_treatment_id,
        any_value(bootstrap_seed),
        any_value(bootstrap_resamples),
        cast(sum(trial_count) as bigint),
        cast(sum(resolved_first_count) as bigint),
        cast(sum(resolved_final_count) as bigint)
    from tasks
    group by run_treatment_id, coalesce(repository, task_id)
    order by run_treatment_id
"""


def model(dbt, session):
    dbt.config(materialized="incremental", unique_key="run_treatment_id", meta={"unit_model": "int_run_unit"})
    units = dbt.ref("int_run_unit")
    touched = touched_units(dbt, units, "run_treatment_id").join(units.project(SETTINGS), "run_treatment_id")
    clusters = dbt.ref("int_task_outcome").join(touched, "run_treatment_id").query("tasks", CLUSTERS)
    rows = [interval_row(run, list(each)) for run, each in groupby(clusters.fetchall(), key=itemgetter(0))]
    columns = zip(*rows, strict=True) if rows else ([] for _ in SCHEMA)
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)], SCHEMA)


def interval_row(run_treatment_id, clusters):
    _, seeds, resamples, totals, *successes = zip(*clusters, strict=True)
    seed = seed_of(seeds[0], run_treatment_id)
    # one cluster, drawn again and again, varies in nothing
    unknown = [(None, None, None)] * len(successes)
    intervals = rate_intervals(successes, totals, seed, resamples[0]) if len(totals) > 1 else unknown
    return (run_treatment_id, len(totals), *(number for interval in intervals for number in interval))
