"""The trajectories of the 72 real Harbor trials, unpacked."""

from __future__ import annotations

import tarfile
from pathlib import Path

from loaders.artifact import Artifact


def unpack_trajectories(fixtures: Path, folder: Path, name: str) -> list[Artifact]:
    """Unpack the trial files called `name`, in order of their paths."""
    with tarfile.open(fixtures / "harbor_jobs" / "science" / "harbor_science_jobs.tar.xz") as archive:
        wanted = [member for member in archive if member.name.rpartition("/")[2] == name]
        archive.extractall(folder, members=wanted, filter="data")
    return [Artifact(path, folder) for path in sorted(folder.rglob(name))]
