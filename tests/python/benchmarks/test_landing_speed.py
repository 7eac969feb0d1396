"""The benchmark of landing measures what it says: every telemetry format, decoded and landed."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from benchmarks import landing
from benchmarks.synthetic_jobs import write_jobs


def test_table(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing, "_REPEATS", 1)
    write_jobs(tmp_path / "jobs", 3, mean_steps=4)
    landing.report(tmp_path / "jobs", 0)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].endswith("atif, mini_swe_agent, pi_session")
    speeds = {line[:20].strip(): float(line.split()[-3]) for line in printed[2:10]}
    assert list(speeds) == [
        "decode",
        "decode, nested too",
        "read, hash",
        "flatten",
        "to Arrow",
        "Arrow to Parquet",
        "land, 1 process",
        "land, 2 processes",
    ]
    assert speeds["decode, nested too"] == 1


def test_nothing_to_measure(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match="no telemetry"):
        landing.report(tmp_path, 0)
