"""Where the SWE-bench harness, SWE-smith and the experiments repository put what they say of one instance."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class GradingPlace(NamedTuple):
    """What the folders around a graded instance say of it."""

    run_directory: str | None
    """Absolute folder that holds the instances of the run; None inside a Harbor trial, which knows its own run."""
    run_name: str | None
    folder: str | None
    """Name of the instance's own folder: its task id, where the file itself does not name one."""


IN_TRIAL = GradingPlace(None, None, None)


def grading_place(path: Path) -> GradingPlace:
    """Identity of a `report.json` or `patch.diff` from its path.

    `logs/run_evaluation/<run>/<model>/<instance>/` and `logs/evaluation/...` (SWE-bench), `.../<run>/<instance>/`
    (SWE-smith), `<submission>/logs/<instance>/` (experiments), `verifier/` (Harbor), else the folder's parent.
    """
    instance = path.absolute().parent
    if instance.name == "verifier":
        return IN_TRIAL
    model = instance.parent
    if _holds_runs(model.parent.parent):
        return GradingPlace(str(model), f"{model.parent.name}/{model.name}", instance.name)
    if _holds_runs(model.parent):
        return GradingPlace(str(model), model.name, instance.name)
    return GradingPlace(str(model.parent if model.name == "logs" else model), None, instance.name)


def is_in_log_tree(path: Path) -> bool:
    """Whether the file lies in an instance folder of a log tree, by the names of the folders above it alone."""
    model = path.absolute().parent.parent
    return model.name == "logs" or _holds_runs(model.parent) or _holds_runs(model.parent.parent)


def run_folder_name(path: Path) -> str | None:
    """`<run>` of a file directly in `logs/run_evaluation/<run>/`; None elsewhere."""
    run = path.absolute().parent
    return run.name if _holds_runs(run.parent) else None


def submission_directory(path: Path, folder: str) -> str | None:
    """`<submission>` of a file in `<submission>/<folder>/`, absolute; None elsewhere."""
    directory = path.absolute().parent
    return str(directory.parent) if directory.name == folder else None


def _holds_runs(directory: Path) -> bool:
    return directory.name == "run_evaluation" or (directory.name == "evaluation" and directory.parent.name == "logs")
