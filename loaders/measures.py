"""Numbers that no measurement yields: a count below zero or beyond exact arithmetic, a cost that is not finite."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from loaders.tables import Record

LARGEST_MEASURE = 2**53
"""Beyond it neither a double nor a sum of a few hundred rows is exact."""

_MEASURED = ("_tokens", "_count", "_calls", "_s", "_usd", "_cap", "_lines", "_length", "_success", "_failure")


def measured_columns(schema: pa.Schema) -> list[int]:
    """Positions of the columns that hold counts, seconds, dollars or tokens; rewards and exit codes may be negative."""
    return [
        position
        for position, field in enumerate(schema)
        if field.name.endswith(_MEASURED) and (pa.types.is_integer(field.type) or pa.types.is_floating(field.type))
    ]


def has_impossible(columns: Sequence[pa.Array], positions: Sequence[int]) -> bool:
    """Whether any measured column holds a number that cannot be."""
    known = [column for position in positions if (column := columns[position]).null_count < len(column)]
    return any(
        not (bounds["min"] >= 0 and bounds["max"] <= LARGEST_MEASURE)
        for bounds in (pc.min_max(column).as_py() for column in known)
    ) or any(pc.any(pc.is_nan(column)).as_py() for column in known if pa.types.is_floating(column.type))


def mend(record: Record, names: Sequence[str]) -> list[str]:
    """Set impossible measures of a record to None; the names of those."""
    found = []
    for name in names:
        value = getattr(record, name)
        if value is not None and not 0 <= value <= LARGEST_MEASURE:
            setattr(record, name, None)
            found.append(name)
    return found
