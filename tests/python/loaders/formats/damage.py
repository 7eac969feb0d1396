"""Damaged copies of sound artifacts, and what every format owes them: rows that fit their tables, or one reason."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.tables import Record
from tests.python.loaders.formats.landable import land

DAMAGE = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
"""How often a damage test tries; a temporary folder may serve all its examples."""


def anything(*keys: str) -> st.SearchStrategy[Any]:
    """Any value that Python writes as JSON, NaN and its like included; objects have these keys, else any."""
    names = st.sampled_from(keys) if keys else st.text(max_size=6)
    return st.recursive(
        st.none() | st.booleans() | st.integers(-(2**80), 2**80) | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
        max_leaves=6,
    )


ANYTHING = anything()


@st.composite
def damaged_bytes(draw: st.DrawFn, sound: bytes) -> bytes:
    """`sound` cut short at either end, with a few bytes replaced, or with a stretch of it twice."""
    data = bytearray(sound)
    for _ in range(draw(st.integers(0, 4))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    start, end = sorted((draw(st.integers(0, len(data))), draw(st.integers(0, len(data)))))
    kind = draw(st.sampled_from(("as it is", "head", "tail", "hole", "twice")))
    if kind == "head":
        return bytes(data[:end])
    if kind == "tail":
        return bytes(data[start:])
    if kind == "hole":
        return bytes(data[:start] + data[end:])
    return bytes(data[:end] + data[start:]) if kind == "twice" else bytes(data)


@st.composite
def retyped(draw: st.DrawFn, sound: Any) -> Any:
    """The JSON document `sound` with one of its values, at any depth, replaced by a value of any type, or left out."""
    document = copy.deepcopy(sound)
    places = list(_places(document))
    container, key = draw(st.sampled_from(places))
    if draw(st.integers(0, 4)) == 0:
        del container[key]
    else:
        container[key] = draw(ANYTHING)
    return document


def survived(module: ModuleType, artifact: Artifact) -> list[Record]:
    """What a format makes of a damaged file, all of which fits its tables; nothing where it gives a reason."""
    module.matches(artifact)
    try:
        records = list(module.flatten(artifact))
    except UnreadableArtifactError as error:
        assert error.reason
        return []
    land(records)
    return records


def survives(module: ModuleType, path: Path, data: bytes) -> list[Record]:
    """The same for bytes that are written to a file first."""
    path.write_bytes(data)
    return survived(module, Artifact(path, path.parent))


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    members = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in list(members):
        yield document, key
        if isinstance(value, dict | list):
            yield from _places(value)
