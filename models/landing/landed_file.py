"""First node: land what is new below the artifact roots, and return the manifest."""

from loaders.landing import land
from loaders.settings import artifact_roots, warehouse_home


def model(dbt, session):
    dbt.config(materialized="table", meta={"reads_outside": True})
    is_empty = session.execute("select is_empty from state.invocation order by started_at desc limit 1").fetchone()[0]
    return land([] if is_empty else artifact_roots(), warehouse_home()).manifest()
