"""Which model a name stands for. Nothing is loaded before there is a text to embed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from algorithms.embedding import stub

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Vectors of length 1 of n texts, (n, size of the model)."""

BUNDLED = "all-MiniLM-L6-v2"

_TEXTS_AT_ONCE_ON_A_CARD = 256
"""Three times the rate of sentence-transformers' own 32 on short texts; more gains nothing."""

_NOT_IN_A_FOLDER_NAME = re.compile(r"^\.|[^\w.-]", re.ASCII)


class ModelNotInstalledError(Exception):
    """A model is asked for that only the extra can run. The message is one sentence."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The embedding model {name} needs the extra embedding-models (pip install sentence-transformers); without "
            f"it there is {BUNDLED}."
        )


def load_model(name: str, folder: Path) -> Embed:
    """The model of a name; `folder` is its own, to keep there what it has computed once.

    Any name but those of the bundled model and of the stub is one of sentence-transformers: a model of its hub or a
    folder, on a graphics card where there is one. ModelNotInstalledError where that extra is not installed.
    """
    if name == stub.NAME:
        return stub.embed
    if name == BUNDLED:
        from algorithms.embedding.bundled import BundledModel

        return BundledModel(folder).embed
    if find_spec("sentence_transformers") is None:
        raise ModelNotInstalledError(name)
    return sentence_transformer(name)


def model_folder(home: Path, name: str) -> Path:
    """Folder of a model below the home of the warehouse: `embedding/<name>`."""
    return home / "embedding" / _NOT_IN_A_FOLDER_NAME.sub(lambda match: f"%{ord(match.group()):02x}", name)


def sentence_transformer(name: str, device: str | None = None) -> Embed:
    """A model of sentence-transformers, on `device`: a graphics card where there is one, unless given."""
    from sentence_transformers import SentenceTransformer

    model: Any = SentenceTransformer(name, device=device)
    batch = {} if model.device.type == "cpu" else {"batch_size": _TEXTS_AT_ONCE_ON_A_CARD}

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = model.encode(
            list(texts), normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False, **batch
        )
        return vectors.astype(np.float32, copy=False)

    return embed
