"""Annotation files of TRAIL (`<trace id>.json`): the errors and scores of one trace."""

from __future__ import annotations

from collections.abc import Iterator

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.rows.instance_rows import object_keys
from loaders.formats.trail.labels import judgements
from loaders.formats.trail.text import decoded, string
from loaders.tables import Record

NAME = "trail_annotations"
VERSION = "1"
# Two traces without an error and with the same scores have files of the same bytes: the name tells them apart.
IDENTITY = "place"

_KEYS = frozenset((b"errors", b"scores"))
_ERROR_MARKS = (b'"category"', b'"impact"', b'"location"', b'"evidence"')
_SCORE_MARK = b'"reliability_score"'


def matches(artifact: Artifact) -> bool:
    """A .json document with `errors` and `scores` that hold TRAIL's fields, or nothing."""
    head = artifact.head
    if artifact.logical_path.suffix != ".json" or b'"errors"' not in head:
        return False
    keys = object_keys(head)
    if b"errors" not in keys or b"spans" in keys or b"trace" in keys:
        return False
    is_marked = _SCORE_MARK in head or all(mark in head for mark in _ERROR_MARKS)
    return keys == _KEYS or (is_marked and (keys >= _KEYS or b"scores" not in keys))


def flatten(artifact: Artifact) -> Iterator[Record]:
    """A judgement for each error and each score. The trace is the one that the file is named after."""
    data = artifact.data
    if not data.strip():
        raise UnreadableArtifactError("the file is empty")
    labels = decoded(data)
    if not isinstance(labels, dict):
        raise UnreadableArtifactError("not a JSON object")
    yield from judgements(labels, string(labels.get("trace_id")) or artifact.name.removesuffix(".json"), "")
