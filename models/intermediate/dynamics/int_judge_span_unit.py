"""The unit of all that a model judges: a session or an attempt, with a fingerprint of what is judged and how."""

from agent_signals.judge.units import judge_units
from loaders.settings import warehouse_home


def model(dbt, session):
    dbt.config(materialized="table", meta={"reads_outside": True})
    return judge_units(dbt.ref("int_judge_candidate"), warehouse_home())
