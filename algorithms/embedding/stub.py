"""A stand-in for a model in unit tests: texts that share words have similar vectors, and none of it means anything."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

NAME = "stub"
"""What is embedded under this name is never published."""
SIZE = 64

_WORD = re.compile(r"\w+")


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors of length 1 of n texts, (n, 64): the words counted in a place each, by the hash of the word."""
    vectors = np.zeros((len(texts), SIZE), dtype=np.float32)
    for row, text in enumerate(texts):
        for word in _WORD.findall(text.lower()) or [text]:
            vectors[row, hashlib.sha256(word.encode("utf-8", "surrogatepass")).digest()[0] % SIZE] += 1
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors
