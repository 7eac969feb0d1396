"""Where the real fixtures are: `AGENT_SIGNALS_FIXTURES`, or the tests that need them skip and say so."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """Root of the real artifacts."""
    value = os.environ.get("AGENT_SIGNALS_FIXTURES")
    if not value:
        pytest.skip("AGENT_SIGNALS_FIXTURES is not set: no real artifacts to test against")
    return Path(value)


@pytest.fixture(scope="session")
def science(fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root of its own with the 72 real Harbor trials, unpacked once: `jobs/<job>/<trial>/...`."""
    archive = fixtures / "harbor_jobs" / "science" / "harbor_science_jobs.tar.xz"
    return _unpacked(archive, tmp_path_factory.mktemp("science"))


@pytest.fixture(scope="session")
def leaderboard(fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root of its own with the Terminal-Bench leaderboard: `results/<dataset>/<submission>/<run>/...`."""
    folder = fixtures / "response_matrices" / "terminal-bench-leaderboard"
    return _unpacked(folder / "all_results_and_run_metadata.tar.xz", tmp_path_factory.mktemp("leaderboard"))


def _unpacked(packed: Path, root: Path) -> Path:
    with tarfile.open(packed) as archive:
        # early patch releases of 3.11 know no filter
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(root)
    return root
