"""What a model answers about each span and judged signal. Without an endpoint in the environment: nothing."""

from agent_signals.incremental import touched_units
from agent_signals.judge.answers import judged_spans
from loaders.settings import warehouse_home


def model(dbt, session):
    dbt.config(materialized="incremental", unique_key="span_id", meta={"unit_model": "int_judge_span_unit"})
    units = dbt.ref("int_judge_span_unit")
    touched = touched_units(dbt, units, "span_id")
    asked = units.join(touched, "span_id", "semi").project("span_id, unanswered_build_count")
    return judged_spans(dbt.ref("int_judge_transcript").join(asked, "span_id"), warehouse_home())
