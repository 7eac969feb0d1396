"""What the models of responses find in each data set: of its agents, of its items, and of themselves."""

from agent_signals.incremental import touched_units
from agent_signals.responses import fitted_responses
from loaders.settings import warehouse_home


def model(dbt, session):
    dbt.config(materialized="incremental", unique_key="dataset_name", meta={"unit_model": "int_response_unit"})
    touched = touched_units(dbt, dbt.ref("int_response_unit"), "dataset_name")
    cells = dbt.ref("response_matrix").join(touched, "dataset_name", "semi")
    texts = dbt.ref("int_response_text").join(touched, "dataset_name", "semi")
    thresholds = dict(dbt.ref("threshold").project("threshold, value").fetchall())
    return fitted_responses(cells, texts, thresholds, warehouse_home())
