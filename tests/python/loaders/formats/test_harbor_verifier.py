"""Reward files: 72 real ones against the results that Harbor made of them, synthetic ones for every other shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.harbor import verifier as harbor_verifier
from loaders.tables import Attempt
from tests.python.loaders.formats.harbor_inputs import flattened, survives, write


def test_real_rewards_against_results(science: Path) -> None:
    agreeing = 0
    for path in science.glob("jobs/*/*/verifier/reward.txt"):
        artifact = Artifact(path, science)
        assert harbor_verifier.matches(artifact)
        (attempt,), bad = flattened(harbor_verifier, artifact)
        assert attempt == Attempt(evidence="reward_file", reward=float(path.read_text()))
        assert bad == {}
        judged = json.loads((path.parents[1] / "result.json").read_text())["verifier_result"]
        agreeing += judged is not None and judged["rewards"]["reward"] == attempt.reward
    assert agreeing == 71
    others = [
        path for path in science.glob("jobs/*/*/verifier/*.json") if harbor_verifier.matches(Artifact(path, science))
    ]
    assert others == []


@pytest.mark.parametrize(
    ("name", "content", "reward", "quarantined"),
    [
        ("reward.txt", "1\n", 1.0, []),
        ("reward.txt", "0", 0.0, []),
        ("reward.txt", " 0.466666666667\n", 0.466666666667, []),
        ("reward.txt", "\ufeff1", 1.0, []),
        ("reward.json", "0.5", 0.5, []),
        ("reward.json", "true", 1.0, []),
        ("reward.json", {"reward": 1, "lint": 0}, 1.0, []),
        ("reward.json", {"score": 0.25}, 0.25, []),
        ("reward.json", {"a": 1, "b": 0}, None, []),
        ("reward.json", {"reward": "1", "b": 0}, None, ["/reward"]),
        ("reward.json", {}, None, []),
    ],
)
def test_shapes(tmp_path: Path, name: str, content: Any, reward: float | None, quarantined: list[str]) -> None:
    artifact = write(tmp_path, f"job/trial/verifier/{name}", content)
    assert harbor_verifier.matches(artifact)
    (attempt,), bad = flattened(harbor_verifier, artifact)
    assert attempt == Attempt(evidence="reward_file", reward=reward)
    assert list(bad) == quarantined


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("reward.txt", ""),
        ("reward.txt", "\n"),
        ("reward.txt", "pass"),
        ("reward.txt", "nan"),
        ("reward.txt", "inf"),
        ("reward.txt", "1 0"),
        ("reward.txt", b"\xff\xfe"),
        ("reward.json", ""),
        ("reward.json", "null"),
        ("reward.json", "[1]"),
        ("reward.json", '"1"'),
        ("reward.json", '{"reward": NaN}'),
        ("reward.json", {"reward": None}),
        ("reward.json", {"reward": "high"}),
    ],
)
def test_no_reward(tmp_path: Path, name: str, content: Any) -> None:
    artifact = write(tmp_path, f"job/trial/verifier/{name}", content)
    assert harbor_verifier.matches(artifact)
    with pytest.raises(UnreadableArtifactError) as caught:
        list(harbor_verifier.flatten(artifact))
    assert caught.value.reason
    assert "high" not in caught.value.reason


def test_step(tmp_path: Path) -> None:
    (attempt,), _ = flattened(harbor_verifier, write(tmp_path, "job/trial/steps/plan/verifier/reward.txt", "1"))
    assert attempt.step_name == "plan"


@pytest.mark.parametrize("name", ["trial/reward.txt", "verifier/ctrf.json", "verifier/grader-results.json"])
def test_foreign_files_are_left(tmp_path: Path, name: str) -> None:
    assert not harbor_verifier.matches(write(tmp_path, name, "1"))


@pytest.mark.parametrize(
    ("name", "sound"), [("reward.txt", b"0.4666\n"), ("reward.json", b'{"reward": 1, "lint": 0.5}')]
)
def test_damage_is_always_contained(tmp_path: Path, name: str, sound: bytes) -> None:
    assert 0 < survives(harbor_verifier, lambda data: write(tmp_path, f"verifier/{name}", data), sound) < 400
