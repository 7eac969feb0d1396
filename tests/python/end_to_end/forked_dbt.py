"""dbt commands in forks of one process that has imported dbt and parsed the project.

Starting dbt and parsing a project takes longer than building the bundled examples. A command in a fork does neither,
and yet finds a process of its own: nothing that it sets, holds or breaks is there for the next one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import traceback
import weakref
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any


class ForkedDbt:
    """A process that waits for dbt commands. Raises RuntimeError where it cannot be started or ends too early."""

    def __init__(self, project: Path | None, environment: Mapping[str, str], *arguments: str) -> None:
        """Parse a project for all commands, with arguments they share; with None, each parses its own folder."""
        self._parent = subprocess.Popen(
            [sys.executable, "-P", __file__, *(["parse", *arguments] if project else [])],
            cwd=project,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        weakref.finalize(self, self._parent.kill)
        self._hear()

    def __call__(
        self, arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end in a folder, under an environment that replaces the present one."""
        with tempfile.TemporaryDirectory() as place:
            outputs = [str(Path(place) / name) for name in ("stdout", "stderr")]
            request = [arguments, str(folder), dict(environment), outputs]
            assert self._parent.stdin is not None
            self._parent.stdin.write(json.dumps(request) + "\n")
            self._parent.stdin.flush()
            status = int(self._hear())
            said = [Path(output).read_text(errors="replace") for output in outputs]
        return subprocess.CompletedProcess(["dbt", *arguments], status, *said)

    def _hear(self) -> str:
        assert self._parent.stdout is not None
        if not (line := self._parent.stdout.readline()):
            raise RuntimeError("the process that forks dbt has ended; what it said stands above")
        return line


def _run(arguments: list[str], manifest: Any) -> int:
    """Exit status of a command: 0 well, 1 failed, 2 not understood; as the command `dbt` has it."""
    from dbt.cli.exceptions import ResultExit
    from dbt.cli.main import dbtRunner

    done = dbtRunner(manifest=manifest).invoke(arguments)
    if done.exception is not None and not isinstance(done.exception, ResultExit):
        print(done.exception)
        return 2
    return 0 if done.success else 1


def _fork(manifest: Any, arguments: list[str], folder: str, environment: dict[str, str], outputs: list[str]) -> int:
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    for descriptor, output in enumerate(outputs, start=1):
        os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT), descriptor)
    status = 3
    try:
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        # the project reads from its command line what was asked for
        sys.argv = ["dbt", *arguments]
        status = _run(arguments, manifest)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # an orderly end waits for threads that a fork has not got
        os._exit(status)


def main() -> None:
    """Answer "ready", then each request, a line of JSON, with the exit status of its command."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    from dbt.cli.main import dbtRunner

    import_module("dbt.adapters.duckdb")

    manifest = None
    if arguments := sys.argv[1:]:
        parsed = dbtRunner().invoke(["--quiet", *arguments])
        if not parsed.success:
            sys.exit(f"the project cannot be parsed: {parsed.exception}")
        manifest = parsed.result
    answers.write("ready\n")
    for line in sys.stdin:
        answers.write(f"{_fork(manifest, *json.loads(line))}\n")


if __name__ == "__main__":
    main()
