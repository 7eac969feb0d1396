"""CSV with every bad record accounted for: one with too few or too many cells costs itself alone."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator

from loaders.tables import BadRecord

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))


def csv_header(head: bytes) -> list[str]:
    """The cells of the first record; [] where the head holds no line."""
    reader = csv.reader(io.StringIO(head.decode("utf-8-sig", errors="replace"), newline=""))
    try:
        return next(reader, [])
    except csv.Error:
        return []


def csv_rows(data: bytes) -> Iterator[tuple[int, list[str], list[str]] | BadRecord]:
    """(1-based physical line that the record starts on, header, cells) of each record below the first one."""
    reader = csv.reader(io.StringIO(data.decode("utf-8-sig", errors="replace"), newline=""))
    header: list[str] | None = None
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield BadRecord(place=f"line {number}", line_number=number, reason="not valid CSV")
            continue
        if not cells:
            continue
        if header is None:
            header = cells
        elif len(cells) != len(header):
            reason = f"{len(cells)} cells under a header of {len(header)}"
            yield BadRecord(place=f"line {number}", line_number=number, reason=reason)
        else:
            yield number, header, cells
