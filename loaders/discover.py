"""Which files lie below the roots, and which format owns each."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from loaders.artifact import Artifact
from loaders.git_directory import HEAD, LINK, GitDirectory, git_directory, is_git_directory, modified_us
from loaders.settings import RootNotFoundError
from loaders.tables import Record

TRIAL_CONFIG_FORMAT = "harbor_trial_config"
_ARCHIVE_SUFFIXES = (".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".tzst", ".zip", ".7z", ".rar", ".xz", ".bz2", ".lz4")
# Agents keep sessions in hidden directories of their own, so only those that never hold an artifact are left out.
_SKIPPED_DIRECTORIES = frozenset(
    {
        ".hg",
        ".svn",
        ".jj",
        ".venv",
        ".tox",
        ".nox",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".hypothesis",
        ".ipynb_checkpoints",
        "__pycache__",
        "node_modules",
    }
)


class Format(Protocol):
    """What landing needs of a format module; `loaders/formats/__init__.py` says what each part means."""

    NAME: str
    VERSION: int
    IDENTITY: str

    @staticmethod
    def matches(artifact: Artifact, /) -> bool: ...

    @staticmethod
    def flatten(artifact: Artifact, /) -> Iterable[Record]: ...


class FoundFile(NamedTuple):
    """A file below a root, or a directory that cannot be listed (`problem` says why).

    `path` and `root` are absolute; `siblings` are the names of the files in the same directory.
    """

    path: str
    root: str
    size_bytes: int | None
    modified_us: int | None
    siblings: frozenset[str]
    problem: str | None = None
    is_directory: bool = False


def discover(roots: Sequence[Path], home: Path) -> list[FoundFile]:
    """Every file below the roots, sorted by path, each once: it belongs to the first root that contains it.

    The home folder and caches are left out; of a git repository there is only the file that stands for it, as new as
    its references. Symbolic links to files are followed; those to directories only where they lead out of the roots,
    so that nothing is seen twice and no loop is entered. What is no regular file (a socket, a pipe) is not an artifact.
    Raises RootNotFoundError.
    """
    absolute = absolute_paths(roots)
    reals = tuple(os.path.realpath(root) for root in absolute)
    visited = {os.path.realpath(home)}
    found: dict[str, FoundFile] = {}
    for root in absolute:
        path = Path(root)
        if not path.exists():
            raise RootNotFoundError(path)
        for file in _walk(root, reals, visited) if path.is_dir() else _single(path):
            found.setdefault(file.path, file)
    return sorted(found.values(), key=lambda file: file.path)


def absolute_paths(roots: Sequence[Path]) -> list[str]:
    """The roots as the manifest knows them: absolute, without `..`, symbolic links as they are."""
    return [os.path.normpath(root.absolute()) for root in roots]


def classify(artifact: Artifact, formats: Sequence[Format]) -> Format | None:
    """The first format that claims the file. Raises what the file system raises."""
    return next((candidate for candidate in formats if candidate.matches(artifact)), None)


def is_archive(name: str) -> bool:
    """Whether the name is that of an archive or of a compression that is not read."""
    return name.lower().endswith(_ARCHIVE_SUFFIXES)


def explain(error: OSError) -> str:
    """Class and system message of an I/O error, without the path."""
    return f"{type(error).__name__}: {os.strerror(error.errno) if error.errno else error}"


def is_below(path: str, directory: str) -> bool:
    """Whether an absolute path is the directory or lies below it."""
    return path == directory or path.startswith(directory.rstrip("/") + "/")


def _walk(root: str, reals: tuple[str, ...], visited: set[str]) -> Iterator[FoundFile]:
    pending = [(root, os.path.realpath(root))]
    while pending:
        directory, real = pending.pop()
        if real in visited:
            continue
        visited.add(real)
        try:
            with os.scandir(directory) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            yield FoundFile(directory, root, None, None, frozenset(), explain(error), is_directory=True)
            continue
        files = []
        repository, entries = _repository(directory, entries)
        for entry in entries:
            if not _is_directory(entry):
                files.append(entry)
            elif not _is_utf8(entry.name):
                yield _not_utf8(entry.path, root, is_directory=True)
            elif entry.name not in _SKIPPED_DIRECTORIES:
                target = os.path.realpath(entry.path) if entry.is_symlink() else f"{real.rstrip('/')}/{entry.name}"
                if not (entry.is_symlink() and any(is_below(target, other) for other in reals)):
                    pending.append((entry.path, target))
        siblings = frozenset(entry.name for entry in files)
        for entry in files:
            yield from _found(entry, root, siblings, repository)


def _repository(directory: str, entries: list[os.DirEntry[str]]) -> tuple[GitDirectory | None, list[os.DirEntry[str]]]:
    """The repository that a file of a directory stands for, and the entries without what else there is of it."""
    names = {entry.name for entry in entries}
    if is_git_directory(names):
        return _git_directory(f"{directory}/{HEAD}"), [entry for entry in entries if entry.name == HEAD]
    if directory.endswith(f"/{LINK}"):
        return None, []
    return (_git_directory(f"{directory}/{LINK}") if LINK in names else None), entries


def _git_directory(standing: str) -> GitDirectory | None:
    try:
        return git_directory(Path(standing))
    except OSError:
        return None


def _single(path: Path) -> Iterator[FoundFile]:
    with os.scandir(path.parent) as listing:
        files = [entry for entry in listing if not _is_directory(entry)]
    siblings = frozenset(entry.name for entry in files)
    for entry in files:
        if entry.name == path.name:
            yield from _found(entry, str(path.parent), siblings)


def _found(
    entry: os.DirEntry[str], root: str, siblings: frozenset[str], repository: GitDirectory | None = None
) -> Iterator[FoundFile]:
    if not _is_utf8(entry.path):
        yield _not_utf8(entry.path, root, is_directory=False)
        return
    try:
        status = entry.stat()
    except OSError as error:
        yield FoundFile(entry.path, root, None, None, siblings, explain(error))
        return
    if stat.S_ISREG(status.st_mode):
        modified = modified_us(repository) if repository is not None and entry.name in (HEAD, LINK) else None
        yield FoundFile(entry.path, root, status.st_size, modified or status.st_mtime_ns // 1000, siblings)


def _not_utf8(path: str, root: str, *, is_directory: bool) -> FoundFile:
    printable = os.fsencode(path).decode("utf-8", "backslashreplace")
    return FoundFile(printable, root, None, None, frozenset(), "the path is not UTF-8", is_directory)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
