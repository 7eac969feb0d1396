"""The command line: what it says and how it ends. All inputs are synthetic."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent_signals.__main__ import main
from loaders.settings import artifact_roots, warehouse_home


def _run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, list(arguments), env=environment)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with one file of no known format."""
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "readme.txt").write_text("x")
    return tmp_path / "root"


def test_land_takes_its_roots_and_home_from_the_environment(root: Path, tmp_path: Path) -> None:
    environment = {"AGENT_SIGNALS_ARTIFACTS": str(root), "AGENT_SIGNALS_HOME": str(tmp_path / "home")}
    result = _run("land", **environment)
    assert result.exit_code == 0
    assert result.output.startswith(f"load 1 in {tmp_path}/home/landing: 1 files found, 1 parsed (0.0 MB), 0 unchanged")
    assert _run("land", **environment).output.startswith("nothing new in")
    assert _run("land", **{**environment, "AGENT_SIGNALS_ARTIFACTS": ""}).output.startswith("nothing new in")


def test_land_takes_arguments_first(root: Path, tmp_path: Path) -> None:
    result = _run("land", str(root), "--home", str(tmp_path / "other"), AGENT_SIGNALS_ARTIFACTS="/missing")
    assert result.exit_code == 0
    assert (tmp_path / "other" / "landing" / "load=000001").is_dir()


def test_errors_are_one_sentence(root: Path, tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    missing = _run("land", str(tmp_path / "missing"), "--home", home)
    assert (missing.exit_code, missing.output) == (1, f"Error: The artifact root {tmp_path}/missing does not exist.\n")
    _run("land", str(root), "--home", home)
    with (tmp_path / "home" / "landing" / ".lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        held = _run("land", str(root), "--home", home)
        assert (held.exit_code, held.output.count("\n")) == (1, 1)
    nothing = _run("forget", "run-9", "--home", home)
    assert (nothing.exit_code, nothing.output.count("\n")) == (1, 1)


def test_forget_says_how_much(root: Path, tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    _run("land", str(root), "--home", home)
    result = _run("forget", str(root), "--home", home)
    assert (result.exit_code, result.output) == (0, "Forgot 1 files; the next build drops their features.\n")


@pytest.mark.parametrize("module", [["loaders"], ["agent_signals", "land"]])
def test_modules_run(root: Path, tmp_path: Path, module: list[str]) -> None:
    environment = {**os.environ, "AGENT_SIGNALS_ARTIFACTS": str(root), "AGENT_SIGNALS_HOME": str(tmp_path / "home")}
    done = subprocess.run([sys.executable, "-m", *module], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("load 1 in")
    assert done.stderr == ""


def test_settings_have_defaults() -> None:
    assert artifact_roots({}) == [Path("examples/artifacts")]
    assert artifact_roots({"AGENT_SIGNALS_ARTIFACTS": f"/a{os.pathsep}/b"}) == [Path("/a"), Path("/b")]
    assert artifact_roots({"AGENT_SIGNALS_ARTIFACTS": ""}) == []
    assert warehouse_home({}) == warehouse_home({"AGENT_SIGNALS_HOME": ""}) == Path("warehouse")
