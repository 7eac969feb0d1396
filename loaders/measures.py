"""Numbers that no measurement yields: a count below zero, a number beyond exact arithmetic, one that is not finite."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from loaders.tables import Record

LARGEST_MEASURE = 2**53
"""Beyond it neither a double nor a sum of a few hundred rows is exact."""

_MEASURED = ("_tokens", "_count", "_calls", "_s", "_usd", "_cap", "_lines", "_length", "_success", "_failure")
_GRADED = frozenset({"reward", "score", "value"})
"""What a grader chose: it may be negative."""


def measured_columns(schema: pa.Schema) -> list[int]:
    """Positions of the columns that hold counts, seconds, dollars, tokens or grades."""
    return [
        position
        for position, field in enumerate(schema)
        if (field.name.endswith(_MEASURED) or field.name in _GRADED)
        and (pa.types.is_integer(field.type) or pa.types.is_floating(field.type))
    ]


def has_impossible(columns: Sequence[pa.Array], schema: pa.Schema, positions: Sequence[int]) -> bool:
    """Whether any measured column holds a number that cannot be."""
    known = [position for position in positions if columns[position].null_count < len(columns[position])]
    bounds = ((schema.field(position).name, pc.min_max(columns[position]).as_py()) for position in known)
    return any(not (_least(name) <= bound["min"] and bound["max"] <= LARGEST_MEASURE) for name, bound in bounds) or any(
        pc.any(pc.is_nan(columns[position])).as_py()
        for position in known
        if pa.types.is_floating(columns[position].type)
    )


def mend(record: Record, names: Sequence[str]) -> list[str]:
    """Set impossible measures of a record to None; the names of those."""
    found = []
    for name in names:
        value = getattr(record, name)
        if value is not None and not _least(name) <= value <= LARGEST_MEASURE:
            setattr(record, name, None)
            found.append(name)
    return found


def _least(name: str) -> int:
    return -LARGEST_MEASURE if name in _GRADED else 0
