"""Harbor's `task.toml`: the time limits and the difficulty of a task, in the task's own directory."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.harbor.fields import finite_number
from loaders.tables import BadRecord, Record, Task

NAME = "harbor_task"
VERSION = 1
IDENTITY = "place"

_PHASE = re.compile(rb"^[ \t]*\[{0,2}[ \t]*(agent|verifier|environment|steps)\b[ \t]*[\].=]", re.MULTILINE)
_HARBOR_KEY = re.compile(rb"^[^#\n]*\b(timeout_sec|build_timeout_sec|schema_version|docker_image)\b", re.MULTILINE)
_POSITION = re.compile(r"at (?:line \d+, column \d+|end of document)")


def matches(artifact: Artifact) -> bool:
    """True for a `task.toml` that configures the agent, verifier, environment or steps as Harbor does."""
    return (
        artifact.name == "task.toml"
        and _PHASE.search(artifact.head) is not None
        and _HARBOR_KEY.search(artifact.head) is not None
    )


def flatten(artifact: Artifact) -> Iterator[Record]:
    """Yield one `Task`, and a `BadRecord` an entry of the wrong type.

    The task is named as trial results name it: what follows the last `/` of the package name, else the directory.
    """
    document = _parse(artifact.data)
    bad: list[BadRecord] = []
    package_name = _text(document, "task", "name", bad) or ""
    yield Task(
        task_id=package_name.rpartition("/")[2] or artifact.directory.name,
        difficulty=_text(document, "metadata", "difficulty", bad),
        agent_timeout_s=_timeout(document, "agent", bad),
        verifier_timeout_s=_timeout(document, "verifier", bad),
    )
    yield from bad


def _parse(data: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UnreadableArtifactError(f"not UTF-8 at byte {error.start}") from error
    except (ValueError, RecursionError) as error:
        position = _POSITION.search(str(error))
        raise UnreadableArtifactError(f"not TOML {position[0]}" if position else "not TOML") from error


def _text(document: Mapping[str, Any], section: str, key: str, bad: list[BadRecord]) -> str | None:
    value = _entry(document, section, key, bad)
    if value is None or isinstance(value, str):
        return value
    bad.append(BadRecord(place=f"/{section}/{key}", reason="not text"))
    return None


def _timeout(document: Mapping[str, Any], section: str, bad: list[BadRecord]) -> float | None:
    value = _entry(document, section, "timeout_sec", bad)
    seconds = None if isinstance(value, str) else finite_number(value)
    if value is not None and seconds is None:
        bad.append(BadRecord(place=f"/{section}/timeout_sec", reason="not a finite number"))
    return seconds


def _entry(document: Mapping[str, Any], section: str, key: str, bad: list[BadRecord]) -> Any:
    table = document.get(section)
    if table is None or isinstance(table, dict):
        return table.get(key) if table else None
    place = f"/{section}"
    if all(record.place != place for record in bad):
        bad.append(BadRecord(place=place, reason="not a table"))
    return None
