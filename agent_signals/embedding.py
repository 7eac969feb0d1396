"""The vectors of the texts of a build: from the store, or embedded once and kept there."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from dbt.adapters.events.logging import AdapterLogger
from duckdb import DuckDBPyRelation
from numpy.typing import NDArray
from tqdm import tqdm

from algorithms.embedding.models import Embed, load_model, model_folder
from algorithms.embedding.store import VectorStore, open_store

TEXTS_AT_ONCE = 256
"""Texts that are kept by one transaction: what a killed build loses."""

SCHEMA = pa.schema(
    {
        "span_id": pa.string(),
        "turn_index": pa.int64(),
        "text_sha256": pa.string(),
        "embedding_model": pa.string(),
        "vector": pa.large_list(pa.float32()),
    }
)

_log: Callable[[str], object] = AdapterLogger("agent_signals").info


def embedded_turns(turns: DuckDBPyRelation, home: Path) -> pa.Table:
    """Vectors of turns, a row each, as `SCHEMA` says.

    turns: span_id, turn_index, text_sha256, text, embedding_model, the last one the same in all rows; home: of the
    warehouse, where the vectors of all texts are kept. Without turns no model is loaded.
    """
    columns = turns.query("turns", "select span_id, turn_index, text_sha256, embedding_model from turns order by all")
    table = columns.to_arrow_table()
    vectors = text_vectors(turns, table["text_sha256"].to_pylist(), table["embedding_model"].unique().to_pylist(), home)
    if not len(vectors):
        return SCHEMA.empty_table()
    return table.append_column("vector", _as_lists(vectors)).select(SCHEMA.names).cast(SCHEMA)


def text_vectors(texts: DuckDBPyRelation, keys: list[str], models: list[str], home: Path) -> NDArray[np.float32]:
    """Vectors of n texts by their hashes, (n, size).

    texts: text_sha256 and text of at least those; models: the names of the models that are asked for, one where there
    is a text.
    """
    if not models:
        _log("Embedded 0 texts: no text is new")
        return np.empty((0, 0), dtype=np.float32)
    if len(models) > 1:
        raise ValueError(f"vectors of several models are not comparable: {', '.join(sorted(models))}")
    folder = model_folder(home, models[0])
    with open_store(folder) as store:
        _embed_missing(texts, keys, store, models[0], lambda: load_model(models[0], folder))
        return store.vectors(keys)


def _embed_missing(
    texts: DuckDBPyRelation, keys: list[str], store: VectorStore, name: str, load: Callable[[], Embed]
) -> None:
    missing = store.missing(keys)
    total = len(set(keys))
    if not missing:
        _log(f"Embedded 0 of {total:,} texts with {name}: all of them are known")
        return
    started = time.monotonic()
    embed = load()
    batches = _texts_by_length(texts, missing)
    is_hidden = not sys.stderr.isatty()
    with tqdm(total=len(missing), desc="embedding", unit="text", disable=is_hidden, file=sys.stderr) as bar:
        while rows := batches.fetchmany(TEXTS_AT_ONCE):
            vectors = embed([text for _, text in rows])
            store.add({key: vector for (key, _), vector in zip(rows, vectors, strict=True)})
            bar.update(len(rows))
    elapsed = time.monotonic() - started
    _log(
        f"Embedded {len(missing):,} of {total:,} texts with {name} in {elapsed:.1f} s: "
        f"{len(missing) / elapsed:,.0f} texts/s"
    )


def _texts_by_length(texts: DuckDBPyRelation, keys: list[str]) -> DuckDBPyRelation:
    """(text_sha256, text) of each key, those of similar length together: they are embedded together."""
    # DuckDB finds it by its name
    wanted = pa.table({"text_sha256": pa.array(keys, pa.string())})  # noqa: F841
    return texts.query(
        "texts",
        """
        select text_sha256, any_value(text) as content
        from texts
        semi join wanted using (text_sha256)
        group by text_sha256
        order by len(content), text_sha256
        """,
    )


def _as_lists(vectors: NDArray[np.float32]) -> pa.LargeListArray:
    count, size = vectors.shape
    offsets = np.arange(0, (count + 1) * size, size, dtype=np.int64)
    return pa.LargeListArray.from_arrays(offsets, pa.array(vectors.reshape(-1)))
