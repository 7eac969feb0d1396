"""Vectors of what is said in the turns of each span, from the store of all that was ever embedded."""

from agent_signals.embedding import embedded_turns
from agent_signals.incremental import touched_units
from loaders.settings import warehouse_home


def model(dbt, session):
    dbt.config(materialized="incremental", unique_key="span_id", meta={"unit_model": "int_span_unit"})
    touched = touched_units(dbt, dbt.ref("int_span_unit"), "span_id")
    turns = dbt.ref("int_turn_text").join(touched, "span_id", "semi")
    return embedded_turns(turns, warehouse_home())
