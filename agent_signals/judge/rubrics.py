"""The questions to the judge: one file a signal, with a version that stands beside every answer."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).with_name("rubrics")

_FRONT_MATTER = re.compile(r"---\nsignal: (?P<signal>\w+)\nversion: (?P<version>[\w.]+)\n---\n(?P<text>.+)", re.DOTALL)


class Rubric(NamedTuple):
    """What is asked about one signal."""

    signal: str
    version: str
    text: str


@cache
def rubrics(folder: Path = FOLDER) -> tuple[Rubric, ...]:
    """Every rubric of a folder, by the name of its signal."""
    return tuple(_rubric(path) for path in sorted(folder.glob("*.md")))


def _rubric(path: Path) -> Rubric:
    found = _FRONT_MATTER.fullmatch(path.read_text(encoding="utf-8"))
    if found is None or found["signal"] != path.stem:
        raise ValueError(f"{path.name} does not begin with the signal that it is named after and a version")
    return Rubric(found["signal"], found["version"], found["text"].strip())
