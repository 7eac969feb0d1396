"""What `make build` ends with, on homes written by hand (synthetic)."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import duckdb
from click.testing import CliRunner

from agent_signals.__main__ import main
from agent_signals.summary import overview


def publish(home: Path, *, quarantined: int = 0) -> None:
    """A published version with one run and some quarantined records, and its summary."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / "agent_signals.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            """
            create schema marts;
            create schema meta;
            create table marts.eval_run as
            select 'synthetic-run' as run_id, 'model-a' as model_id, 3 as trial_count, 2 as resolved_final_count,
                0.5 as cost_usd_total;
            create table meta.quarantined_record (kind varchar, path varchar, place varchar, reason varchar);
            insert into meta.quarantined_record values ('label_reward_disagreement', null, '', 'of no file');
            """
        )
        for number in range(quarantined):
            connection.execute(
                "insert into meta.quarantined_record values ('record', ?, 'line 7', 'Input data was truncated')",
                [f"/artifacts/{number}.jsonl"],
            )
    summary = {
        "build_id": "20260131T235959Z-000042",
        "path": str(path),
        "landed_file_count": 1234,
        "quarantined_file_count": 1,
        "bad_record_count": quarantined,
        "test_count": 30,
        "warned_test_count": 2,
        "marts": {"marts.eval_run": 1, "marts.attempt_span": 25_000},
    }
    (home / "build_summary.json").write_text(json.dumps(summary), encoding="utf-8")


def refuse(home: Path, reason: str | None) -> None:
    """A build file whose last node said this."""
    home.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(home / "build.duckdb")) as connection:
        connection.execute("create schema publish")
        connection.execute("create table publish.published_mart as select $1::varchar as reason", [reason])


def test_nothing_was_ever_built(tmp_path: Path) -> None:
    assert overview(tmp_path) == f"Nothing is published in {tmp_path}: no build has come to its end there."


def test_the_only_build_was_refused(tmp_path: Path) -> None:
    refuse(tmp_path, "not a whole build (--empty builds no rows)")
    expected = f"Nothing is published in {tmp_path}: not a whole build (--empty builds no rows)."
    assert overview(tmp_path) == expected


def test_the_published_build_is_described(tmp_path: Path) -> None:
    publish(tmp_path, quarantined=2)
    refuse(tmp_path, None)
    lines = overview(tmp_path).splitlines()
    assert lines[:8] == [
        "Build 20260131T235959Z-000042",
        "  1,234 files landed, 1 quarantined, 2 bad records",
        "  30 data tests, 2 with warnings",
        "",
        "Marts, rows",
        "  marts.attempt_span     25,000",
        "  marts.eval_run              1",
        "",
    ]
    assert lines[8:12] == [
        "Not read",
        "  /artifacts/0.jsonl line 7: Input data was truncated",
        "  /artifacts/1.jsonl line 7: Input data was truncated",
        "",
    ]
    assert lines[12:14] == ["Warehouse", f"  {tmp_path / 'agent_signals.duckdb'}"]


def test_only_the_first_unread_places_are_named(tmp_path: Path) -> None:
    publish(tmp_path, quarantined=9)
    text = overview(tmp_path)
    assert text.count("truncated") == 5
    assert "  and 4 more in meta.quarantined_record\n" in text


def test_an_older_build_does_not_pass_for_the_last_one(tmp_path: Path) -> None:
    publish(tmp_path)
    refuse(tmp_path, "load 43 landed after the build had begun with load 42; build again")
    first, *rest = overview(tmp_path).splitlines()
    assert first == (
        "The last build is not published: load 43 landed after the build had begun with load 42; build again. "
        "What follows is the one before it."
    )
    assert rest[1] == "Build 20260131T235959Z-000042"


def test_the_query_to_try_runs_in_a_shell(tmp_path: Path) -> None:
    for name in ("plain", "it's $HOME `here`"):
        publish(tmp_path / name)
        result = CliRunner().invoke(main, ["show", "--home", str(tmp_path / name)])
        assert result.exit_code == 0
        shown = subprocess.run(
            ["sh", "-c", result.output.splitlines()[-1]], capture_output=True, text=True, check=True, timeout=60
        )
        assert "synthetic-run" in shown.stdout
        assert "2" in shown.stdout
