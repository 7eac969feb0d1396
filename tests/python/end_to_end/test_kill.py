"""A build that is killed costs nothing but itself, and so does one that is started beside another."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from pathlib import Path

from tests.python.end_to_end.conftest import EXAMPLES, Examples
from tests.python.end_to_end.interruption import kill_build_after, reading, start_build, wait_until_said
from tests.python.end_to_end.warehouse import differences

KILLS = 3
LONGEST_SHARE = 0.7
"""Of the time that the first build took: later ones keep what it made."""


def test_killed_and_concurrent_builds_harm_nothing(examples: Examples, tmp_path: Path) -> None:
    generator = random.Random(20260117)
    warehouse, roots = examples.warehouse, [examples.root]
    # a copy with an earlier path takes over from the original: its files land, and its attempts are computed again
    shutil.copytree(EXAMPLES / "jobs", examples.root / "copy" / "jobs")
    with reading(warehouse) as reader:
        for number in range(KILLS):
            delay_s = LONGEST_SHARE * examples.build_s * (number + generator.random()) / KILLS
            kill_build_after(warehouse, roots, delay_s, tmp_path / f"killed_{number}")
        first = start_build(warehouse, roots, tmp_path / "first")
        wait_until_said(tmp_path / "first", "OK hook: agent_signals.on-run-start")
        os.killpg(first.pid, signal.SIGSTOP)
        second = warehouse.dbt(roots, "build")
        os.killpg(first.pid, signal.SIGCONT)
        assert first.wait() == 0, (tmp_path / "first").read_text()[-3000:]
        time.sleep(0.2)
    assert second.returncode != 0
    assert f"Another dbt process (PID {first.pid}) is using {warehouse.linked_home() / 'build.duckdb'}" in second.stdout
    assert "Traceback" not in second.stdout + second.stderr
    assert reader.failures == []
    assert reader.reads > 20
    assert len(reader.builds) >= 2
    assert reader.builds == sorted(reader.builds)
    left_out = ("meta.build", "meta.quarantined_record")
    assert differences(examples.undisturbed.published, warehouse.published, left_out) == {}
    assert [path.name for path in warehouse.landing.glob(".tmp-*")] == []
