"""Git repositories for tests, made with the git command: synthetic, with a clock and an author of their own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

START = 1_760_000_000
"""Seconds since 1970 of the first commit: 2025-10-09 08:53:20 UTC."""
_PERSON = {"NAME": "Synthetic Author", "EMAIL": "synthetic@example.invalid"}


def git(folder: Path, *arguments: str, at: int = START) -> str:
    """Run git with a clock and an author that are the test's own."""
    clock = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _PERSON.items()}
    clock |= {"GIT_AUTHOR_DATE": f"{at - 50} +0000", "GIT_COMMITTER_DATE": f"{at} +0200"}
    environment = {**os.environ, **clock, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True, env=environment
    )
    return done.stdout.strip()


def commit(folder: Path, message: str, *, at: int = START, **contents: str) -> str:
    """Commit files (`a_py` is `a.py`); the commit's id."""
    for name, content in contents.items():
        (folder / name.replace("_", ".")).write_text(content)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message, at=at)
    return git(folder, "rev-parse", "HEAD")
