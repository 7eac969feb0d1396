"""Where artifacts come from and where the warehouse is, from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

ARTIFACTS = "AGENT_SIGNALS_ARTIFACTS"
HOME = "AGENT_SIGNALS_HOME"


def artifact_roots(environment: Mapping[str, str] = os.environ) -> list[Path]:
    """The artifact roots, separated by the OS path separator; an empty value means "use what has landed"."""
    value = environment.get(ARTIFACTS, "examples/artifacts")
    return [Path(part).expanduser() for part in value.split(os.pathsep) if part]


def warehouse_home(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of the warehouse."""
    return Path(environment.get(HOME) or "warehouse").expanduser()
