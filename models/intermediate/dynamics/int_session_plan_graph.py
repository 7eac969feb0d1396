"""How far the last plan of a session lies from its first one."""

from itertools import groupby
from operator import itemgetter

import pyarrow as pa

from agent_signals.incremental import touched_units
from algorithms.plan_graph import Plan, accepted_plans, plan_distance

SCHEMA = pa.schema(
    [
        ("session_id", pa.string()),
        ("first_plan_turn", pa.int64()),
        ("first_plan_step_count", pa.int64()),
        ("is_first_plan_marked", pa.bool_()),
        ("plan_count", pa.int64()),
        ("plan_graph_edit_distance", pa.float64()),
        ("plan_ged_norm", pa.float64()),
        ("plan_ged_exact", pa.bool_()),
    ]
)
ITEMS = """
    select
        session_id, plan_index, any_value(turn_index), bool_or(is_marked), bool_or(is_closing),
        list({'indentation': indentation, 'label': label} order by item_index)
    from items
    group by session_id, plan_index
    order by session_id, plan_index
"""


def model(dbt, session):
    dbt.config(materialized="incremental", unique_key="session_id", meta={"unit_model": "int_session_unit"})
    touched = touched_units(dbt, dbt.ref("int_session_unit"), "session_id")
    items = dbt.ref("int_plan_item").join(touched, "session_id", "semi")
    rows = [plan_row(*each) for each in sessions(items.query("items", ITEMS))]
    columns = zip(*rows, strict=True) if rows else ([] for _ in SCHEMA)
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)], SCHEMA)


def sessions(fetchable):
    for session_id, rows in groupby(iter(fetchable.fetchone, None), key=itemgetter(0)):
        yield session_id, list(rows)


def plan_row(session_id, rows):
    plans = [
        Plan(tuple((item["indentation"], item["label"] or "") for item in items), is_marked, is_closing)
        for _, _, _, is_marked, is_closing, items in rows
    ]
    accepted = accepted_plans(plans)
    first = (session_id, rows[0][2], len(plans[0].items), plans[0].is_marked, len(accepted))
    if len(accepted) == 1:
        return (*first, None, None, None)
    found = plan_distance(accepted[0], accepted[-1])
    return (*first, found.distance, found.norm, found.is_exact)
