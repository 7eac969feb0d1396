"""Predictions: the patch that a model proposed for each instance, as harnesses take them in."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from loaders.artifact import Artifact
from loaders.formats.rows.instance_rows import is_blank, row_keys, rows, with_files
from loaders.tables import Attempt, BadRecord, Record

NAME = "swebench_predictions"
VERSION = 1
IDENTITY = "place"

_SUFFIXES = (".jsonl", ".json", ".pred")
_OTHER_ROWS = frozenset((b"resolved", b"FAIL_TO_PASS", b"test_patch"))


class _Prediction(msgspec.Struct, gc=False):
    instance_id: str | None = None
    model_name_or_path: str | None = None
    model_patch: str | msgspec.UnsetType | None = msgspec.UNSET
    patch: str | msgspec.UnsetType | None = msgspec.UNSET


def matches(artifact: Artifact) -> bool:
    """JSON or JSON Lines whose first row has an instance id with `model_patch`, or `patch` and `model_name_or_path`.

    Rows that also say `resolved` are results, rows with the tests of an instance are a dataset.
    """
    if not artifact.name.endswith(_SUFFIXES):
        return False
    keys = row_keys(artifact)
    if b"model_patch" in keys:
        return b"resolved" not in keys
    return {b"patch", b"model_name_or_path"} <= keys and not keys & _OTHER_ROWS


def flatten(artifact: Artifact) -> Iterator[Record]:
    """An `Attempt` for each prediction and an `AttemptFile` for each file of its patch."""
    for row in rows(artifact, _Prediction):
        if isinstance(row, BadRecord):
            yield row
            continue
        prediction: _Prediction = row.value
        task_id = prediction.instance_id or row.key
        if task_id is None:
            yield BadRecord(place=row.place, reason="the prediction names no instance")
            continue
        said = prediction.patch if prediction.model_patch is msgspec.UNSET else prediction.model_patch
        patch = None if said is msgspec.UNSET else said
        yield from with_files(
            Attempt(
                place=row.place,
                evidence="prediction",
                task_id=task_id,
                model_id=prediction.model_name_or_path,
                is_patch_empty=None if said is msgspec.UNSET else is_blank(patch),
                patch=patch,
            )
        )
