"""The touched units of an incremental Python model: what the macro `is_touched` is to SQL."""

from __future__ import annotations

from typing import Any

from duckdb import DuckDBPyRelation

_TOUCHED = """
    select units.{unit_key}
    from units
    left join (select unit_key, input_fingerprint from state.build_state where model = '{model}') as processed
        on units.{unit_key} = processed.unit_key
    where {is_whole} or units.input_fingerprint is distinct from processed.input_fingerprint
"""


def touched_units(dbt: Any, units: DuckDBPyRelation, unit_key: str) -> DuckDBPyRelation:
    """Keys of the units to compute now, one column: all of them where the model is built whole.

    dbt: the first argument of the model; units: `dbt.ref` of the unit model that `meta.unit_model` of its config names.
    """
    query = _TOUCHED.format(unit_key=unit_key, model=dbt.this.identifier, is_whole=not dbt.is_incremental)
    return units.query("units", query)
