"""Forks, resumed files, older copies and second exports of a session change no total and no feature of any session."""

from __future__ import annotations

import gzip
import json
import os
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from uuid import UUID

import pytest

from tests.python.end_to_end.conftest import EXAMPLES
from tests.python.end_to_end.warehouse import Warehouse, differences

REAL = {
    "pi_sessions": (
        "teich__example_pi_session.jsonl",
        "pi-mono__html-export-0ec8509d_v2.jsonl",
        "agent-sessions__pi_small.jsonl",
    ),
    "claude_code": ("teich__example_claude_code.jsonl", "agent-sessions__small.jsonl"),
    "codex": ("teich__example_codex_session.jsonl",),
}
LEFT_OUT = ("meta.build", "meta.quarantined_record")


def test_repeated_entries_count_once(tmp_path: Path) -> None:
    """Each session once in one build, against forks, older states and copies of them that land in any order."""
    generator = random.Random(20260120)
    sessions = _sessions()
    once, many = Warehouse(tmp_path / "once"), Warehouse(tmp_path / "many")
    plain, repeated = tmp_path / "plain", tmp_path / "repeated"
    _write(plain, [(Path("sessions") / name, data) for name, data in sessions.items()])
    once.compute([plain])
    assert once.build_rows("select count(*) > 1 and sum(step_count) > 3 from marts.session_span") == [(True,)]

    files = _repetitions(sessions, generator)
    generator.shuffle(files)
    half = len(files) // 2
    _write(repeated, files[:half])
    many.compute([repeated])
    _write(repeated, files[half:])
    many.build([repeated])
    assert differences(once.computed, many.published, LEFT_OUT) == {}


@pytest.mark.parametrize("has_id", [True, False])
def test_a_fork_is_a_copy_below_a_header_of_its_own(has_id: bool) -> None:
    header = {"type": "session", "id": "a", "timestamp": "2026-01-01T00:00:00Z"}
    lines = [json.dumps(header), *(json.dumps({"id": str(number)} if has_id else {}) for number in range(4))]
    forked = _fork("\n".join(lines).encode(), "2026-01-01_a.jsonl", 2).decode().splitlines()
    assert forked[1:] == lines[1:3]
    assert json.loads(forked[0])["parentSession"] == "/elsewhere/2026-01-01_a.jsonl"


def _sessions() -> dict[str, bytes]:
    """Content of the example sessions by file name, and of real ones where they are at hand."""
    paths = sorted((EXAMPLES / "sessions").rglob("*.jsonl"))
    if real := os.environ.get("AGENT_SIGNALS_FIXTURES"):
        paths += [Path(real) / folder / name for folder, names in REAL.items() for name in names]
    return {path.name: path.read_bytes() for path in paths}


def _repetitions(sessions: Mapping[str, bytes], generator: random.Random) -> list[tuple[Path, bytes]]:
    """Files with each session, a compressed copy, an earlier state and, of pi, two forks of it."""
    files: list[tuple[Path, bytes]] = []
    for name, data in sessions.items():
        files.append((Path("sessions") / name, data))
        files.append((Path("again") / f"{name}.gz", gzip.compress(data)))
        lines = data.splitlines(keepends=True)
        earlier = b"".join(lines[: generator.randint(2, max(2, len(lines) - 1))])
        files.append((Path("backup") / name, earlier))
        if lines[0].startswith(b'{"type":"session"'):
            files.append((Path("forks") / f"fork-of-{name}", _fork(data, name, len(lines) // 2)))
            files.append((Path("forks") / f"second-fork-of-{name}", _fork(data, name, len(lines))))
    return files


def _fork(data: bytes, name: str, entry_count: int) -> bytes:
    """A later session that begins with a copy of another one's first entries, as pi writes it."""
    header, *entries = data.decode().splitlines(keepends=True)
    forked = {
        **json.loads(header),
        "id": str(UUID(int=entry_count)),
        "timestamp": "2030-01-01T00:00:00.000Z",
        "parentSession": f"/elsewhere/{name}",
    }
    return (json.dumps(forked) + "\n" + "".join(entries[:entry_count])).encode()


def _write(root: Path, files: Iterable[tuple[Path, bytes]]) -> None:
    for place, data in files:
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
