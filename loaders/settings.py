"""Where artifacts come from and where the warehouse is, from the environment."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

ARTIFACTS = "AGENT_SIGNALS_ARTIFACTS"
HOME = "AGENT_SIGNALS_HOME"
MEMORY_LIMIT = "AGENT_SIGNALS_MEMORY_LIMIT"


class RootNotFoundError(Exception):
    """An artifact root does not exist. The message is one sentence."""

    def __init__(self, root: Path) -> None:
        super().__init__(f"The artifact root {root} does not exist.")
        self.root = root


def artifact_roots(environment: Mapping[str, str] = os.environ) -> list[Path]:
    """The artifact roots, separated by the OS path separator; an empty value means "use what has landed"."""
    value = environment.get(ARTIFACTS, "examples/artifacts")
    return [Path(part).expanduser() for part in value.split(os.pathsep) if part]


def warehouse_home(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of the warehouse."""
    return Path(environment.get(HOME) or "warehouse").expanduser()


def missing_root(roots: Iterable[Path]) -> RootNotFoundError | None:
    """The first root that does not exist, as the error that landing raises for it."""
    return next((RootNotFoundError(root) for root in roots if not root.exists()), None)
