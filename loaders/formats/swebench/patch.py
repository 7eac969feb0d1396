"""The patch that was graded: `patch.diff` of a log tree, or one file an instance in a submission's `patches/`."""

from __future__ import annotations

from collections.abc import Iterator

from loaders.artifact import Artifact
from loaders.formats.rows.instance_rows import is_blank, with_files
from loaders.formats.swebench.layout import grading_place, is_in_log_tree, submission_directory
from loaders.tables import Attempt, Record

NAME = "swebench_patch"
VERSION = 1
IDENTITY = "place"


def matches(artifact: Artifact) -> bool:
    """`patch.diff` in a log tree or beside a report, and `patches/<instance>.{diff,patch}` (an id has a `__`)."""
    path = artifact.logical_path
    if path.name == "patch.diff":
        if path.parent.name in ("verifier", "patches"):
            return False
        return is_in_log_tree(path) or any(name.startswith("report.json") for name in artifact.siblings)
    return path.suffix in (".diff", ".patch") and path.parent.name == "patches" and "__" in path.stem


def flatten(artifact: Artifact) -> Iterator[Record]:
    """One `Attempt` with the patch and an `AttemptFile` for each file it touches."""
    path = artifact.logical_path
    submission = submission_directory(path, "patches")
    where = grading_place(path)
    text = artifact.data.decode("utf-8", errors="replace")
    yield from with_files(
        Attempt(
            evidence="graded_patch",
            run_directory=submission or where.run_directory,
            run_name=None if submission else where.run_name,
            task_id=path.stem if submission else where.folder,
            is_patch_empty=is_blank(text),
            patch=text,
        )
    )
