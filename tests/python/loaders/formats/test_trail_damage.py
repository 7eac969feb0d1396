"""TRAIL files that are broken, odd or hostile: nothing raises, what is sound is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.artifact import UnreadableArtifactError
from loaders.formats.trail import annotations as trail_annotations
from loaders.formats.trail import trace as trail
from loaders.tables import BadRecord, Entry
from tests.python.loaders.formats.damage import ANYTHING, DAMAGE, damaged_bytes, survives
from tests.python.loaders.formats.landable import land
from tests.python.loaders.formats.trail_inputs import LABELS, Json, agent, landed, llm, of, span, tool, trace, written


def test_unreadable_and_odd_files(tmp_path: Path) -> None:
    for text in ("", " \n"):
        with pytest.raises(UnreadableArtifactError, match="the file is empty"):
            list(trail.flatten(written(tmp_path, text)))
        with pytest.raises(UnreadableArtifactError, match="the file is empty"):
            list(trail_annotations.flatten(written(tmp_path, text)))
    with pytest.raises(UnreadableArtifactError):
        list(trail.flatten(written(tmp_path, '{"spans": [')))
    records = landed(tmp_path, 7, span("a", "LLM", "no span", child_spans={"no": "list"}), span("b", "LLM", 5))
    assert [row.place for row in of(records, BadRecord)] == ["/spans/0", "/spans/2/child_spans/0"]
    assert [row.entry_id for row in of(records, Entry)] == ["a", "b"]
    assert not trail.matches(written(tmp_path, {"spans": [], "other": 1}))


def test_deep_trees_and_strings_that_break_off(tmp_path: Path) -> None:
    deep: Json = llm("leaf", "x")
    for number in range(60):
        deep = span(str(number), "CHAIN", deep)
    assert len(of(landed(tmp_path, deep), Entry)) == 61
    nested = '{"span_attributes": {"a": ' + "[" * 100_000
    with pytest.raises(UnreadableArtifactError):
        list(trail.flatten(written(tmp_path, '{"spans": [' + nested)))
    torn = json.dumps({"trace": json.dumps(trace(*[llm("1", "x")] * 3_000)), "labels": "{}"})[:-40]
    list(trail.flatten(written(tmp_path, torn, "torn.jsonl")))
    holding = tool("t", "x", {"true_answer": 1, "a": json.loads("[" * 400 + "]" * 400)})
    list(trail.flatten(written(tmp_path, trace(holding))))


FULL = trace(
    agent("a", "kept text", llm("1", "one", **{"llm.token_count.prompt": "5"}), tool("t", "look", {"q": 1}, "out")),
    labels=LABELS,
)
ATTRIBUTES = [
    "openinference.span.kind",
    "input.value",
    "output.value",
    "tool.name",
    "tool.parameters",
    "llm.model_name",
    "llm.token_count.prompt",
    "llm.token_count.completion",
    "llm.cost.total",
    "llm.output_messages.0.message.content",
    "llm.output_messages.0.message.tool_calls.0.tool_call.function.name",
    "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments",
]


@DAMAGE
@given(st.data())
def test_damaged_bytes_never_raise(tmp_path: Path, data: st.DataObject) -> None:
    for module, value, name in (
        (trail, FULL, "t.json"),
        (trail, FULL, "t.jsonl"),
        (trail_annotations, LABELS, "l.json"),
    ):
        survives(module, tmp_path / name, data.draw(damaged_bytes(json.dumps(value).encode())))


@DAMAGE
@given(
    st.sampled_from(["LLM", "TOOL", "AGENT", "CHAIN", "OTHER", None]),
    st.dictionaries(st.sampled_from(ATTRIBUTES), ANYTHING),
    st.dictionaries(st.sampled_from(sorted(span("x", None))), ANYTHING),
    st.dictionaries(st.sampled_from(["errors", "scores"]), ANYTHING),
)
def test_wrong_types_never_raise(
    tmp_path: Path, kind: str | None, attributes: Json, fields: Json, labels: Json
) -> None:
    odd = span("x", kind, attributes=attributes) | fields
    records = list(trail.flatten(written(tmp_path, trace(odd, FULL["spans"][0], odd, labels=labels))))
    land(records)
    assert "kept text" in [row.text for row in of(records, Entry)] or "AGENT" in (kind, attributes.get(ATTRIBUTES[0]))
    land(list(trail_annotations.flatten(written(tmp_path, LABELS | labels, "labels.json"))))
