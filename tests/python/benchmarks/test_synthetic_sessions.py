"""The generator of benchmark sessions: reproducible, extendable, readable as pi sessions, with forks that repeat."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.synthetic.sessions import is_fork, parent_of, script
from benchmarks.synthetic_sessions import session_id, session_lines, write_sessions
from loaders.artifact import Artifact
from loaders.formats.pi import session as pi_session
from loaders.tables import BadRecord, FileEdit, Session, SessionEvent, ToolCall

COUNT = 60
RANGE = re.compile(r"^@@ -(\d+),(\d+) \+(\d+),(\d+) @@$", re.MULTILINE)


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _number(name: str) -> int:
    return next(number for number in range(COUNT) if name.endswith(f"_{session_id(number, 0)}.jsonl"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first sessions of a history."""
    root = tmp_path_factory.mktemp("sessions")
    write_sessions(root, COUNT)
    return root


@pytest.fixture(scope="module")
def sessions(folder: Path) -> dict[int, list[dict[str, Any]]]:
    """Their lines by number."""
    return {
        _number(path.name): [json.loads(line) for line in path.read_text().splitlines()]
        for path in folder.rglob("*.jsonl")
    }


def test_seed_and_number_alone_decide_a_session(folder: Path, tmp_path: Path) -> None:
    half = COUNT // 2
    write_sessions(tmp_path / "parts", half, first=half)
    write_sessions(tmp_path / "parts", half)
    assert _contents(tmp_path / "parts") == _contents(folder)
    write_sessions(tmp_path / "other", 2, seed=1)
    assert not {*_contents(tmp_path / "other")} & {*_contents(folder)} - {"SYNTHETIC.md"}


def test_the_folder_says_that_it_is_synthetic(folder: Path) -> None:
    assert "no user" in (folder / "SYNTHETIC.md").read_text()


def test_files_are_large_on_average(folder: Path) -> None:
    sizes = [path.stat().st_size for path in folder.rglob("*.jsonl")]
    assert len(sizes) == COUNT
    assert 120_000 < sum(sizes) / COUNT < 480_000


def test_entries_make_a_chain_and_clocks_run_forward(sessions: dict[int, list[dict[str, Any]]]) -> None:
    for header, *entries in sessions.values():
        assert header["type"] == "session"
        ids = [entry["id"] for entry in entries]
        assert len(set(ids)) == len(ids)
        assert [entry["parentId"] for entry in entries] == [None, *ids[:-1]]
        moments = [entry["timestamp"] for entry in entries]
        assert moments == sorted(moments)


def test_forks_share_ids_with_their_parents(sessions: dict[int, list[dict[str, Any]]]) -> None:
    forks = [number for number in sessions if is_fork(number, 0)]
    assert forks
    for number in forks:
        parent = sessions[parent_of(number, 0)]
        header, *entries = sessions[number]
        assert header["parentSession"].endswith(f"_{session_id(parent_of(number, 0), 0)}.jsonl")
        assert header["cwd"] == parent[0]["cwd"]
        known = {json.dumps(line) for line in parent}
        shared = [json.dumps(entry) in known for entry in entries]
        assert 0 < sum(shared) < len(shared)
        assert shared == sorted(shared, reverse=True)
        assert all(entry["timestamp"] < header["timestamp"] for entry in entries[: sum(shared)])
    others = [number for number in sessions if number not in forks]
    own = [entry["id"] for number in others for entry in sessions[number][1:]]
    assert len(set(own)) == len(own)


def test_patches_hold_what_their_ranges_say(sessions: dict[int, list[dict[str, Any]]]) -> None:
    patches = [
        message["details"]["patch"]
        for lines in sessions.values()
        for message in (line.get("message", {}) for line in lines)
        if message.get("toolName") == "edit" and not message["isError"]
    ]
    assert len(patches) > COUNT
    for patch in patches:
        first, *others = RANGE.findall(patch)
        assert not others
        body = patch.split("@@\n", 1)[1].removesuffix("\n").split("\n")
        assert sum(not line.startswith("+") for line in body) == int(first[1])
        assert sum(not line.startswith("-") for line in body) == int(first[3])


def test_all_that_happens_in_sessions_happens(sessions: dict[int, list[dict[str, Any]]]) -> None:
    lines = [line for session in sessions.values() for line in session]
    messages = [line["message"] for line in lines if line["type"] == "message"]
    assert {"compaction", "model_change", "thinking_level_change", "message"} <= {line["type"] for line in lines}
    assert {message.get("stopReason") for message in messages} >= {"stop", "toolUse", "aborted", "error"}
    said = " ".join(message["content"][0]["text"] for message in messages if message["role"] == "user")
    assert "wrong" in said
    assert "hank" in said
    assert any(message["usage"]["cost"]["total"] > 0 for message in messages if message["role"] == "assistant")
    assert len({session[0]["cwd"] for session in sessions.values()}) > 5
    users = {(script(number, 0).repository, script(number, 0).user) for number in sessions}
    assert len(users) > len({repository for repository, _ in users})


def test_sessions_change_the_same_regions(folder: Path) -> None:
    ranges: dict[tuple[str, str], list[tuple[int, int, str]]] = {}
    for path in folder.rglob("*.jsonl"):
        for record in pi_session.flatten(Artifact(path, folder)):
            if isinstance(record, FileEdit) and record.start_line is not None and record.end_line is not None:
                places = ranges.setdefault((path.parent.name, record.path), [])
                places.append((record.start_line, record.end_line, path.name))
    assert any(
        one[0] <= other[1] and other[0] <= one[1] and one[2] != other[2]
        for places in ranges.values()
        for one in places
        for other in places
    )


def test_files_are_sound_pi_sessions(folder: Path) -> None:
    for path in folder.rglob("*.jsonl"):
        artifact = Artifact(path, folder)
        assert pi_session.matches(artifact)
        records = list(pi_session.flatten(artifact))
        number = _number(path.name)
        [session] = [record for record in records if isinstance(record, Session)]
        assert session.native_session_id == session_id(number, 0)
        assert (session.parent_native_session_id is not None) == is_fork(number, 0)
        assert not any(isinstance(record, BadRecord) for record in records)
        assert all(record.has_result for record in records if isinstance(record, ToolCall))
        assert any(isinstance(record, SessionEvent) for record in records)


def test_lines_are_those_of_the_file(sessions: dict[int, list[dict[str, Any]]]) -> None:
    assert session_lines(3)[1] == sessions[3]
