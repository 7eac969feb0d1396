"""What the last published build holds, for a person: `make build` ends with it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import msgspec

from agent_signals.publication import LINK, SUMMARY

QUERY = """
select run_id, model_id, trial_count, resolved_final_count, cost_usd_total
from marts.eval_run
order by run_id, model_id
"""
"""A first question to the warehouse: what the runs achieved, and at which price."""

_MOST_UNREAD = 5
_SPECIAL_IN_SHELLS = frozenset('"$`\\!')


class Published(msgspec.Struct):
    """`build_summary.json`, as far as it is shown. `marts` maps a schema and mart to its rows."""

    build_id: str
    path: str
    landed_file_count: int
    quarantined_file_count: int
    bad_record_count: int
    test_count: int
    warned_test_count: int
    marts: dict[str, int]


class Unread(NamedTuple):
    """A file, or a place in one, that could not be read."""

    path: str
    place: str
    reason: str


def overview(home: Path) -> str:
    """What is published in `home`, what could not be read, and where to go on; why nothing is, where nothing is."""
    refusal = _refusal(home / "build.duckdb")
    published = _published(home / SUMMARY)
    if published is None:
        return f"Nothing is published in {home}: {refusal or 'no build has come to its end there'}."
    lines = [f"The last build is not published: {refusal}. What follows is the one before it.", ""] if refusal else []
    return "\n".join([*lines, *_describe(published, _unread(home / LINK))])


def _describe(published: Published, unread: Sequence[Unread]) -> list[str]:
    width = max(map(len, published.marts), default=0)
    lines = [
        f"Build {published.build_id}",
        f"  {published.landed_file_count:,} files landed, {published.quarantined_file_count:,} quarantined, "
        f"{published.bad_record_count:,} bad records",
        f"  {published.test_count:,} data tests, {published.warned_test_count:,} with warnings",
        "",
        "Marts, rows",
        *(f"  {mart:<{width}}  {rows:>9,}" for mart, rows in sorted(published.marts.items())),
    ]
    if unread:
        lines += ["", "Not read"]
        lines += [f"  {' '.join(filter(None, each[:2]))}: {each.reason}" for each in unread[:_MOST_UNREAD]]
        if len(unread) > _MOST_UNREAD:
            lines.append(f"  and {len(unread) - _MOST_UNREAD:,} more in meta.quarantined_record")
    return [*lines, "", "Warehouse", f"  {published.path}", "", "Try", f"  {_command(published.path)}"]


def _command(path: str) -> str:
    program = f"import duckdb; duckdb.connect({path!r}, read_only=True).sql({' '.join(QUERY.split())!r}).show()"
    plain = not _SPECIAL_IN_SHELLS.intersection(program)
    return f"{shlex.quote(sys.executable)} -c " + (f'"{program}"' if plain else shlex.quote(program))


def _published(path: Path) -> Published | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Published)
    except FileNotFoundError:
        return None


def _unread(path: Path) -> list[Unread]:
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute(
            "select path, place, reason from meta.quarantined_record where kind in ('file', 'record') order by all"
        ).fetchall()
    return [Unread(*row) for row in rows]


def _refusal(build_file: Path) -> str | None:
    """Why the last build was not published; None where it was, or where a running build does not let that be read."""
    try:
        with duckdb.connect(str(build_file), read_only=True) as connection:
            row = connection.execute("select reason from publish.published_mart").fetchone() or (None,)
    except duckdb.Error:
        return None
    reason: str | None = row[0]
    return reason
