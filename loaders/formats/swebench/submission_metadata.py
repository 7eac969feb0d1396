"""`metadata.yaml` of a submission to the SWE-bench experiments repository: which system a run was made by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.tables import EvalRun, Record

NAME = "submission_metadata"
VERSION = 1
IDENTITY = "place"

_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_INFO = re.compile(rb"^info:", re.MULTILINE)
_SECTION = re.compile(rb"^(?:assets|tags):", re.MULTILINE)
_NAME = re.compile(rb"^name:", re.MULTILINE)
_MARK = re.compile(rb"^(?:oss|verified|os_model|os_system):", re.MULTILINE)


def matches(artifact: Artifact) -> bool:
    """`metadata.yaml` with `info` and `assets` or `tags` sections, or the flat one of 2024 (`name`, `oss`, ...)."""
    if artifact.name not in ("metadata.yaml", "metadata.yml"):
        return False
    head = artifact.head
    return bool((_INFO.search(head) and _SECTION.search(head)) or (_NAME.search(head) and _MARK.search(head)))


def flatten(artifact: Artifact) -> Iterator[Record]:
    """One `EvalRun`: the system's name, and its model where there is exactly one."""
    try:
        document = yaml.load(artifact.data, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        line = f" at line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UnreadableArtifactError(f"not valid YAML{line}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadableArtifactError("not valid YAML") from error
    if not isinstance(document, dict):
        raise UnreadableArtifactError("not a mapping")
    tags = document.get("tags")
    models = _texts(tags.get("model")) if isinstance(tags, dict) else []
    info = document.get("info")
    names = _texts((info if isinstance(info, dict) else document).get("name"))
    yield EvalRun(
        evidence="submission_metadata",
        run_directory=str(artifact.directory.absolute()),
        agent_type=names[0] if names else None,
        model_id=models[0] if len(models) == 1 else None,
    )


def _texts(value: Any) -> list[str]:
    """The non-blank scalars of a YAML scalar or list (the loader keeps every scalar as text)."""
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str) and text.strip()]
