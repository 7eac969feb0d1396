"""What the folders around a Terminal-Bench run say of it: `<dataset>@<version>/<date>_<agent>_<model>/<run>/`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

_DATASET = re.compile(r"(?P<name>[^@:]+)[@:](?P<version>\d[^@:]*)")
_SUBMISSION = re.compile(r"\d{8}_(?P<agent>[^_]+)_(?P<model>.+)")


class LeaderboardPlace(NamedTuple):
    """What the names of the folders above a run tell; all None outside a leaderboard's tree."""

    submission: str | None = None
    """The folder directly below the data set's: it holds the runs of one submission, or is the run itself."""
    dataset: str | None = None
    """`name@version`."""
    agent_type: str | None = None
    model_id: str | None = None


def leaderboard_place(run_directory: Path) -> LeaderboardPlace:
    """Read the folder names from a run upwards; a run that is nested in another belongs to the same submission."""
    for folder in (run_directory, *run_directory.parents):
        dataset = _DATASET.fullmatch(folder.parent.name)
        if dataset is not None:
            named = _SUBMISSION.fullmatch(folder.name)
            return LeaderboardPlace(
                submission=folder.name,
                dataset=f"{dataset['name']}@{dataset['version']}",
                agent_type=named["agent"] if named else None,
                model_id=named["model"] if named else None,
            )
    return LeaderboardPlace()
