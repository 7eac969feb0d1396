"""Regions of code that the edits of each span changed, in the lines in which its files stand when it ends."""

from itertools import groupby
from operator import itemgetter

import pyarrow as pa

from agent_signals.incremental import touched_units
from algorithms.regions import Edit, track_regions

SPANS_AT_ONCE = 2_000
SCHEMA = pa.schema(
    [
        ("span_id", pa.string()),
        ("region_number", pa.int64()),
        ("path", pa.string()),
        ("start_line", pa.int64()),
        ("end_line", pa.int64()),
        ("edit_numbers", pa.list_(pa.int64())),
        ("edit_sizes", pa.list_(pa.int64())),
        ("content_hashes", pa.list_(pa.string())),
        ("basis", pa.string()),
        ("convergence", pa.string()),
    ]
)
EDITS = """
    select
        span_id, edit_number, path, operation, start_line, old_length, new_length, added_lines + deleted_lines,
        old_hash, new_hash, range_basis
    from edits
    order by span_id, edit_number
"""


def model(dbt, session):
    dbt.config(materialized="incremental", unique_key="span_id", meta={"unit_model": "int_span_unit"})
    touched = touched_units(dbt, dbt.ref("int_span_unit"), "span_id")
    edits = dbt.ref("int_region_edit").join(touched, "span_id", "semi")
    ordered = edits.query("edits", EDITS)
    return pa.Table.from_batches(region_batches(ordered), SCHEMA)


def region_batches(edits):
    batch = []
    for number, (span_id, rows) in enumerate(groupby(fetched(edits), key=itemgetter(0)), start=1):
        batch.extend((span_id, *region) for region in track_regions(Edit(*row[1:]) for row in rows))
        if number % SPANS_AT_ONCE == 0:
            yield record_batch(batch)
            batch = []
    yield record_batch(batch)


def fetched(edits):
    while rows := edits.fetchmany(50_000):
        yield from rows


def record_batch(rows):
    # Region: path, region_number, start_line, end_line, edit_numbers, sizes, hashes, basis, convergence
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in SCHEMA]
    columns[1], columns[2] = columns[2], columns[1]
    return pa.record_batch(columns, SCHEMA)
