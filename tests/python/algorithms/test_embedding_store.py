"""The store: each vector once, whatever the order, found again by its key."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from algorithms.embedding.store import open_store


def key_of(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def vector_of(number: int) -> NDArray[np.float32]:
    return np.array([number, -number, 0.1], dtype=np.float32)


def test_vectors_come_back_as_they_were_in_the_order_asked_for(tmp_path: Path) -> None:
    numbers = range(1_200)
    with open_store(tmp_path) as store:
        store.add({key_of(number): vector_of(number) for number in numbers})
    asked = [*reversed(numbers), 5, 5]
    with open_store(tmp_path) as store:
        vectors = store.vectors([key_of(number) for number in asked])
    assert vectors.dtype == np.float32
    assert np.array_equal(vectors, np.array([vector_of(number) for number in asked]))


def test_missing_keys_are_told_once_and_in_order(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.add({key_of(2): vector_of(2)})
        assert store.missing(key_of(number) for number in (3, 2, 1, 3)) == [key_of(3), key_of(1)]
        assert store.missing([]) == []


def test_what_is_known_stays(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, open_store(tmp_path) as other:
        store.add({key_of(1): vector_of(1)})
        other.add({key_of(1): vector_of(9), key_of(2): vector_of(2)})
        assert np.array_equal(store.vectors([key_of(1), key_of(2)]), [vector_of(1), vector_of(2)])


def test_what_was_never_embedded_is_an_error(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.add({key_of(1): vector_of(1)})
        with pytest.raises(KeyError, match="1 of 2 texts"):
            store.vectors([key_of(1), key_of(2)])
        assert store.vectors([]).shape == (0, 0)


def test_vectors_are_kept_all_or_none(tmp_path: Path) -> None:
    class BrokenVector:
        def astype(self, _: str) -> BrokenVector:
            return self

        def tobytes(self) -> object:
            return object()

    with open_store(tmp_path) as store:
        with pytest.raises(sqlite3.Error):
            store.add({key_of(1): vector_of(1), key_of(2): BrokenVector()})  # type: ignore[dict-item]
        assert store.missing([key_of(1), key_of(2)]) == [key_of(1), key_of(2)]
