"""What a model answers about each session and judged signal. Without an endpoint in the environment: nothing."""

from agent_signals.incremental import touched_units
from agent_signals.judge.answers import judged_sessions
from loaders.settings import warehouse_home


def model(dbt, session):
    dbt.config(materialized="incremental", unique_key="session_id", meta={"unit_model": "int_judge_unit"})
    units = dbt.ref("int_judge_unit")
    touched = touched_units(dbt, units, "session_id")
    asked = units.join(touched, "session_id", "semi").project("session_id, unanswered_build_count")
    return judged_sessions(dbt.ref("int_judge_transcript").join(asked, "session_id"), warehouse_home())
