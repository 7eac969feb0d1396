"""Turns to vectors: each text is embedded once ever, also where a build is killed."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import pytest
from numpy.typing import NDArray

from agent_signals import embedding
from algorithms.embedding import stub

KILLED = """
import os, signal, sys
from pathlib import Path
from agent_signals import embedding
from algorithms.embedding import stub
from tests.python.agent_signals.test_turn_embedding import turns_of

calls = []

def embed(texts):
    calls.append(texts)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return stub.embed(texts)

embedding.TEXTS_AT_ONCE = 4
embedding.load_model = lambda name, folder: embed
embedding.embedded_turns(turns_of([f"text {number}" for number in range(20)]), Path(sys.argv[1]))
"""


class Said(list[str]):
    """Lines of the log, and the texts that were embedded."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Said:
    log = Said()

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        log.texts += texts
        return stub.embed(texts)

    monkeypatch.setattr(embedding, "_log", log.append)
    monkeypatch.setattr(embedding, "load_model", lambda name, folder: embed)
    return log


def turns_of(texts: Sequence[str], model: str = "any model") -> duckdb.DuckDBPyRelation:
    """Turns of one span that say these texts."""
    connection = duckdb.connect()
    connection.execute(
        "create table spoken (span_id varchar, turn_index bigint, embedding_model varchar, text_sha256 varchar, "
        "text varchar)"
    )
    for place, text in enumerate(texts):
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        connection.execute("insert into spoken values ('s', ?, ?, ?, ?)", [place, model, sha256, text])
    return connection.table("spoken")


def test_each_text_is_embedded_once_ever(said: Said, tmp_path: Path) -> None:
    first = embedding.embedded_turns(turns_of(["b", "a", "b"]), tmp_path)
    assert sorted(said.texts) == ["a", "b"]
    second = embedding.embedded_turns(turns_of(["c", "b", "a", "a"]), tmp_path)
    assert said.texts[2:] == ["c"]
    assert first.schema == second.schema == embedding.SCHEMA
    assert first["turn_index"].to_pylist() == [0, 1, 2]
    vectors = np.array(second["vector"].to_pylist(), dtype=np.float32)
    assert np.array_equal(vectors, stub.embed(["c", "b", "a", "a"]))
    assert [line.split(" in ")[0] for line in said] == [
        "Embedded 2 of 2 texts with any model",
        "Embedded 1 of 3 texts with any model",
    ]
    assert all(line.endswith(" texts/s") for line in said)


def test_known_texts_and_no_texts_load_no_model(said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedding.embedded_turns(turns_of(["a"]), tmp_path)
    monkeypatch.setattr(embedding, "load_model", None)
    assert embedding.embedded_turns(turns_of(["a"]), tmp_path).num_rows == 1
    empty = embedding.embedded_turns(turns_of([]), tmp_path)
    assert (empty.num_rows, empty.schema) == (0, embedding.SCHEMA)
    assert said[1:] == [
        "Embedded 0 of 1 texts with any model: all of them are known",
        "Embedded 0 texts: no text is new",
    ]


def test_models_share_no_vector(said: Said, tmp_path: Path) -> None:
    for model in ("one/model", "other/model"):
        table = embedding.embedded_turns(turns_of(["a"], model), tmp_path)
        assert table["embedding_model"].to_pylist() == [model]
    assert said.texts == ["a", "a"]
    columns = "span_id, turn_index, turn_index::varchar as embedding_model, text_sha256, text"
    mixed = turns_of(["a", "b"]).select(columns)
    with pytest.raises(ValueError, match="not comparable: 0, 1"):
        embedding.embedded_turns(mixed, tmp_path)


def test_texts_of_similar_length_are_embedded_together(
    said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "TEXTS_AT_ONCE", 2)
    embedding.embedded_turns(turns_of(["x" * 100, "y", "x" * 99, "z"]), tmp_path)
    assert [len(text) for text in said.texts] == [1, 1, 99, 100]


def test_killed_build_loses_the_batch_that_it_was_at(said: Said, tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    texts = [f"text {number}" for number in range(20)]
    table = embedding.embedded_turns(turns_of(texts), tmp_path)
    assert len(said.texts) == 20 - 2 * 4
    assert np.array_equal(np.array(table["vector"].to_pylist(), dtype=np.float32), stub.embed(texts))
