"""Where a git repository keeps what it is: which one file stands for it, and what changes when it does.

A repository is thousands of files, and none of them is evidence by itself. One stands for all: `HEAD` of a git
directory (`.git` of a working tree, or a bare repository), or the file `.git` of a linked working tree or a submodule,
which names the git directory. Nothing here runs git.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

HEAD = "HEAD"
LINK = ".git"
_PARTS = ("objects", "refs")
_LINK_PREFIX = "gitdir:"
_LARGEST_LINK = 4096


class GitDirectory(NamedTuple):
    """The git directory of one working tree and the one that all working trees of the repository share."""

    path: Path
    common: Path

    @property
    def is_linked(self) -> bool:
        """Whether this is a further working tree of a repository (`git worktree`)."""
        return self.path != self.common


def is_git_directory(names: Collection[str]) -> bool:
    """Whether a directory with entries of these names is a git directory."""
    return HEAD in names and all(part in names for part in _PARTS)


def git_directory(standing: Path) -> GitDirectory | None:
    """The git directory that a file stands for; None where it stands for none. Raises OSError."""
    if standing.name == HEAD:
        directory = standing.parent
        return GitDirectory(directory, directory) if all((directory / part).is_dir() for part in _PARTS) else None
    if standing.name != LINK or not standing.is_file() or standing.stat().st_size > _LARGEST_LINK:
        return None
    target = standing.read_text("utf-8", "replace").strip()
    if not target.startswith(_LINK_PREFIX):
        return None
    named = _joined(standing.parent, target.removeprefix(_LINK_PREFIX).strip())
    if named is None:
        return None
    shared = named / "commondir"
    common = _joined(named, shared.read_text("utf-8", "replace").strip()) if shared.is_file() else named
    return GitDirectory(named, common) if common is not None and (common / "objects").is_dir() else None


def state(directory: GitDirectory) -> bytes:
    """What names every commit of the repository: HEAD of each working tree, all references, the remotes' configuration.

    A commit, a new branch or working tree, a fetch changes it; a look at the repository does not. Raises OSError.
    """
    files = (path for path in _state_files(directory) if path.is_file())
    return b"\0".join(part for path in files for part in (os.fsencode(path), path.read_bytes()))


def modified_us(directory: GitDirectory) -> int | None:
    """Microseconds since 1970 when the state was last written; None where nothing of it can be asked."""
    times = [_modified_ns(path) for path in _state_files(directory, with_folders=True)]
    known = [time for time in times if time is not None]
    return max(known) // 1000 if known else None


def _state_files(directory: GitDirectory, *, with_folders: bool = False) -> Iterator[Path]:
    for name in (HEAD, "config", "packed-refs", "shallow"):
        yield directory.common / name
    for tree in _entries(directory.common / "worktrees"):
        yield from (tree / HEAD, tree / "gitdir")
    for name in ("refs", "reftable"):
        # A reference is replaced by a rename, which its folder's time tells; a removed one leaves nothing else.
        for folder, folders, names in os.walk(directory.common / name):
            folders.sort()
            if with_folders:
                yield Path(folder)
            yield from (Path(folder, each) for each in sorted(names) if not each.endswith(".lock"))


def _entries(directory: Path) -> list[Path]:
    try:
        return sorted(directory.iterdir())
    except OSError:
        return []


def _joined(directory: Path, target: str) -> Path | None:
    if not target or "\0" in target:
        return None
    return Path(os.path.normpath(directory / target))


def _modified_ns(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except (OSError, ValueError):
        return None
