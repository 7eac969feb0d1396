"""task.toml of a task directory: all inputs are synthetic."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.artifact import UnreadableArtifactError
from loaders.formats.harbor import task as harbor_task
from loaders.tables import Task
from tests.python.loaders.formats.harbor_inputs import flattened, survives, write

SYNTHETIC = """\
schema_version = "1.4"

[task]
name = "suite/fix-it"

[metadata]
difficulty = "hard"

[verifier]
timeout_sec = 600.0

[agent]
timeout_sec = 1800

[environment]
build_timeout_sec = 600.0
"""


def test_task(tmp_path: Path) -> None:
    artifact = write(tmp_path, "tasks/fix-it-directory/task.toml", SYNTHETIC)
    assert harbor_task.matches(artifact)
    rows, bad = flattened(harbor_task, artifact)
    assert bad == {}
    assert rows == [Task(task_id="fix-it", difficulty="hard", agent_timeout_s=1800.0, verifier_timeout_s=600.0)]


@pytest.mark.parametrize(
    ("content", "task"),
    [
        ('version = "1.0"\n[agent]\ntimeout_sec = 5\n', Task(task_id="fix-it", agent_timeout_s=5.0)),
        ("[verifier]\ntimeout_sec = 5\n[metadata]\n", Task(task_id="fix-it", verifier_timeout_s=5.0)),
        ("agent = { timeout_sec = 7.5 }\n", Task(task_id="fix-it", agent_timeout_s=7.5)),
        ('[[steps]]\nname = "plan"\n[steps.agent]\ntimeout_sec = 7\n', Task(task_id="fix-it")),
        ('[environment]\ndocker_image = "x"\n[task]\nname = "solo"\n', Task(task_id="solo")),
    ],
)
def test_older_and_smaller_layouts(tmp_path: Path, content: str, task: Task) -> None:
    artifact = write(tmp_path, "tasks/fix-it/task.toml", content)
    assert harbor_task.matches(artifact)
    assert flattened(harbor_task, artifact) == ([task], {})


@pytest.mark.parametrize(
    ("content", "places"),
    [
        ('[agent]\ntimeout_sec = "long"\n[metadata]\ndifficulty = 3\n', {"/agent/timeout_sec", "/metadata/difficulty"}),
        (
            "[agent]\ntimeout_sec = inf\n[verifier]\ntimeout_sec = true\n",
            {"/agent/timeout_sec", "/verifier/timeout_sec"},
        ),
        (f"[agent]\ntimeout_sec = {10**400}\n", {"/agent/timeout_sec"}),
        ("agent = 5\nverifier.timeout_sec = 3\n[task]\nname = []\n", {"/agent", "/task/name"}),
    ],
)
def test_a_wrong_type_costs_itself_alone(tmp_path: Path, content: str, places: set[str]) -> None:
    (task,), bad = flattened(harbor_task, write(tmp_path, "tasks/fix-it/task.toml", content))
    assert set(bad) == places
    assert (task.task_id, task.agent_timeout_s, task.difficulty) == ("fix-it", None, None)


@pytest.mark.parametrize(
    "content",
    [b"secret = = 1", b"[agent]\n[agent]\n", b"secret", b"\xff\xfe", b"a = " + b"[" * 5_000, b"a = " + b"9" * 9_999],
)
def test_unreadable(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableArtifactError) as caught:
        list(harbor_task.flatten(write(tmp_path, "tasks/fix-it/task.toml", content)))
    assert "secret" not in caught.value.reason
    assert "agent" not in caught.value.reason


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("task.toml", '[tool]\nname = "x"\n'),
        ("task.toml", '[agent]\nname = "x"\n'),
        ("task.toml", "# [agent] timeout_sec\n"),
        ("pyproject.toml", SYNTHETIC),
        ("task.toml", ""),
    ],
)
def test_foreign_files_are_left(tmp_path: Path, name: str, content: str) -> None:
    assert not harbor_task.matches(write(tmp_path, f"tasks/fix-it/{name}", content))


def test_damage_is_always_contained(tmp_path: Path) -> None:
    rewrite = lambda data: write(tmp_path, "tasks/fix-it/task.toml", data)  # noqa: E731
    assert 0 < survives(harbor_task, rewrite, SYNTHETIC.encode()) < 400
