"""What became of sessions, from session files beside a git repository. All inputs are synthetic."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.python.end_to_end.warehouse import Warehouse
from tests.python.loaders.formats.git_inputs import commit, git

START = datetime(2026, 2, 2, 10, 0, tzinfo=UTC)
MODELS = ("int_repository", "int_session_evidence", "int_session_neighbour", "int_session_outcome")
REPOSITORY = "example.invalid/group/project"
TASK = "Please fix the rounding of negative amounts in the parser"
Call = tuple[str, dict[str, Any]]


def edit(path: str, old: str, new: str) -> Call:
    """A call of the edit tool."""
    return "edit", {"path": path, "edits": [{"oldText": old, "newText": new}]}


def shell(command: str) -> Call:
    """A call of the shell."""
    return "bash", {"command": command}


def write_session(
    root: Path, name: str, folder: Path, started: datetime, *turns: tuple[str, Sequence[Call]], torn: bool = False
) -> None:
    """Write a pi session file; each turn, a minute long, is what the user says and the calls that the agent makes."""
    clock = started
    lines: list[dict[str, Any]] = [{"type": "session", "version": 3, "id": name, "cwd": str(folder), **_at(clock)}]

    def append(message: dict[str, Any]) -> None:
        entry = {
            "type": "message",
            "id": f"{name}{len(lines)}",
            "parentId": lines[-1]["id"] if len(lines) > 1 else None,
        }
        lines.append({**entry, **_at(clock), "message": {**message, "timestamp": int(clock.timestamp() * 1000)}})

    for said, calls in turns:
        append({"role": "user", "content": [{"type": "text", "text": said}]})
        clock += timedelta(minutes=1)
        for tool, arguments in calls:
            call_id = f"call{len(lines)}"
            call = {"type": "toolCall", "id": call_id, "name": tool, "arguments": arguments}
            append({"role": "assistant", "model": "model-a", "content": [call], "stopReason": "toolUse"})
            result = {"role": "toolResult", "toolCallId": call_id, "toolName": tool, "isError": False}
            append({**result, "content": [{"type": "text", "text": "ok"}]})
        answer = {"type": "text", "text": "It is done."}
        append({"role": "assistant", "model": "model-a", "content": [answer], "stopReason": "stop"})
    path = root / "sessions" / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + ('{"type":"mess' if torn else ""))


def _at(clock: datetime) -> dict[str, str]:
    return {"timestamp": clock.strftime("%Y-%m-%dT%H:%M:%S.000Z")}


def build(warehouse: Warehouse, root: Path) -> None:
    """Build the models under test and what they stand on."""
    warehouse.compute([root], "--select", *(f"+{model}" for model in MODELS))


def outcomes(warehouse: Warehouse, of: str) -> dict[str, tuple[Any, ...]]:
    """Sessions of a repository to outcome, rule, output_applied, changes_reverted, prior sessions, gap to the next."""
    rows = warehouse.build_rows(
        """
        select
            session_id, session_outcome, session_outcome_rule, output_applied, changes_reverted,
            prior_sessions_same_repo, session_reopened_within_s
        from intermediate.int_session_outcome
        inner join intermediate.int_session_evidence using (session_id)
        inner join intermediate.int_session_neighbour using (session_id)
        inner join intermediate.int_repository using (session_id)
        where repo_id = '"""
        + of
        + "'"
    )
    return {row[0]: row[1:] for row in rows}


def seconds(moment: datetime) -> int:
    """Seconds since 1970."""
    return int(moment.timestamp())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a remote and a second working tree, committed to a day before the first session."""
    folder = tmp_path / "root" / "project"
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "remote", "add", "origin", "git@example.invalid:group/project.git")
    commit(folder, "first", at=seconds(START) - 86_400, a_py="old\n", b_py="old\n")
    git(folder, "worktree", "add", "--quiet", str(tmp_path / "root" / "tree"))
    return folder


def test_late_sessions_and_late_commits_change_earlier_outcomes(project: Path, tmp_path: Path) -> None:
    root, warehouse = tmp_path / "root", Warehouse(tmp_path / "home")
    write_session(root, "second", project, START, (TASK, [edit("a.py", "old", "new")]), ("Now the docs of it too", []))
    undo = ("No, undo that", [shell("git checkout -- b.py")])
    later = START + timedelta(hours=3)
    write_session(root, "rejected", root / "tree", later, (TASK, [edit("b.py", "old", "new")]), undo)
    closings = {
        "pleased": "Thanks, that looks good",
        "unhappy": "Thanks, but it still fails with the same error",
        "dismissed": "Undo everything",
        "leaving": "Never mind, I will do it myself",
    }
    for name, closing in closings.items():
        write_session(root, name, tmp_path / name, START, (TASK, [edit("a.py", "old", "new")]), (closing, []))
    build(warehouse, root)
    closed = "select session_outcome, session_outcome_rule from intermediate.int_session_outcome where session_id = "
    assert {name: warehouse.build_rows(f"{closed}'{name}'")[0] for name in closings} == {
        "pleased": ("accepted", "acceptance_cue"),
        "unhappy": ("abandoned_mid_session", "no_closing_signal"),
        "dismissed": ("explicitly_rejected", "rejection_cue"),
        "leaving": ("explicitly_rejected", "rejection_cue"),
    }
    assert outcomes(warehouse, REPOSITORY) == {
        "second": ("abandoned_mid_session", "no_closing_signal", False, False, 0, 10_680.0),
        "rejected": ("explicitly_rejected", "changes_reverted_all", False, True, 1, None),
    }
    bases = f"select distinct repo_id_basis from intermediate.int_repository where repo_id = '{REPOSITORY}'"
    assert warehouse.build_rows(bases) == [("remote_of_repository",)]

    earlier = START - timedelta(minutes=10)
    write_session(root, "first", project, earlier, (TASK + ", they come out wrong", [edit("c.py", "old", "new")]))
    write_session(root, "torn", project, START + timedelta(days=5), ("Thanks, perfect", []), torn=True)
    commit(project, "fixed", at=seconds(START) + 3600, a_py="new\n")
    build(warehouse, root)
    assert outcomes(warehouse, REPOSITORY) == {
        "first": ("restarted_same_task", "restarted_same_prompt", False, False, 0, 540.0),
        "second": ("accepted", "output_applied", True, False, 1, 10_680.0),
        "rejected": ("explicitly_rejected", "changes_reverted_all", False, True, 2, None),
        "torn": (None, "truncated", None, None, 3, None),
    }

    git(project, "revert", "--no-edit", "HEAD", at=seconds(START) + 7200)
    build(warehouse, root)
    assert outcomes(warehouse, REPOSITORY)["second"][:4] == ("explicitly_rejected", "changes_reverted_all", True, True)

    anew = Warehouse(tmp_path / "anew")
    build(anew, root)
    for model in MODELS:
        rows = f"from intermediate.{model} order by session_id"
        assert anew.build_rows(rows) == warehouse.build_rows(rows), model
