"""No input, however damaged, makes a SWE-bench format raise anything but UnreadableArtifactError."""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.rows import dataset_rows, results_rows
from loaders.formats.swebench import patch as swebench_patch
from loaders.formats.swebench import predictions as swebench_predictions
from loaders.formats.swebench import report as swebench_report
from loaders.formats.swebench import resolved as swebench_resolved
from loaders.formats.swebench import submission_metadata
from loaders.formats.swebench import summary as swebench_summary
from loaders.tables import Record, arrow_schema

DIFF = "diff --git a/f.py b/f.py\n--- a/f.py\n+++ b/f.py\n@@ -1 +1 @@\n-a\n+b\n"
TASK = {
    "instance_id": "x__y-1",
    "base_commit": "c",
    "patch": DIFF,
    "FAIL_TO_PASS": '["a"]',
    "created_at": "2022-03-03T15:14:54Z",
}
RESULT = {"instanceId": "x__y-1", "resolved": True, "toolCalls": {"Bash": 2}, "durationMs": 3, "modelPatch": DIFF}
REPORT = {"x__y-1": {"resolved": True, "tests_status": {"FAIL_TO_PASS": {"success": ["a"], "failure": []}}}}
SUMMARY = {"total_instances": 1, "completed_ids": ["a"], "resolved_ids": ["a"], "failure_reasons": {"a": "b"}}
PREDICTION = {"instance_id": "x__y-1", "model_patch": DIFF, "model_name_or_path": "m"}
CASES: list[tuple[Any, str, Any]] = [
    (swebench_report, "run/x__y-1/report.json", REPORT),
    (swebench_report, "run/x__y-1/report.json", REPORT["x__y-1"]),
    (swebench_patch, "logs/x__y-1/patch.diff", DIFF),
    (swebench_summary, "model.run.json", SUMMARY),
    (swebench_summary, "report.json", {"generated": ["a"], "applied": ["a"], "resolved": ["a"]}),
    (swebench_predictions, "preds.jsonl", json.dumps(PREDICTION) + "\n" + json.dumps(PREDICTION)),
    (swebench_predictions, "preds.json", {"x__y-1": PREDICTION}),
    (swebench_resolved, "results/results.json", {"no_generation": [], "no_logs": ["b"], "resolved": ["a"]}),
    (swebench_resolved, "list.json", {"system": "s", "resolvedIds": ["a", "b"]}),
    (swebench_resolved, "info.json", {"m": {"x__y-1": {"resolved": True, "cost": 1.0, "api_calls": 2}}}),
    (results_rows, "rows.jsonl", json.dumps(RESULT)),
    (results_rows, "runs.json", {"metadata": {"a": {}}, "runs": [{"instance_id": "x__y-1", "resolved": 1}]}),
    (submission_metadata, "metadata.yaml", "info:\n  name: A\ntags:\n  model: [m]\n"),
    (dataset_rows, "tasks.jsonl", json.dumps(TASK)),
    (dataset_rows, "tasks.json", [TASK, TASK]),
    (dataset_rows, "tasks.csv", 'instance_id,base_commit,patch,FAIL_TO_PASS\nx__y-1,c,"--- a\n","[""a""]"\n'),
]
WRONG = [None, True, 7, -1.5, 10**30, "text", "", [], [None], {}, {"a": None}, [{"a": 1}]]


@cache
def landed_schema(kind: type[Record]) -> pa.Schema:
    return arrow_schema(kind)


def flattens(module: Any, path: Path, data: bytes, *, whole: bool = False) -> None:
    """Flatten; the records must also fit the landed columns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    artifact = Artifact(path, path.parent)
    claimed = module.matches(artifact)
    assert claimed or not whole
    try:
        records = list(module.flatten(artifact))
    except UnreadableArtifactError as error:
        assert not whole
        assert error.reason
        return
    kinds: set[type[Record]] = {type(record) for record in records}
    for kind in kinds:
        rows = [msgspec.structs.asdict(record) for record in records if type(record) is kind]
        pa.Table.from_pylist(rows, schema=landed_schema(kind))
    assert records or not whole


def encoded(content: Any) -> bytes:
    return content.encode() if isinstance(content, str) else json.dumps(content).encode()


@pytest.mark.parametrize(("module", "name", "content"), CASES)
def test_damaged_bytes(tmp_path: Path, module: Any, name: str, content: Any) -> None:
    data = encoded(content)
    path = tmp_path / name
    flattens(module, path, data, whole=True)
    for end in range(len(data)):
        flattens(module, path, data[:end])
    generator = random.Random(20)
    for _ in range(300):
        broken = bytearray(data)
        for _ in range(generator.randint(1, 4)):
            broken[generator.randrange(len(broken))] ^= 1 << generator.randrange(8)
        flattens(module, path, bytes(broken))


def replacements(content: Any) -> list[Any]:
    """Every document that comes from `content` by putting a wrong value in one place."""
    found = list(WRONG)
    if isinstance(content, dict):
        for key, value in content.items():
            found += [{**content, key: other} for other in replacements(value)]
    elif isinstance(content, list):
        for index, value in enumerate(content):
            found += [[*content[:index], other, *content[index + 1 :]] for other in replacements(value)]
    return found


@pytest.mark.parametrize(("module", "name", "content"), CASES)
def test_wrong_types(tmp_path: Path, module: Any, name: str, content: Any) -> None:
    if isinstance(content, str):
        if not name.endswith(".jsonl"):
            pytest.skip("no JSON")
        content = json.loads(content.split("\n")[0])
    for document in replacements(content):
        flattens(module, tmp_path / name, encoded(document) if not isinstance(document, str) else b'"text"')


def test_damaged_parquet(tmp_path: Path) -> None:
    path = tmp_path / "tasks.parquet"
    pq.write_table(pa.Table.from_pylist([TASK, TASK]), path)
    data = path.read_bytes()
    flattens(dataset_rows, path, data, whole=True)
    for end in range(0, len(data), 37):
        flattens(dataset_rows, path, data[:end])
