"""Which spans are judged anew: those with new input, those judged otherwise than now, those left over."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import msgspec
import pyarrow as pa
from duckdb import DuckDBPyRelation

from agent_signals.judge.cache import FOLDER, unanswered_builds
from agent_signals.judge.prompt import instructions_version
from agent_signals.judge.rubrics import rubrics
from agent_signals.judge.settings import JudgeSettings, judge_settings

SCHEMA = pa.schema(
    {
        "span_id": pa.string(),
        "context": pa.string(),
        "is_asked": pa.bool_(),
        "unanswered_build_count": pa.int64(),
        "input_fingerprint": pa.string(),
    }
)


def judge_units(candidates: DuckDBPyRelation, home: Path) -> pa.Table:
    """The unit of all that is judged: a row a session or attempt, as `SCHEMA` says.

    candidates: span_id, context, is_candidate, input_fingerprint; home: of the warehouse. The fingerprint changes with
    the input, with the model, the samples and the rubrics that are asked with, and after a build that left answers out.
    """
    settings = judge_settings()
    way = _way_of_asking(settings)
    counts = {} if settings is None else unanswered_builds(home / FOLDER)
    rows = []
    for span_id, context, is_candidate, fingerprint in candidates.order("span_id").fetchall():
        is_asked = is_candidate and settings is not None and (context == "product" or settings.attempts)
        count = counts.get(span_id, 0) if is_asked else 0
        asked = f"{fingerprint} {way} {count}" if is_asked else fingerprint
        rows.append((span_id, context, is_asked, count, sha256(asked.encode()).hexdigest()))
    columns = zip(*rows, strict=True) if rows else ([] for _ in SCHEMA)
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )


def _way_of_asking(settings: JudgeSettings | None) -> str:
    """Fingerprint of how sessions are judged; where the model is served and how fast it may be asked does not count."""
    if settings is None:
        return "not judged"
    way = [settings.model, settings.samples, instructions_version(rubrics())]
    return sha256(msgspec.json.encode(way)).hexdigest()
