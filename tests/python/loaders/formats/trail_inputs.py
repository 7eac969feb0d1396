"""Synthetic traces and labels in the shape of TRAIL's, whose data may not be shared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from loaders.artifact import Artifact
from loaders.formats.trail import trace as trail
from loaders.tables import Judgement, Record

R = TypeVar("R", bound=Record)
Json = dict[str, Any]

TRACE_ID = "0123456789abcdef0123456789abcdef"


def span(span_id: str, kind: str | None, *children: Any, **fields: Any) -> Json:
    """A synthetic span; `attributes` are added to its kind."""
    attributes = {"openinference.span.kind": kind} if kind else {}
    return {
        "timestamp": "2026-01-02T03:04:05Z",
        "trace_id": TRACE_ID,
        "span_id": span_id,
        "parent_span_id": None,
        "span_name": f"span {span_id}",
        "duration": "PT2S",
        "status_code": "Unset",
        "status_message": "",
        "logs": [],
        "span_attributes": attributes | fields.pop("attributes", {}),
        "child_spans": list(children),
    } | fields


def llm(span_id: str, text: str | None, **attributes: Any) -> Json:
    said = {} if text is None else {"llm.output_messages.0.message.content": text}
    return span(span_id, "LLM", attributes={"llm.model_name": "m", **said, **attributes})


def tool(span_id: str, name: str, given: Any, output: str | None = "done", **fields: Any) -> Json:
    attributes = {"tool.name": name, "input.value": given if isinstance(given, str) else json.dumps(given)}
    return span(span_id, "TOOL", attributes=attributes | ({} if output is None else {"output.value": output}), **fields)


def agent(span_id: str, task: Any, *children: Json, **fields: Any) -> Json:
    return span(span_id, "AGENT", *children, attributes={"input.value": json.dumps({"task": task})}, **fields)


def trace(*spans: Any, **fields: Any) -> Json:
    return {"trace_id": TRACE_ID, "spans": list(spans), **fields}


def written(folder: Path, value: Any, name: str = "trace.json") -> Artifact:
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return Artifact(path, folder)


def landed(folder: Path, *spans: Any) -> list[Record]:
    return list(trail.flatten(written(folder, trace(*spans))))


def of(records: list[Record], kind: type[R]) -> list[R]:
    return [item for item in records if isinstance(item, kind)]


def all_text(records: list[Record]) -> str:
    return json.dumps([msgspec.to_builtins(item) for item in records])


LABELS = {
    "errors": [
        {"category": " Incorrect Problem Identification", "location": "zz", "evidence": "e", "impact": "LOW"},
        {"category": "Resource Abuse", "location": "1", "evidence": "", "description": "d", "impact": "HIGH"},
    ],
    "scores": [{"reliability_score": 0, "reliability_reasoning": "r", "security_score": "5", "overall": 2.5}],
}


def expected_labels(trace_id: str) -> list[tuple[Any, ...]]:
    return [
        (trace_id, "error:Incorrect Problem Identification", "LOW", None, "zz", "e"),
        (trace_id, "error:Resource Abuse", "HIGH", None, "1", "d"),
        (trace_id, "reliability", None, 0.0, None, "r"),
        (trace_id, "security", None, 5.0, None, None),
        (trace_id, "overall", None, 2.5, None, None),
    ]


def judged(records: list[Record]) -> list[tuple[Any, ...]]:
    rows = of(records, Judgement)
    assert all(row.judge == "human annotation" for row in rows)
    return [(row.native_session_id, row.signal, row.value, row.score, row.location, row.evidence) for row in rows]
