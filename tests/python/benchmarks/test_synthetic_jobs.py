"""The generator of benchmark histories: reproducible, extendable, recognised by the loaders."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.synthetic_jobs import TASKS_PER_RUN, write_jobs
from loaders.artifact import Artifact
from loaders.formats.harbor import job as harbor_job
from loaders.formats.harbor import trial as harbor_trial
from loaders.formats.swebench import report as swebench_report


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_seed_and_number_alone_decide_a_trial(tmp_path: Path) -> None:
    write_jobs(tmp_path / "whole", 6, mean_steps=4)
    write_jobs(tmp_path / "parts", 3, mean_steps=4)
    before = _contents(tmp_path / "parts")
    write_jobs(tmp_path / "parts", 3, first=3, mean_steps=4)
    whole, parts = _contents(tmp_path / "whole"), _contents(tmp_path / "parts")
    assert whole == parts
    assert {name for name in before if before[name] != parts[name]} == {
        name for name in before if name.endswith("synthetic/result.json")
    }
    write_jobs(tmp_path / "other", 6, seed=1, mean_steps=4)
    assert _contents(tmp_path / "other") != whole


def test_trials_are_recognised_and_agree_with_themselves(tmp_path: Path) -> None:
    write_jobs(tmp_path, 4, first=TASKS_PER_RUN - 2, mean_steps=4)
    jobs = sorted((tmp_path / "jobs").iterdir())
    assert len(jobs) == 2
    for job in jobs:
        assert harbor_job.matches(Artifact(job / "result.json", tmp_path))
        assert job.name.endswith("__synthetic")
    results = list(tmp_path.glob("jobs/*/*/result.json"))
    assert len(results) == 4
    for path in results:
        report = path.parent / "verifier/report.json"
        assert harbor_trial.matches(Artifact(path, tmp_path))
        assert swebench_report.matches(Artifact(report, tmp_path))
        reward = json.loads(path.read_text())["verifier_result"]["rewards"]["reward"]
        assert [one["resolved"] for one in json.loads(report.read_text()).values()] == [reward == 1.0]
