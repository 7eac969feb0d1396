"""Batches to Parquet: gathered into row groups, which are encoded in the background while the parsing goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq

from loaders.parse import Emit

_GROUP_BYTES = 32 << 20


@contextmanager
def row_groups(writer: Callable[[str], pq.ParquetWriter]) -> Iterator[Emit]:
    """Yield a function that appends a batch to a table, whose `writer` is asked for; tables are encoded side by side.

    A table waits for its last row group before the next is encoded, so that memory holds two of each table at most.
    """
    waiting: dict[str, list[pa.RecordBatch]] = {}
    sizes: Counter[str] = Counter()
    running: dict[str, Future[None]] = {}
    with ThreadPoolExecutor() as pool:

        def emit(table: str, batch: pa.RecordBatch) -> None:
            waiting.setdefault(table, []).append(batch)
            sizes[table] += batch.nbytes
            if sizes[table] >= _GROUP_BYTES:
                write(table)

        def write(table: str) -> None:
            if table in running:
                running[table].result()
            del sizes[table]
            running[table] = pool.submit(writer(table).write_table, pa.Table.from_batches(waiting.pop(table)))

        yield emit
        for table in [*waiting]:
            write(table)
        for future in running.values():
            future.result()
