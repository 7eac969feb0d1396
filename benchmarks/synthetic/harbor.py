"""The files of a synthetic Harbor job: configurations, results, reports, harness stdout, dataset rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from benchmarks.synthetic.script import Json

DATASET = "synthetic-bench@1.0"
REWARDS = {True: 1.0, False: 0.0}


@dataclass(frozen=True)
class Task:
    """A benchmark task of an invented repository."""

    instance_id: str
    problem: str
    patch: str
    test_patch: str
    fail_to_pass: Sequence[str]
    pass_to_pass: Sequence[str]
    difficulty: str = "<15 min fix"

    @property
    def repository(self) -> str:
        """`owner/name`, from an id such as `owner__name-1`."""
        return self.instance_id.rsplit("-", 1)[0].replace("__", "/")


@dataclass(frozen=True)
class Trial:
    """One trial: where it runs, what it used, how it ended. Times are naive UTC, durations seconds."""

    job: str
    name: str
    task_id: str
    started: datetime
    agent_s: float
    agent: str = "subq"
    model: str = "synthetic/model-a"
    agent_kwargs: Mapping[str, object] = field(default_factory=dict)
    timeout_s: float = 1800.0
    agent_result: Json | None = None
    reward: float | None = None
    exception: Json | None = None
    extra: Json = field(default_factory=dict)


def token_totals(prompt: int, cached: int, output: int, cost_usd: float | None) -> Json:
    """`agent_result` of a trial; `prompt` includes the cached tokens."""
    return {
        "n_input_tokens": prompt,
        "n_cache_tokens": cached,
        "n_output_tokens": output,
        "cost_usd": cost_usd,
        "rollout_details": None,
        "metadata": None,
    }


def trial_config(trial: Trial) -> Json:
    """TrialConfig."""
    return {
        "task": {"path": f"tasks/{trial.task_id}", "git_url": None, "git_commit_id": None, "source": DATASET},
        "trial_name": trial.name,
        "trials_dir": f"jobs/{trial.job}",
        "timeout_multiplier": 1.0,
        "agent_timeout_multiplier": None,
        "agent": {
            "name": trial.agent,
            "import_path": None,
            "model_name": trial.model,
            "override_timeout_sec": trial.timeout_s,
            "override_setup_timeout_sec": None,
            "max_timeout_sec": None,
            "kwargs": dict(trial.agent_kwargs),
            "env": {},
        },
        "environment": {"type": "docker", "force_build": False, "delete": True, "kwargs": {}},
        "verifier": {"override_timeout_sec": None, "max_timeout_sec": None, "disable": False},
        "artifacts": [],
        "job_id": str(uuid5(NAMESPACE_URL, trial.job)),
    }


def trial_result(trial: Trial) -> Json:
    """TrialResult. Set-up takes 20 s and verification 30 s, so the trial lasts `agent_s` + 55 s."""
    marks = [0.0, 2.0, 20.0, 25.0, 25.0 + trial.agent_s, 25.0 + trial.agent_s + 30.0]
    clock = [(trial.started + timedelta(seconds=mark)).isoformat(timespec="microseconds") + "Z" for mark in marks]
    provider, _, model = trial.model.partition("/")
    return {
        "id": str(uuid5(NAMESPACE_URL, f"{trial.job}/{trial.name}")),
        "task_name": f"synthetic-bench/{trial.task_id}",
        "trial_name": trial.name,
        "trial_uri": f"file:///synthetic/jobs/{trial.job}/{trial.name}",
        "task_id": {"path": f"tasks/{trial.task_id}"},
        "source": DATASET,
        "task_checksum": uuid5(NAMESPACE_URL, trial.task_id).hex * 2,
        "config": trial_config(trial),
        "agent_info": {
            "name": trial.agent,
            "version": "0.0-synthetic",
            "model_info": {"name": model, "provider": provider},
        },
        "agent_result": trial.agent_result,
        "verifier_result": None if trial.reward is None else {"rewards": {"reward": trial.reward}},
        "exception_info": trial.exception,
        "started_at": clock[0],
        "finished_at": clock[5],
        "environment_setup": {"started_at": clock[1], "finished_at": clock[2]},
        "agent_setup": {"started_at": clock[2], "finished_at": clock[3]},
        "agent_execution": {"started_at": clock[3], "finished_at": clock[4]},
        "verifier": {"started_at": clock[4], "finished_at": clock[5]},
        "step_results": None,
        **trial.extra,
    }


def agent_started(trial: Trial) -> datetime:
    """When the agent of a trial begins to work."""
    return trial.started + timedelta(seconds=25)


def exception(kind: str, message: str, at: datetime) -> Json:
    """`exception_info`."""
    return {
        "exception_type": kind,
        "exception_message": message,
        "exception_traceback": f"Traceback (most recent call last):\n  synthetic\n{kind}: {message}\n",
        "occurred_at": at.isoformat(timespec="microseconds") + "Z",
    }


def job_config(job: str, agents: Iterable[tuple[str, str]], *, attempts_per_task: int, concurrency: int) -> Json:
    """JobConfig; `agents` are pairs of agent name and model."""
    return {
        "job_name": job,
        "jobs_dir": "jobs",
        "n_attempts": attempts_per_task,
        "timeout_multiplier": 1.0,
        "n_concurrent_trials": concurrency,
        "quiet": False,
        "retry": {"max_retries": 0},
        "environment": {"type": "docker", "force_build": False, "delete": True},
        "agents": [{"name": agent, "model_name": model} for agent, model in agents],
        "datasets": [{"name": "synthetic-bench", "version": "1.0"}],
        "tasks": [],
    }


def job_result(job: str, started_local: datetime, updated_local: datetime, total: int, stats: Json) -> Json:
    """JobResult. Its clock is the local one and has no zone; a job without pending trials is finished."""
    is_finished = not (stats["n_running_trials"] or stats["n_pending_trials"])
    updated = updated_local.isoformat(timespec="microseconds")
    return {
        "id": str(uuid5(NAMESPACE_URL, job)),
        "started_at": started_local.isoformat(timespec="microseconds"),
        "updated_at": updated,
        "finished_at": updated if is_finished else None,
        "n_total_trials": total,
        "stats": stats,
        "trial_results": [],
    }


def job_stats(completed: int, errored: int = 0, running: int = 0, pending: int = 0) -> Json:
    """`stats` of a JobResult."""
    return {
        "n_completed_trials": completed,
        "n_errored_trials": errored,
        "n_running_trials": running,
        "n_pending_trials": pending,
        "n_cancelled_trials": 0,
        "n_retries": 0,
        "evals": {},
    }


def report(task: Task, fail_to_pass: int, pass_to_pass: int) -> Json:
    """SWE-bench report of a patch with which the first `fail_to_pass` and `pass_to_pass` tests of each list pass."""
    passed = {"FAIL_TO_PASS": fail_to_pass, "PASS_TO_PASS": pass_to_pass}
    lists = {"FAIL_TO_PASS": list(task.fail_to_pass), "PASS_TO_PASS": list(task.pass_to_pass)}
    tests = {kind: {"success": lists[kind][: passed[kind]], "failure": lists[kind][passed[kind] :]} for kind in lists}
    empty: Json = {"success": [], "failure": []}
    is_resolved = fail_to_pass == len(task.fail_to_pass) and pass_to_pass == len(task.pass_to_pass)
    return {
        task.instance_id: {
            "patch_is_None": False,
            "patch_exists": True,
            "patch_successfully_applied": True,
            "resolved": is_resolved,
            "tests_status": {**tests, "FAIL_TO_FAIL": empty, "PASS_TO_FAIL": empty},
        }
    }


def report_without_tests(task: Task, *, is_patch_empty: bool) -> Json:
    """SWE-bench report where no test ran: the patch is empty, or it does not apply."""
    return {
        task.instance_id: {
            "patch_is_None": is_patch_empty,
            "patch_exists": not is_patch_empty,
            "patch_successfully_applied": False,
            "resolved": False,
        }
    }


def summary_block(
    turns: int, tool_calls: int, edit_calls: int, touched: Sequence[tuple[str, int]], attempt: int | None = None
) -> list[str]:
    """The harness's summary lines of one attempt; `touched` pairs a path with its diff lines, `attempt` is 1-based."""
    files = ", ".join(f"{path} ({lines} diff lines)" for path, lines in touched) or "none"
    numbered = [] if attempt is None else [f"[subq-eval] Attempt: {attempt}"]
    return [
        *numbered,
        f"[subq-eval] Turns: {turns}",
        f"[subq-eval] Tool calls: {tool_calls}",
        f"[subq-eval] Edit calls: {edit_calls}",
        f"[subq-eval] Touched files: {files}",
    ]


def phase_lines(started: datetime, phases: Sequence[str], gap_s: float = 10.0) -> list[str]:
    """One phase event a line, `gap_s` seconds apart."""
    moments = (started + timedelta(seconds=gap_s * number) for number in range(len(phases)))
    return [
        json.dumps(
            {"event": "plannotator-phase", "phase": phase, "ts": moment.isoformat() + "Z"}, separators=(",", ":")
        )
        for phase, moment in zip(phases, moments, strict=True)
    ]


def dataset_row(task: Task) -> Json:
    """A dataset row as SWE-bench writes it: the test lists are JSON strings."""
    return {
        "repo": task.repository,
        "instance_id": task.instance_id,
        "base_commit": uuid5(NAMESPACE_URL, task.repository).hex + "00000000",
        "patch": task.patch,
        "test_patch": task.test_patch,
        "problem_statement": task.problem,
        "hints_text": "",
        "created_at": "2025-12-01T00:00:00Z",
        "version": "1.0",
        "FAIL_TO_PASS": json.dumps(list(task.fail_to_pass)),
        "PASS_TO_PASS": json.dumps(list(task.pass_to_pass)),
        "environment_setup_commit": "",
        "difficulty": task.difficulty,
    }


def write_json(path: Path, document: Json) -> None:
    """One indented JSON document."""
    write_text(path, json.dumps(document, indent=1) + "\n")


def write_lines(path: Path, documents: Iterable[Json]) -> None:
    """One JSON document a line."""
    write_text(path, "".join(json.dumps(document, separators=(",", ":")) + "\n" for document in documents))


def write_text(path: Path, text: str) -> None:
    """A file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
