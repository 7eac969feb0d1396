"""Whether records fit the tables that they land in."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import pyarrow as pa

from loaders.tables import Record, arrow_schema


def land(records: Iterable[Record]) -> None:
    """Raises where a record does not fit its landed table (half a surrogate pair, a number that is too large)."""
    for item in records:
        row = msgspec.structs.asdict(item) | {"source_file_id": "f", "load_id": 1}
        pa.Table.from_pylist([row], arrow_schema(type(item)))
