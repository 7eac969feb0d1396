"""Git repositories: the commits that lie beside sessions, read with the git command and without a trace.

The file that stands for a repository (`loaders/git_directory.py`) is claimed, and git is asked what was committed. It
runs no hook, no pager, no helper program and opens no connection, whatever the repository's own configuration says.
"""

from __future__ import annotations

import errno
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.git_directory import HEAD, LINK, GitDirectory, git_directory
from loaders.tables import BadRecord, Record, VcsEvidence
from loaders.values import utc

NAME = "git_repository"
VERSION = 1
IDENTITY = "place"

# How many commits back from the newest one are read, over all branches: enough for years of most repositories, and a
# bound for what lands again each time that a commit is added.
LARGEST_COMMIT_COUNT = 5_000
# Seconds that one git command may take.
GIT_TIMEOUT_S = 60.0

_OPTIONS = (
    "--no-pager",
    "--no-optional-locks",
    *("-c", "safe.directory=*"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "log.showSignature=false"),
    *("-c", "log.showRoot=true"),
    *("-c", "log.diffMerges=off"),
    *("-c", "diff.relative=false"),
    *("-c", "protocol.allow=never"),
)
_ENVIRONMENT = {
    "LC_ALL": "C",
    "HOME": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
}
_REVERT = re.compile(r"\bThis reverts commit ([0-9a-f]{7,64})\b")
_PORT = re.compile(r"^([^/:]+):\d+(?=/|$)")
_SCP_PATH = re.compile(r"^([^/:]{2,}):/?")


class GitNotInstalledError(OSError):
    """There is no git command. As with any error of the system, the next landing tries again."""


class WorkingTree(NamedTuple):
    """A folder that a repository is checked out in; `path` is None for a bare repository."""

    path: str | None
    branch: str | None
    commit: str | None


class _Answer(NamedTuple):
    text: str
    is_complete: bool


def matches(artifact: Artifact) -> bool:
    """True for the file that stands for a repository: `HEAD` of a git directory, or a `.git` file that names one."""
    if artifact.path.name not in (HEAD, LINK):
        return False
    try:
        return git_directory(artifact.path) is not None
    except OSError:
        return False


def flatten(artifact: Artifact) -> Iterator[Record]:
    """Yield `VcsEvidence`: the repository, each commit and path, each revert; a `BadRecord` where git broke off.

    A linked working tree whose repository lies below the same root yields itself alone: the commits are read there.
    Raises UnreadableArtifactError where git is too slow or cannot read the repository, GitNotInstalledError where
    there is no git.
    """
    directory = git_directory(artifact.path)
    if directory is None:
        raise UnreadableArtifactError("the git directory is gone")
    trees = _working_trees(artifact.path, directory)
    repository_url = _origin(directory)
    common_root = trees[0].path or str(directory.common)
    for tree in [_own(artifact.path.parent, trees)] if directory.is_linked else trees:
        yield VcsEvidence(
            place=f"/{tree.path or ''}",
            evidence="repository",
            repository_url=repository_url,
            repository_root=tree.path,
            common_root=common_root,
            branch=tree.branch,
            commit=tree.commit,
        )
    if directory.is_linked and directory.common.is_relative_to(artifact.root):
        return
    tips = [tree.commit for tree in trees if tree.commit is not None]
    for record in _commits(directory, tips):
        if isinstance(record, VcsEvidence):
            record.repository_url = repository_url
            record.repository_root = trees[0].path
            record.common_root = common_root
        yield record


def normalised_url(url: str) -> str:
    """A remote as `host/path`: scheme, user, port and `.git` dropped, so that every way to name it is one name.

    `git@host:a/b.git` and `ssh://token@host:22/a/b` are both `host/a/b`; a local path stays a path. The macro
    `normalised_repository_url` does the same.
    """
    address, has_scheme = re.subn(r"^[A-Za-z][A-Za-z0-9+.-]*://", "", re.sub(r"[?#].*$", "", url.strip()))
    address = re.sub(r"^[^/]*@", "", address)
    address = _PORT.sub(r"\1", address) if has_scheme else _SCP_PATH.sub(r"\1/", address)
    address = re.sub(r"/+$", "", re.sub(r"\.git$", "", re.sub(r"/+$", "", address)))
    host, slash, path = address.partition("/")
    return host.lower() + slash + path


def _working_trees(standing: Path, directory: GitDirectory) -> list[WorkingTree]:
    answer = _git(directory, "worktree", "list", "--porcelain")
    if not answer.is_complete:
        raise UnreadableArtifactError("git cannot read this repository")
    trees = []
    for block in answer.text.strip("\n").split("\n\n"):
        said = {key: value for key, _, value in (line.partition(" ") for line in block.split("\n"))}
        # git writes zeros for a branch without a commit
        commit = said.get("HEAD", "").strip("0") and said["HEAD"]
        branch = said.get("branch", "").removeprefix("refs/heads/")
        trees.append(WorkingTree(said.get("worktree"), branch or None, commit or None))
    trees[0] = trees[0]._replace(path=_main_root(standing, directory))
    return trees


def _own(folder: Path, trees: list[WorkingTree]) -> WorkingTree:
    """The working tree of a folder, under the name that it was found by."""
    real = os.path.realpath(folder)
    known = (tree for tree in trees[1:] if tree.path is not None and os.path.realpath(tree.path) == real)
    return next(known, WorkingTree(None, None, None))._replace(path=str(folder))


def _main_root(standing: Path, directory: GitDirectory) -> str | None:
    if standing.name == LINK and not directory.is_linked:
        return str(standing.parent)
    return str(directory.common.parent) if directory.common.name == LINK else None


def _origin(directory: GitDirectory) -> str | None:
    """The remote `origin`, else the first one of the configuration; None where there is none."""
    text = _git(directory, "config", "--local", "-z", "--get-regexp", r"^remote\..*\.url$").text
    remotes = dict(item.split("\n", 1) for item in reversed(text.split("\0")) if "\n" in item)
    url = remotes.get("remote.origin.url") or next(iter(reversed(remotes.values())), None)
    return normalised_url(url) if url else None


def _commits(directory: GitDirectory, tips: list[str]) -> Iterator[VcsEvidence | BadRecord]:
    # An empty field stands before each commit: no path is empty and no message holds a NUL, so that none is mistaken.
    bounds = (f"--max-count={LARGEST_COMMIT_COUNT}", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv")
    shape = ("-z", "--no-color", "--no-mailmap", "--encoding=UTF-8", "--format=%x00%H %ct%n%B")
    answer = _git(directory, "log", *bounds, *shape, "--branches", "--tags", "--remotes", *tips, "--")
    cut_off = _shallow(directory)
    for block in answer.text.split("\0\0") if answer.text else []:
        header, *paths = block.strip("\0").split("\0")
        told, _, message = header.partition("\n")
        commit, _, seconds = told.partition(" ")
        if seconds.isdecimal():
            yield from _commit(commit, int(seconds), [] if commit in cut_off else paths, message)
    if not answer.is_complete:
        yield BadRecord(place="/", reason="git broke off before the last commit")


def _commit(commit: str, seconds: int, paths: list[str], message: str) -> Iterator[VcsEvidence]:
    occurred_at = utc(seconds)
    for number, path in enumerate(paths or [None]):
        yield VcsEvidence(
            place=f"/{commit}/{number}",
            evidence="commit",
            commit=commit,
            path=path.removeprefix("\n") if path is not None and number == 0 else path,
            occurred_at=occurred_at,
        )
    for number, reverted in enumerate(dict.fromkeys(_REVERT.findall(message))):
        yield VcsEvidence(
            place=f"/{commit}/reverts/{number}",
            evidence="revert",
            commit=commit,
            reverted_commit=reverted,
            occurred_at=occurred_at,
        )


def _shallow(directory: GitDirectory) -> frozenset[str]:
    """Commits that a shallow clone ends with: they seem to add every file that there was."""
    try:
        return frozenset((directory.common / "shallow").read_text("ascii", "replace").split())
    except OSError:
        return frozenset()


def _git(directory: GitDirectory, *arguments: str) -> _Answer:
    # The git directory is named, so that git never looks for another one further up.
    command = ["git", *_OPTIONS, f"--git-dir={directory.common}", *arguments]
    environment = {"PATH": os.environ.get("PATH", os.defpath), **_ENVIRONMENT}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            check=False,
            cwd=directory.common,
            env=environment,
            stdin=subprocess.DEVNULL,
            timeout=GIT_TIMEOUT_S,
        )
    except FileNotFoundError as error:
        raise GitNotInstalledError(errno.ENOENT, "git") from error
    except subprocess.TimeoutExpired as error:
        raise UnreadableArtifactError(f"git did not answer within {GIT_TIMEOUT_S:.0f} seconds") from error
    return _Answer(done.stdout.decode("utf-8", "replace"), done.returncode == 0)
