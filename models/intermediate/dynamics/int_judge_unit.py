"""The unit of all that is judged: a session, with a fingerprint of what is judged about it and how."""

from agent_signals.judge.units import judge_units
from loaders.settings import warehouse_home


def model(dbt, session):
    dbt.config(materialized="table")
    return judge_units(dbt.ref("int_judge_candidate"), warehouse_home())
