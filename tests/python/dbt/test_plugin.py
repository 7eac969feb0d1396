"""What the plugin tells dbt of the project's files, and what it says of a held lock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt_common.exceptions import DbtRuntimeError

from agent_signals.dbt_plugin import Plugin
from agent_signals.project_files import commit_id, macro_fingerprints, module_fingerprints

HOLD_LOCK = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def plugin_of(path: Path | str) -> tuple[Plugin, DuckDBCredentials]:
    credentials = DuckDBCredentials(database="build", schema="main", path=str(path))
    return Plugin("dbt_plugin", {}, credentials), credentials


def test_macro_fingerprint_follows_what_it_calls(tmp_path: Path) -> None:
    calls = "{% macro outer() %}{{ inner() }}{% endmacro %}{% macro other() %}1{% endmacro %}"
    write(tmp_path / "a.sql", calls)
    inner = write(tmp_path / "b" / "c.sql", "{%- macro inner() -%}{{ var('limit', 3) }}{%- endmacro -%}")
    before = macro_fingerprints(tmp_path)
    inner.write_text(inner.read_text().replace("3", "4"))
    after = macro_fingerprints(tmp_path)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"outer", "inner"}
    assert before["outer"].variables == ["limit"]
    assert before["other"].variables == []


def test_macro_fingerprint_ignores_comments_and_survives_recursion(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.sql", "{% macro ping() %}{{ pong() }}{% endmacro %}{% macro pong() %}{{ ping() }}{% endmacro %}"
    )
    before = macro_fingerprints(tmp_path)
    path.write_text("{# said\ndifferently #}" + path.read_text())
    assert macro_fingerprints(tmp_path) == before


def test_module_fingerprint_follows_imports_and_a_package_stands_for_all(tmp_path: Path) -> None:
    write(tmp_path / "algorithms" / "__init__.py", "")
    write(tmp_path / "algorithms" / "graph.py", "from algorithms.text import words\n")
    words = write(tmp_path / "algorithms" / "text.py", "words = 1\n")
    write(tmp_path / "algorithms" / "alone.py", "import numpy\n")
    before = module_fingerprints(tmp_path, ("algorithms",))
    words.write_text("words = 2\n")
    after = module_fingerprints(tmp_path, ("algorithms",))
    assert {name for name in before if before[name] != after[name]} == {
        "algorithms",
        "algorithms.graph",
        "algorithms.text",
    }


@pytest.mark.parametrize("is_packed", [True, False])
def test_commit_of_a_branch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_packed: bool) -> None:
    monkeypatch.delenv("AGENT_SIGNALS_COMMIT", raising=False)
    write(tmp_path / ".git" / "HEAD", "ref: refs/heads/main\n")
    if is_packed:
        write(tmp_path / ".git" / "packed-refs", "# pack-refs with: peeled\nabc123 refs/heads/main\n")
    else:
        write(tmp_path / ".git" / "refs" / "heads" / "main", "abc123\n")
    assert commit_id(tmp_path) == "abc123"


def test_commit_is_null_without_git_and_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AGENT_SIGNALS_COMMIT", raising=False)
    assert commit_id(tmp_path) is None
    write(tmp_path / ".git" / "HEAD", "ref: refs/heads/unborn\n")
    assert commit_id(tmp_path) is None
    monkeypatch.setenv("AGENT_SIGNALS_COMMIT", "def456")
    assert commit_id(tmp_path) == "def456"


def test_home_is_made_and_facts_are_attached(tmp_path: Path) -> None:
    plugin, credentials = plugin_of(tmp_path / "new" / "home" / "build.duckdb")
    plugin.update_connection_config(credentials, {})
    with duckdb.connect(credentials.path) as connection:
        plugin.configure_connection(connection)
        cursor = connection.cursor()
        names = {name for (name,) in cursor.sql("select name from project_file.macro").fetchall()}
        assert {"is_touched", "should_full_refresh", "landed"} <= names
        modules = {name for (name,) in cursor.sql("select name from project_file.module").fetchall()}
        assert "agent_signals.incremental" in modules
        assert not {name for name in modules if name.startswith("loaders")}
        assert cursor.sql("select data_test_status('test.unknown')").fetchall() == [(None,)]


def test_environment_bounds_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENT_SIGNALS_MEMORY_LIMIT", "512MiB")
    plugin, credentials = plugin_of(tmp_path / "build.duckdb")
    plugin.update_connection_config(credentials, {})
    with duckdb.connect(credentials.path) as connection:
        plugin.configure_connection(connection)
        assert connection.cursor().sql("select current_setting('memory_limit')").fetchall() == [("512.0 MiB",)]


def test_in_memory_target_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plugin, credentials = plugin_of(":memory:")
    plugin.update_connection_config(credentials, {})
    assert not list(tmp_path.iterdir())


def test_held_lock_is_one_sentence_with_the_process(tmp_path: Path) -> None:
    path = tmp_path / "build.duckdb"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_LOCK, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        plugin, credentials = plugin_of(path)
        with pytest.raises(DbtRuntimeError) as raised:
            plugin.update_connection_config(credentials, {})
    finally:
        holder.communicate("")
    assert str(raised.value).splitlines()[-1].strip() == (
        f"Another dbt process (PID {holder.pid}) is using {path}; wait for it or set AGENT_SIGNALS_HOME."
    )
