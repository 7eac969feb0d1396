"""First node: land what is new below the artifact roots, and return the manifest."""

import os
from pathlib import Path

from loaders.landing import land


def model(dbt, session):
    dbt.config(materialized="table")
    home = Path(os.environ.get("AGENT_SIGNALS_HOME") or "warehouse")
    roots = os.environ.get("AGENT_SIGNALS_ARTIFACTS", "examples/artifacts")
    result = land([Path(root) for root in roots.split(os.pathsep) if root], home)
    return result.manifest()
