"""One raw file as the format modules see it: logical path, decompressed bytes, the ways in which reading can fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from loaders import git_directory

COMPRESSION_SUFFIXES = {".gz": "gzip", ".zst": "zstd"}
HEAD_BYTES = 65_536


class UnreadableArtifactError(Exception):
    """The whole file cannot be flattened. The message is one sentence for a stranger and quotes none of the content."""

    def __init__(self, reason: str, place: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place


@dataclass(frozen=True)
class Artifact:
    """A file below a root.

    `path` is the file on disk; `logical_path` is the same without a compression suffix and is what format modules
    look at. `siblings` is the set of file names in the same directory (as on disk).
    """

    path: Path
    root: Path
    siblings: frozenset[str] = field(default_factory=frozenset, repr=False)

    @cached_property
    def compression(self) -> str | None:
        """gzip, zstd or None, from the file name."""
        return COMPRESSION_SUFFIXES.get(self.path.suffix)

    @cached_property
    def logical_path(self) -> Path:
        """The path without its compression suffix."""
        return self.path.with_suffix("") if self.compression else self.path

    @property
    def name(self) -> str:
        return self.logical_path.name

    @property
    def directory(self) -> Path:
        return self.logical_path.parent

    @cached_property
    def data(self) -> bytes:
        """The whole content, decompressed. Raises OSError where it cannot be read."""
        return self._read(None)

    @property
    def version(self) -> bytes:
        """What changes whenever the evidence does: the content; of a file that stands for a repository, its state."""
        repository = git_directory.git_directory(self.path) if self.name in (git_directory.HEAD, ".git") else None
        return self.data if repository is None else git_directory.state(repository)

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB of the content, decompressed: enough to tell formats apart."""
        if "data" in self.__dict__:
            return self.data[:HEAD_BYTES]
        return self._read(HEAD_BYTES)

    def _read(self, size: int | None) -> bytes:
        if self.compression is None:
            with self.path.open("rb") as stream:
                return bytes(stream.read() if size is None else stream.read(size))
        with pa.input_stream(str(self.path), compression=self.compression) as stream:
            return bytes(stream.read() if size is None else stream.read(size))
