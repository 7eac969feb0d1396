"""result.json of a trial: 72 real ones recounted with plain json, and synthetic ones for what those do not show."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from loaders.artifact import Artifact, UnreadableArtifactError
from loaders.formats.harbor import job as harbor_job
from loaders.formats.harbor import trial as harbor_trial
from loaders.formats.harbor import trial_config as harbor_trial_config
from loaders.tables import Attempt, Trial
from tests.python.loaders.formats.harbor_inputs import flattened, survives, write

SYNTHETIC: dict[str, Any] = {
    "id": "11111111-2222-3333-4444-555555555555",
    "task_name": "suite/fix-it",
    "trial_name": "fix-it__abcdefg",
    "source": "suite",
    "task_checksum": "00ff",
    "config": {
        "task": {"path": "/tasks/fix-it"},
        "trial_name": "fix-it__abcdefg",
        "timeout_multiplier": 1.5,
        "agent_timeout_multiplier": 2,
        "agent": {
            "name": "subq",
            "model_name": "anthropic/claude-sonnet-4",
            "override_timeout_sec": 900,
            "max_timeout_sec": 1200.5,
            "kwargs": {"attempt1ToolCap": 40, "version": "1"},
            "env": {"RETRY_TOOL_CAP": "80", "ATTEMPT1_TOOL_CAP": "7"},
        },
        "environment": {"type": "modal"},
    },
    "agent_info": {
        "name": "subq",
        "version": "2.1",
        "model_info": {"name": "claude-sonnet-4", "provider": "anthropic"},
    },
    "agent_result": {
        "n_input_tokens": 1000,
        "n_cache_tokens": 900,
        "n_output_tokens": 50,
        "cost_usd": 0.25,
        "metadata": {"LocalizationSignal": {"attempt1Mode": "semantic", "trial_recovery_mode": "widened"}},
    },
    "verifier_result": {"rewards": {"reward": 1}},
    "exception_info": None,
    "started_at": "2026-01-02T03:04:05.5Z",
    "finished_at": "2026-01-02T04:04:05+01:00",
    "agent_execution": {"started_at": "2026-01-02T03:04:10Z", "finished_at": None},
    "verifier": None,
    "step_results": None,
    "finalFailureMode": "wrong_file",
}


def trial_of(tmp_path: Path, **changes: Any) -> tuple[Any, dict[str, str]]:
    rows, bad = flattened(harbor_trial, write(tmp_path, "job/trial/result.json", SYNTHETIC | changes))
    assert [type(row) for row in rows] == [Trial]
    return rows[0], bad


def test_real_trials_against_plain_json(science: Path) -> None:
    paths = sorted(science.glob("jobs/*/*/result.json"))
    assert len(paths) == 72
    for path in paths:
        raw = json.loads(path.read_text())
        artifact = Artifact(path, science)
        assert harbor_trial.matches(artifact)
        assert not harbor_job.matches(artifact)
        rows, bad = flattened(harbor_trial, artifact)
        assert bad == {}
        (trial,) = rows
        rewards = raw["verifier_result"] and raw["verifier_result"]["rewards"]
        assert trial.trial_directory == str(path.parent)
        assert trial.run_directory == str(path.parent.parent)
        assert trial.native_trial_id == raw["id"]
        assert trial.task_name == raw["task_name"]
        assert trial.trial_name == raw["trial_name"] == path.parent.name
        assert trial.source is None
        assert trial.agent_type == "mini-swe-agent"
        assert trial.agent_version == raw["agent_info"]["version"]
        assert trial.model_id == "openai/kimi-k2.7-code"
        assert trial.timeout_multiplier == raw["config"]["timeout_multiplier"]
        assert trial.has_verifier_result is (raw["verifier_result"] is not None)
        assert trial.rewards == rewards
        assert trial.reward == (rewards and rewards["reward"])
        assert trial.exception_type == (raw["exception_info"] and raw["exception_info"]["exception_type"])
        assert trial.exception_at is None
        assert trial.input_tokens_with_cache == raw["agent_result"]["n_input_tokens"]
        assert trial.cache_read_tokens == raw["agent_result"]["n_cache_tokens"]
        assert trial.output_tokens == raw["agent_result"]["n_output_tokens"]
        assert trial.cost_usd == raw["agent_result"]["cost_usd"]
        assert trial.is_clock_local is False
        for column, text in {
            "started_at": raw["started_at"],
            "finished_at": raw["finished_at"],
            "agent_started_at": raw["agent_execution"]["started_at"],
            "agent_finished_at": raw["agent_execution"]["finished_at"],
            "verifier_started_at": raw["verifier"]["started_at"],
            "verifier_finished_at": raw["verifier"]["finished_at"],
        }.items():
            assert getattr(trial, column) == (text and datetime.fromisoformat(text.removesuffix("Z"))), column


def test_real_outcomes(science: Path) -> None:
    trials = [flattened(harbor_trial, Artifact(path, science))[0][0] for path in science.glob("jobs/*/*/result.json")]
    outcomes = Counter(
        "null" if trial.reward is None else "fractional" if 0 < trial.reward < 1 else str(trial.reward)
        for trial in trials
    )
    assert outcomes == {"1.0": 13, "0.0": 45, "fractional": 13, "null": 1}
    assert Counter(trial.exception_type for trial in trials) == {
        None: 66,
        "NonZeroAgentExitCodeError": 5,
        "CancelledError": 1,
    }
    assert sum(trial.reward is not None and trial.exception_type is not None for trial in trials) == 5
    assert len({trial.native_trial_id for trial in trials}) == 72


def test_synthetic_trial(tmp_path: Path) -> None:
    trial, bad = trial_of(tmp_path)
    assert bad == {}
    assert trial == Trial(
        evidence="harbor_result",
        trial_directory=str(tmp_path / "job" / "trial"),
        run_directory=str(tmp_path / "job"),
        native_trial_id="11111111-2222-3333-4444-555555555555",
        trial_name="fix-it__abcdefg",
        task_name="suite/fix-it",
        task_checksum="00ff",
        source="suite",
        agent_type="subq",
        agent_version="2.1",
        model_id="anthropic/claude-sonnet-4",
        agent_timeout_override_s=900.0,
        agent_timeout_max_s=1200.5,
        timeout_multiplier=1.5,
        agent_timeout_multiplier=2.0,
        attempt1_tool_cap=40,
        retry_tool_cap=80,
        environment_type="modal",
        started_at=datetime(2026, 1, 2, 3, 4, 5, 500_000),
        finished_at=datetime(2026, 1, 2, 3, 4, 5),
        agent_started_at=datetime(2026, 1, 2, 3, 4, 10),
        is_clock_local=False,
        has_verifier_result=True,
        reward=1.0,
        rewards={"reward": 1.0},
        attempt1_mode="semantic",
        trial_recovery_mode="widened",
        final_failure_mode="wrong_file",
        input_tokens_with_cache=1000,
        cache_read_tokens=900,
        output_tokens=50,
        cost_usd=0.25,
    )


@pytest.mark.parametrize(
    ("verifier_result", "reward", "rewards", "quarantined"),
    [
        ({"rewards": {"reward": 0.4667}}, 0.4667, {"reward": 0.4667}, []),
        ({"rewards": {"reward": True}}, 1.0, {"reward": 1.0}, []),
        ({"rewards": {"score": 0.5}}, 0.5, {"score": 0.5}, []),
        ({"rewards": {"lint": 1, "reward": 0}}, 0.0, {"lint": 1.0, "reward": 0.0}, []),
        ({"rewards": {"lint": 1, "style": 0}}, None, {"lint": 1.0, "style": 0.0}, []),
        ({"rewards": {"reward": None}}, None, {}, []),
        ({"rewards": {"reward": float("nan")}}, None, {}, ["/verifier_result/rewards/reward"]),
        ({"rewards": {"reward": float("nan"), "lint": 1}}, None, {"lint": 1.0}, ["/verifier_result/rewards/reward"]),
        ({"rewards": {"reward": "1"}}, None, {}, ["/verifier_result/rewards/reward"]),
        ({"rewards": {"a": float("inf"), "b": 1}}, None, {"b": 1.0}, ["/verifier_result/rewards/a"]),
        ({"rewards": {}}, None, {}, []),
        ({"rewards": None}, None, None, []),
        ({"rewards": [1]}, None, None, ["/verifier_result/rewards"]),
        ({}, None, None, []),
    ],
)
def test_rewards(
    tmp_path: Path, verifier_result: Any, reward: float | None, rewards: dict[str, float] | None, quarantined: list[str]
) -> None:
    trial, bad = trial_of(tmp_path, verifier_result=verifier_result)
    assert (trial.reward, trial.rewards, trial.has_verifier_result) == (reward, rewards, True)
    assert list(bad) == quarantined
    assert (trial.cost_usd, trial.final_failure_mode) == (0.25, "wrong_file")


def test_verifier_result_absent_is_not_verifier_result_unreadable(tmp_path: Path) -> None:
    assert trial_of(tmp_path, verifier_result=None)[0].has_verifier_result is False
    trial, bad = trial_of(tmp_path, verifier_result="passed")
    assert trial.has_verifier_result is None
    assert list(bad) == ["/verifier_result"]


def test_a_wrong_type_costs_itself_alone(tmp_path: Path) -> None:
    agent_result = {"n_input_tokens": "many", "n_cache_tokens": 2**70, "n_output_tokens": 3, "cost_usd": None}
    trial, bad = trial_of(
        tmp_path, agent_result=agent_result, task_checksum=5, started_at="yesterday", config={"agent": {"name": []}}
    )
    assert set(bad) == {
        "/agent_result/n_input_tokens",
        "/agent_result/n_cache_tokens",
        "/task_checksum",
        "/started_at",
        "/config/agent/name",
    }
    assert (trial.input_tokens_with_cache, trial.cache_read_tokens, trial.output_tokens) == (None, None, 3)
    assert (trial.task_checksum, trial.started_at, trial.agent_type) == (None, None, "subq")
    assert trial.reward == 1.0
    assert not any("many" in reason or "yesterday" in reason for reason in bad.values())


@pytest.mark.parametrize(
    ("source", "landed"),
    [
        (None, None),
        ("suite", "suite"),
        ({"name": "suite"}, "suite"),
        ({"name": "s", "version": "2"}, "s@2"),
        ({}, None),
    ],
)
def test_source(tmp_path: Path, source: Any, landed: str | None) -> None:
    assert trial_of(tmp_path, source=source)[0].source == landed


def test_model_falls_back_to_agent_info(tmp_path: Path) -> None:
    assert trial_of(tmp_path, config={})[0].model_id == "anthropic/claude-sonnet-4"
    alone = {"name": "a", "model_info": {"name": "gpt-5.4"}}
    assert trial_of(tmp_path, config={}, agent_info=alone)[0].model_id == "gpt-5.4"
    imported = {"agent": {"import_path": "harness.agents:Shotgun"}}
    assert trial_of(tmp_path, config=imported, agent_info=None)[0].agent_type == "harness.agents:Shotgun"


@pytest.mark.parametrize(
    ("value", "landed", "quarantined"),
    [
        (12, 12, False),
        ("12", 12, False),
        (12.0, 12, False),
        (None, None, False),
        ("a lot", None, True),
        (1.5, None, True),
    ],
)
def test_tool_cap_values(tmp_path: Path, value: Any, landed: int | None, quarantined: bool) -> None:
    trial, bad = trial_of(tmp_path, config={"agent": {"kwargs": {"retry_tool_cap": value}}})
    assert trial.retry_tool_cap == landed
    assert trial.attempt1_tool_cap is None
    assert list(bad) == (["/config/agent/kwargs/retry_tool_cap"] if quarantined else [])


@pytest.mark.parametrize(
    "holder",
    [
        {"attempt1_mode": "grep"},
        {"verifier_result": {"attempt1Mode": "grep"}},
        {"agent_result": {"attempt1Mode": "grep"}},
        {"agent_result": {"metadata": {"localization": {"attempt1_mode": "grep"}}}},
        {"localizationSignal": {"attempt1Mode": "grep"}},
    ],
)
def test_modes_in_every_known_place(tmp_path: Path, holder: dict[str, Any]) -> None:
    base = {"agent_result": None, "verifier_result": None}
    assert trial_of(tmp_path, **(base | holder))[0].attempt1_mode == "grep"


def test_modes_elsewhere_are_not_taken(tmp_path: Path) -> None:
    trial, _ = trial_of(tmp_path, agent_result={"rollout_details": [{"attempt1Mode": "grep"}]})
    assert trial.attempt1_mode is None
    trial, bad = trial_of(tmp_path, agent_result={"attempt1Mode": 3})
    assert trial.attempt1_mode is None
    assert list(bad) == ["/agent_result/attempt1Mode"]


def test_clocks_without_zone(tmp_path: Path) -> None:
    trial, bad = trial_of(
        tmp_path,
        started_at="2025-11-01T10:00:00",
        finished_at="2025-11-01T10:00:09",
        agent_execution=None,
        exception_info={"exception_type": "AgentTimeoutError", "occurred_at": "2025-11-01T10:00:08"},
    )
    assert bad == {}
    assert trial.is_clock_local is True
    assert trial.started_at == datetime(2025, 11, 1, 10)
    assert (trial.exception_type, trial.exception_at) == ("AgentTimeoutError", None)
    zoned = {"exception_type": "CancelledError", "occurred_at": "2026-01-01T00:00:01Z"}
    assert trial_of(tmp_path, exception_info=zoned)[0].exception_at == datetime(2026, 1, 1, 0, 0, 1)


def test_steps(tmp_path: Path) -> None:
    steps: list[Any] = [
        {
            "step_name": "plan",
            "agent_result": {"n_input_tokens": 100, "n_cache_tokens": 60, "n_output_tokens": 7, "cost_usd": 0.0},
            "verifier_result": {"rewards": {"reward": 0.25}},
            "agent_execution": {"started_at": "2026-01-02T00:00:00Z", "finished_at": "2026-01-02T00:01:30.5Z"},
            "attempt1Mode": "grep",
        },
        "not a step",
        {
            "step_name": "build",
            "agent_result": {"n_input_tokens": 100},
            "verifier_result": {"rewards": {"reward": "bad"}},
            "exception_info": {"exception_type": "AgentTimeoutError"},
            "agent_execution": {"started_at": "2026-01-02T00:00:00", "finished_at": "2026-01-02T00:00:02"},
        },
    ]
    artifact = write(tmp_path, "job/trial/result.json", SYNTHETIC | {"agent_result": None, "step_results": steps})
    (trial, plan, build), bad = flattened(harbor_trial, artifact)
    assert trial.step_count == 3
    assert trial.input_tokens_with_cache is None
    assert plan == Attempt(
        place="/step_results/0",
        evidence="harbor_step",
        attempt_index=0,
        step_name="plan",
        reward=0.25,
        input_tokens=40,
        input_tokens_with_cache=100,
        cache_read_tokens=60,
        output_tokens=7,
        cost_usd=0.0,
        wall_time_s=90.5,
        started_at=datetime(2026, 1, 2),
        finished_at=datetime(2026, 1, 2, 0, 1, 30, 500_000),
        attempt1_mode="grep",
    )
    assert build == Attempt(
        place="/step_results/2",
        evidence="harbor_step",
        attempt_index=2,
        step_name="build",
        input_tokens_with_cache=100,
        wall_time_s=2.0,
        exception_type="AgentTimeoutError",
    )
    assert set(bad) == {"/step_results/1", "/step_results/2/verifier_result/rewards/reward"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("result.json", {"n_total_trials": 1, "stats": {}, "trial_results": [SYNTHETIC]}),
        ("result.json", {"task_name": "x", "score": 1}),
        ("result.json", {"verifier_result": {}}),
        ("results.json", SYNTHETIC),
        ("config.json", SYNTHETIC["config"]),
        ("result.json", ""),
    ],
)
def test_foreign_files_are_left(tmp_path: Path, name: str, content: Any) -> None:
    assert not harbor_trial.matches(write(tmp_path, f"job/trial/{name}", content))


def test_one_owner(tmp_path: Path) -> None:
    artifact = write(tmp_path, "job/trial/result.json", SYNTHETIC)
    owners = [module for module in (harbor_trial, harbor_trial_config, harbor_job) if module.matches(artifact)]
    assert owners == [harbor_trial]


def test_damage_is_always_contained(tmp_path: Path) -> None:
    step = {"step_name": "plan", "agent_result": SYNTHETIC["agent_result"], "verifier_result": {"rewards": {"r": 1}}}
    sound = json.dumps(SYNTHETIC | {"step_results": [step, step]}).encode()
    unreadable = survives(harbor_trial, lambda data: write(tmp_path, "job/trial/result.json", data), sound)
    assert 0 < unreadable < 400


@pytest.mark.parametrize("content", [b"", b" \n", b"[]", b"3", b"{", b'"\xff"', b"[" * 100_000, b"{NaN", b"\x00"])
def test_unreadable(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableArtifactError):
        list(harbor_trial.flatten(write(tmp_path, "job/trial/result.json", content)))
