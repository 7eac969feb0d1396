"""config.json of a trial: 72 real ones against plain json, synthetic ones for what those do not show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.harbor import job as harbor_job
from loaders.formats.harbor import trial as harbor_trial
from loaders.formats.harbor import trial_config as harbor_trial_config
from loaders.tables import Trial
from tests.python.loaders.formats.harbor_inputs import flattened, survives, write

SYNTHETIC: dict[str, Any] = {
    "task": {"name": "suite/fix-it", "source": "suite"},
    "trial_name": "fix-it__abcdefg",
    "agent": {
        "import_path": "harness.agents:Shotgun",
        "model_name": "m/1",
        "max_timeout_sec": 60,
        "kwargs": {"attempt1_tool_cap": "30"},
        "env": {"retryToolCap": "60"},
    },
    "environment": {"import_path": "harness.environments:Local"},
}


def test_real_configs_against_plain_json(science: Path) -> None:
    paths = sorted(science.glob("jobs/*/*/config.json"))
    assert len(paths) == 72
    folders_named_otherwise = 0
    for path in paths:
        artifact = Artifact(path, science)
        assert harbor_trial_config.matches(artifact)
        assert not harbor_job.matches(artifact)
        raw = json.loads(path.read_text())
        (config,), bad = flattened(harbor_trial_config, artifact)
        (result,), _ = flattened(harbor_trial, Artifact(path.with_name("result.json"), science))
        assert bad == {}
        assert config.trial_name == raw["trial_name"] == path.parent.name
        assert config.task_name == raw["task"]["path"].split("/")[-1]
        folders_named_otherwise += config.task_name != result.task_name.split("/")[-1]
        for column in ("trial_directory", "run_directory", "agent_type", "model_id", "source", "environment_type"):
            assert getattr(config, column) == getattr(result, column), column
        assert config.timeout_multiplier == raw.get("timeout_multiplier")
        assert (1.0 if config.timeout_multiplier is None else config.timeout_multiplier) == result.timeout_multiplier
        assert config.native_trial_id is None
        assert config.has_verifier_result is None
    assert folders_named_otherwise == 3


def test_synthetic_config(tmp_path: Path) -> None:
    artifact = write(tmp_path, "job/trial/config.json", SYNTHETIC)
    assert harbor_trial_config.matches(artifact)
    rows, bad = flattened(harbor_trial_config, artifact)
    assert bad == {}
    assert rows == [
        Trial(
            evidence="harbor_config",
            trial_directory=str(tmp_path / "job" / "trial"),
            run_directory=str(tmp_path / "job"),
            trial_name="fix-it__abcdefg",
            task_name="suite/fix-it",
            source="suite",
            agent_type="harness.agents:Shotgun",
            model_id="m/1",
            agent_timeout_max_s=60.0,
            attempt1_tool_cap=30,
            retry_tool_cap=60,
            environment_type="harness.environments:Local",
        )
    ]


@pytest.mark.parametrize(
    ("path", "task_name"), [("/tasks/fix-it/", "fix-it"), ("C:\\tasks\\fix-it", "fix-it"), ("/", None), (None, None)]
)
def test_task_path(tmp_path: Path, path: str | None, task_name: str | None) -> None:
    artifact = write(tmp_path, "t/config.json", SYNTHETIC | {"task": {"path": path}})
    assert flattened(harbor_trial_config, artifact)[0][0].task_name == task_name


def test_a_wrong_type_costs_itself_alone(tmp_path: Path) -> None:
    agent = {"name": "a", "override_timeout_sec": "long", "kwargs": []}
    artifact = write(tmp_path, "t/config.json", SYNTHETIC | {"agent": agent, "timeout_multiplier": {}})
    (config,), bad = flattened(harbor_trial_config, artifact)
    assert set(bad) == {"/agent/override_timeout_sec", "/agent/kwargs", "/timeout_multiplier"}
    assert (config.agent_type, config.agent_timeout_override_s, config.task_name) == ("a", None, "suite/fix-it")


@pytest.mark.parametrize(
    "content",
    [
        {"model_type": "llama", "task": {}},
        {"trial_name": "x"},
        {"job_name": "j", "tasks": [{"path": "x"}], "agents": []},
        "",
    ],
)
def test_foreign_files_are_left(tmp_path: Path, content: Any) -> None:
    assert not harbor_trial_config.matches(write(tmp_path, "job/trial/config.json", content))
    assert not harbor_trial_config.matches(write(tmp_path, "job/trial/lock.json", SYNTHETIC))


def test_damage_is_always_contained(tmp_path: Path) -> None:
    sound = json.dumps(SYNTHETIC).encode()
    assert 0 < survives(harbor_trial_config, lambda data: write(tmp_path, "t/config.json", data), sound) < 400


def test_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableArtifactError):
        list(harbor_trial_config.flatten(write(tmp_path, "t/config.json", b"[1]")))
