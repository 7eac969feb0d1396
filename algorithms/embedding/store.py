"""The vectors of a model, kept by the hash of their text: each text is embedded once ever.

One SQLite file a model. It finds a vector among millions by its key, so that a build pays for the texts of its batch
and not for all that was ever embedded, and what a transaction has committed survives a killed process.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FILE = "vectors.sqlite"

_KEYS_AT_ONCE = 500
_WAIT_S = 60
_TABLE = "create table if not exists vector (text_sha256 text primary key, vector blob not null)"


class VectorStore:
    """Vectors by the sha256 of their text, in hexadecimal."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """`open_store` makes one."""
        self._connection = connection

    def missing(self, keys: Iterable[str]) -> list[str]:
        """The keys without a vector, each once, in their order."""
        wanted = dict.fromkeys(keys)
        for chunk in _chunks(wanted):
            for (key,) in self._select("text_sha256", chunk):
                del wanted[key]
        return list(wanted)

    def vectors(self, keys: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of n keys, (n, size); KeyError for one that has none."""
        places: dict[str, int] = {}
        for key in keys:
            places.setdefault(key, len(places))
        found: NDArray[np.float32] | None = None
        count = 0
        for chunk in _chunks(places):
            for key, blob in self._select("text_sha256, vector", chunk):
                vector = np.frombuffer(blob, dtype="<f4")
                if found is None:
                    found = np.empty((len(places), len(vector)), dtype=np.float32)
                found[places[key]] = vector
                count += 1
        if count < len(places):
            raise KeyError(f"{len(places) - count} of {len(places)} texts have no vector")
        if found is None:
            return np.empty((0, 0), dtype=np.float32)
        return found[[places[key] for key in keys]]

    def add(self, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        """Keep vectors, all or none; one that another process has kept meanwhile stays."""
        rows = [(key, vector.astype("<f4").tobytes()) for key, vector in vectors.items()]
        with self._connection:
            self._connection.executemany("insert or ignore into vector values (?, ?)", rows)

    def _select(self, columns: str, keys: Sequence[str]) -> sqlite3.Cursor:
        marks = ", ".join("?" * len(keys))
        return self._connection.execute(f"select {columns} from vector where text_sha256 in ({marks})", keys)


@contextmanager
def open_store(folder: Path) -> Iterator[VectorStore]:
    """The store in a folder, made where there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(folder / FILE, timeout=_WAIT_S)) as connection:
        with connection:
            connection.execute(_TABLE)
        yield VectorStore(connection)


def _chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    iterator = iter(list(keys))
    while chunk := list(islice(iterator, _KEYS_AT_ONCE)):
        yield chunk
