"""TRAIL's labels: in files of their own, beside a trace in a row, and inside it; all of it synthetic."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loaders.artifact import Artifact
from loaders.formats import FORMATS
from loaders.formats.trail import annotations as trail_annotations
from loaders.formats.trail import trace as trail
from loaders.formats.trail.labels import CATEGORIES, canonical_category
from loaders.tables import BadRecord, Session
from tests.python.loaders.formats.trail_inputs import (
    LABELS,
    TRACE_ID,
    agent,
    expected_labels,
    judged,
    llm,
    of,
    trace,
    written,
)


def test_annotation_files(tmp_path: Path) -> None:
    artifact = written(tmp_path, LABELS, f"{TRACE_ID}.json")
    assert next(module for module in FORMATS if module.matches(artifact)) is trail_annotations
    assert judged(list(trail_annotations.flatten(artifact))) == expected_labels(TRACE_ID)
    empty = written(tmp_path, {"errors": [], "scores": []}, "empty.json")
    assert trail_annotations.matches(empty)
    assert list(trail_annotations.flatten(empty)) == []
    assert not trail_annotations.matches(written(tmp_path, {"errors": ["x"], "exit": 1}, "other.json"))


def test_a_comma_left_by_hand_and_a_nan_do_not_cost_the_labels(tmp_path: Path) -> None:
    text = json.dumps(LABELS).replace('"LOW"}', '"LOW",}').replace("2.5", "NaN")
    found = judged(list(trail_annotations.flatten(written(tmp_path, text, f"{TRACE_ID}.json"))))
    assert found == expected_labels(TRACE_ID)[:-1]


def test_bad_labels_cost_themselves_alone(tmp_path: Path) -> None:
    labels = {"errors": [7, {"category": ""}, {"category": "Unheard of"}], "scores": [7, {"overall": "x"}]}
    records = list(trail_annotations.flatten(written(tmp_path, labels, f"{TRACE_ID}.json")))
    assert [row.place for row in of(records, BadRecord)] == ["/errors/0", "/errors/1", "/scores/0"]
    assert [row[1] for row in judged(records)] == ["error:Unheard of"]


@pytest.mark.parametrize(
    ("spelling", "leaf"),
    [
        ("Language-Only", "Language-only"),
        ("language only hallucinations", "Language-only"),
        ("Poor Information retrieval", "Poor Information Retrieval"),
        ("Context Handling Failure", "Context Handling Failures"),
        ("Formatting Error", "Formatting Errors"),
        ("Instruction non complience", "Instruction Non-compliance"),
        ("Instruction Non-Compliance", "Instruction Non-compliance"),
        (" Incorrect Problem Identification", "Incorrect Problem Identification"),
        ("Tool Selection", "Tool Selection Errors"),
        ("Goal deviation", "Goal Deviation"),
        ("Task Orchestration Error", "Task Orchestration"),
        ("Task Orchestration Errors", "Task Orchestration"),
        ("Incorrect Memory Usage", "Incorrect Memory Usage"),
        *((leaf, leaf) for leaf in CATEGORIES),
        *((f"  {leaf.upper()}s", leaf) for leaf in CATEGORIES if not leaf.endswith("s")),
    ],
)
def test_spellings_of_categories(spelling: str, leaf: str) -> None:
    assert canonical_category(spelling) == leaf


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json", "rows.parquet", "lines.json"])
def test_dataset_rows_hold_trace_and_labels_as_text(tmp_path: Path, name: str) -> None:
    body = json.dumps(trace(agent("a", "x", llm("1", "one"), agent("b", "y")))).replace('"PT2S"', "NaN", 1)
    rows = [{"trace": body, "labels": json.dumps(LABELS)}, {"trace": body.replace(TRACE_ID, "f" * 32), "labels": "{}"}]
    if name.endswith(".parquet"):
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / name)
        artifact = Artifact(tmp_path / name, tmp_path)
    elif name == "rows.json":
        artifact = written(tmp_path, rows, name)
    else:
        artifact = written(tmp_path, "\n".join(json.dumps(row) for row in rows), name)
    assert next(module for module in FORMATS if module.matches(artifact)) is trail
    records = list(trail.flatten(artifact))
    assert not of(records, BadRecord)
    assert judged(records) == expected_labels(TRACE_ID)
    sessions = of(records, Session)
    assert [row.session_index for row in sessions] == [0, 1, 2, 3]
    assert [row.native_session_id for row in sessions if not row.is_subagent] == [TRACE_ID, "f" * 32]
    assert [row.parent_session_index for row in sessions] == [None, 0, None, 2]


def test_labels_joined_to_a_trace(tmp_path: Path) -> None:
    joined = trace(agent("a", "x"), labels=json.dumps(LABELS))
    assert judged(list(trail.flatten(written(tmp_path, joined)))) == expected_labels(TRACE_ID)
