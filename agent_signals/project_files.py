"""What dbt's own checksums leave out: fingerprints of the project's macros and Python modules, and its commit."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

TRACKED_PACKAGES = ("algorithms", "agent_signals")
"""Packages that compute tables. Loaders are absent: what they change lands again and changes the input fingerprints."""

_MACRO = re.compile(r"{%-?\s*(macro|test|materialization)\s+(\w+)(.*?){%-?\s*end\1\b", re.DOTALL)
_JINJA_COMMENT = re.compile(r"{#.*?#}", re.DOTALL)
_VARIABLE = re.compile(r"\bvar\(\s*['\"](\w+)")
_CALL = re.compile(r"(\w+)\s*\(")
_IMPORT = re.compile(r"^\s*(?:from|import)\s+([\w.]+)", re.MULTILINE)


class Fingerprint(NamedTuple):
    """sha256 over a source and all project sources that it uses, directly or not, and the dbt vars they read."""

    sha256: str
    variables: list[str]


def macro_fingerprints(macro_root: Path, functions: Mapping[str, Path] | None = None) -> dict[str, Fingerprint]:
    """Fingerprint of every macro by its name; Jinja comments do not count.

    functions: the module of each SQL function that is written in Python, which the macros that call it depend on.
    """
    sources = {
        name: body
        for path in sorted(macro_root.rglob("*.sql"))
        for _, name, body in _MACRO.findall(_JINJA_COMMENT.sub("", path.read_text(encoding="utf-8")))
    }
    sources |= {name: path.read_text(encoding="utf-8") for name, path in (functions or {}).items()}
    return _closed_fingerprints(sources, lambda source: _CALL.findall(source))


def module_fingerprints(project_root: Path, packages: Iterable[str] = TRACKED_PACKAGES) -> dict[str, Fingerprint]:
    """Fingerprint of every tracked module by its dotted name.

    A package stands for all of its modules, so `from algorithms import plan_graph` depends on each of them.
    """
    sources: dict[str, str] = {}
    for package in packages:
        paths = sorted((project_root / package).rglob("*.py"))
        for path in paths:
            if path.name != "__init__.py":
                sources[".".join(path.relative_to(project_root).with_suffix("").parts)] = path.read_text(
                    encoding="utf-8"
                )
        sources[package] = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    return _closed_fingerprints(sources, lambda source: _IMPORT.findall(source))


def commit_id(project_root: Path) -> str | None:
    """Commit of the project: `AGENT_SIGNALS_COMMIT`, else what `.git` says, else None."""
    given = os.environ.get("AGENT_SIGNALS_COMMIT")
    if given:
        return given
    try:
        git = project_root / ".git"
        if git.is_file():
            git = project_root / git.read_text().removeprefix("gitdir:").strip()
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref: "):
            return head
        return _reference(git, head.removeprefix("ref: "))
    except OSError:
        return None


def _reference(git: Path, name: str) -> str | None:
    common = git / "commondir"
    root = git / common.read_text().strip() if common.exists() else git
    for place in (git / name, root / name):
        if place.exists():
            return place.read_text().strip()
    for line in (root / "packed-refs").read_text().splitlines():
        if line.endswith(" " + name):
            return line.split(" ", 1)[0]
    return None


def _closed_fingerprints(sources: Mapping[str, str], mentioned: Callable[[str], list[str]]) -> dict[str, Fingerprint]:
    direct = {name: {other for other in mentioned(source) if other in sources} for name, source in sources.items()}
    fingerprints = {}
    for name in sources:
        reached = {name}
        frontier = [name]
        while frontier:
            found = direct[frontier.pop()] - reached
            reached |= found
            frontier.extend(found)
        digest = hashlib.sha256()
        variables: set[str] = set()
        for member in sorted(reached):
            digest.update(f"{member}\0{sources[member]}\0".encode())
            variables.update(_VARIABLE.findall(sources[member]))
        fingerprints[name] = Fingerprint(digest.hexdigest(), sorted(variables))
    return fingerprints
