"""What a build does about what changed since the last one, and that it is what building everything anew gives."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import duckdb

from tests.python.end_to_end.conftest import EXAMPLES, Examples
from tests.python.end_to_end.warehouse import PROJECT, Warehouse, differences

JOB = "jobs/2026-01-15__10-00-00__synthetic"
GROWING = f"{JOB}/synthetic-org__ledger-101__k7Qw2Zp/agent/sessions"
RUNNING = f"{JOB}/synthetic-org__weft-211__q7Sg4Ub"
VANISHING = f"{JOB}/synthetic-org__tide-308__h1Cz5Wr"
LABELS = ("drift_onset_turn", "explicit_correction_turns", "session_failure_mode", "session_attribution")
HIDDEN_RUN = "2026-01-16__09-30-00__synthetic"


def test_nothing_changed(examples: Examples) -> None:
    loads = examples.warehouse.loads()
    examples.warehouse.build([examples.root])
    assert examples.warehouse.loads() == loads == ["load=000001"]
    assert differences(examples.undisturbed.published, examples.warehouse.published) == {}


def test_files_that_grow_appear_and_vanish(examples: Examples, tmp_path: Path) -> None:
    root, warehouse = examples.root, examples.warehouse
    session = next((root / GROWING).iterdir())
    _go_on(session)
    _finish(root / RUNNING)
    shutil.rmtree(root / VANISHING)
    running = "select status, attempt_count from marts.trial where trial_id like '%weft-211%'"
    assert warehouse.rows(running) == [("in_progress", None)]
    calls = _calls_of(warehouse, "ledger-101__k7Qw2Zp")

    warehouse.build([root])
    assert warehouse.loads() == ["load=000001", "load=000002"]
    assert warehouse.parsed("load=000002") == [
        session.relative_to(root).as_posix(),
        f"{RUNNING}/result.json",
        f"{RUNNING}/verifier/reward.txt",
    ]
    assert _calls_of(warehouse, "ledger-101__k7Qw2Zp") == calls + 1
    assert warehouse.rows(running) == []
    finished = "select status, attempt_count from marts.trial where trial_id = '00000000-0000-5000-8000-000000000211'"
    assert warehouse.rows(finished) == [("finished", 1)]
    vanished = "select count(*) from staging.stg_source_file where status = 'vanished'"
    assert warehouse.build_rows(vanished) == [(len(list((EXAMPLES / VANISHING).rglob("*.*"))),)]

    shutil.copytree(EXAMPLES / VANISHING, root / VANISHING)
    anew = Warehouse(tmp_path / "anew")
    anew.compute([root])
    assert differences(warehouse.published, anew.computed) == {}


def test_a_changed_rule_is_picked_up_without_parsing(examples: Examples, tmp_path: Path) -> None:
    warehouse, project = examples.warehouse, tmp_path / "project"
    ignored = shutil.ignore_patterns(".git", ".venv", "__pycache__", "target", "warehouse", "logs", "python")
    shutil.copytree(PROJECT, project, ignore=ignored)
    _replace(project / "seeds/rules/excluded_run.csv", "run_id,reason\n", f"run_id,reason\n{HIDDEN_RUN},synthetic\n")
    _replace(project / "seeds/rules/threshold.csv", "characters_per_token,4", "characters_per_token,2")
    _replace(project / "seeds/rules/threshold.csv", "drift_onset_pollution,0.59,", "drift_onset_pollution,0.1,")
    _replace(project / "seeds/rules/threshold.csv", "severe_pollution,0.85,", "severe_pollution,0.1,")
    _replace(project / "seeds/rules/cue.csv", "\ncorrection,wait,", "\nno_list,wait,")
    _replace(project / "seeds/rules/tool_family.csv", "\nread,,read,", "\nread,,search,")
    _replace(project / "macros/rules/text.sql", "approx_token_count(", "1 + approx_token_count(")

    said = warehouse.compute([examples.root], project=project)
    assert warehouse.loads() == ["load=000001"]
    announced = {line.split("Recomputing ")[1] for line in said.splitlines() if "Recomputing " in line}
    assert any(line.startswith("int_step whole, ") and "seed threshold" in line for line in announced), announced
    assert any(line.startswith("int_tool_call whole, ") and "macro approx_tokens" in line for line in announced)
    assert any("seed tool_family" in line for line in announced)
    assert any(line.startswith("int_session_curve whole, ") and "seed threshold" in line for line in announced)
    assert "Embedded 0 " in said
    assert not re.search(r"Embedded [1-9]", said)
    assert HIDDEN_RUN in _runs(examples.undisturbed.published)
    assert HIDDEN_RUN not in _runs(warehouse.computed)
    changed = differences(examples.undisturbed.published, warehouse.computed)
    columns = " ".join(row for rows in changed.values() for row in rows)
    for column in ("reasoning_tokens_total", "files_read_total", "result_tokens", *LABELS):
        assert column in columns

    plain = Warehouse(tmp_path / "plain")
    plain.replace(warehouse)
    warehouse.compute([examples.root], "--full-refresh", project=project)
    assert differences(warehouse.computed, plain.computed) == {}

    warehouse.replace(plain)
    warehouse.compute([examples.root])
    assert warehouse.loads() == ["load=000001"]
    assert differences(examples.undisturbed.published, warehouse.computed) == {}


def _go_on(session: Path) -> None:
    """One more tool call with its result at the end of a pi session."""
    call, result = (json.loads(line) for line in session.read_text().splitlines()[-3:-1])
    last = json.loads(session.read_text().splitlines()[-1])
    call |= {"id": "synth001", "parentId": last["id"], "timestamp": "2026-01-15T15:01:07.000Z"}
    result |= {"id": "synth002", "parentId": "synth001", "timestamp": "2026-01-15T15:01:08.000Z"}
    call["message"]["content"][0]["id"] = result["message"]["toolCallId"] = "call_synthetic001"
    with session.open("a") as stream:
        stream.writelines(json.dumps(entry) + "\n" for entry in (call, result))


def _finish(trial: Path) -> None:
    """The result of a trial that was running."""
    other = (EXAMPLES / JOB / "synthetic-org__weft-204__t5Hy1Bd" / "result.json").read_text()
    result = json.loads(other.replace("weft-204__t5Hy1Bd", "weft-211__q7Sg4Ub").replace("weft-204", "weft-211"))
    result["id"] = "00000000-0000-5000-8000-000000000211"
    (trial / "result.json").write_text(json.dumps(result))
    (trial / "verifier").mkdir()
    (trial / "verifier" / "reward.txt").write_text("0")


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def _runs(marts: Path) -> set[object]:
    """Runs that any mart of a file tells of."""
    with duckdb.connect(str(marts), read_only=True) as connection:
        tables = connection.sql(
            "select table_name from duckdb_columns() where schema_name = 'marts' and column_name = 'run_id'"
            " intersect select table_name from duckdb_tables()"
        ).fetchall()
        selected = " union ".join(f"select run_id from marts.{table}" for (table,) in tables)
        return {run_id for (run_id,) in connection.sql(selected).fetchall()}


def _calls_of(warehouse: Warehouse, trial_name: str) -> int:
    result = json.loads(next((EXAMPLES / JOB).glob(f"*{trial_name}/result.json")).read_text())
    rows = warehouse.rows(f"select count(*) from marts.tool_call where attempt_id like '{result['id']}#%'")
    count = rows[0][0]
    assert isinstance(count, int)
    return count
