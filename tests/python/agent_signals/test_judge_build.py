"""Builds with a judge: verdicts stand in the marts, a second build asks nothing, a failure heals with the next."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.python.agent_signals.judge_server import Json, Reply, Server, answer, serving, signal_of
from tests.python.end_to_end.warehouse import PROJECT, UNTESTED, Warehouse

EXAMPLES = PROJECT / "examples" / "artifacts"
SESSION = "2f0cce55-ae52-5926-8f64-f883a4f66ac2"
TRACE = "5e0f1c2d3b4a59687786a5b4c3d2e1f0"
TRIAL = "2026-01-15__10-00-00__synthetic/synthetic-org__ledger-101__k7Qw2Zp"
SIGNALS = 5
MODELS = ("+int_session_judgement", "+judgement", "+attempt_span")


def quoting(question: Json, _: int) -> Reply:
    """An answer that quotes the first line of the user, which is long enough to prove something."""
    lines = question["messages"][1]["content"].splitlines()
    turn = next(number for number, line in enumerate(lines) if line.endswith("turn 0 user]"))
    return Reply(answer(signal_of(question), lines[turn + 1], 0))


def built(warehouse: Warehouse, root: Path, server: Server | None, *arguments: str, **environment: str) -> str:
    """What a build says of what hangs on a judge, without data tests where `arguments` hold UNTESTED."""
    judge = {}
    if server is not None:
        judge = {"AGENT_SIGNALS_JUDGE_URL": server.url, "AGENT_SIGNALS_JUDGE_MODEL": "judge-1", "NO_PROXY": "127.0.0.1"}
    selected = ("--select", *MODELS, "--indirect-selection", "cautious")
    done = warehouse.dbt([root], "build", *selected, *arguments, project=PROJECT, **{**judge, **environment})
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def judged(warehouse: Warehouse, session_id: str) -> tuple[object, ...]:
    return warehouse.build_rows(
        "select plan_optimality, plan_optimality_judge, goal_alignment_at_close, conflation_turn,"
        f" conflation_turn_judged from intermediate.int_session_judgement where session_id = '{session_id}'"
    )[0]


def judged_attempt(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return warehouse.build_rows("select plan_optimality, plan_optimality_judged from marts.attempt_span")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """One session of the examples, one trial, and an annotated trace, whose annotations come later."""
    folder = tmp_path / "artifacts"
    folder.mkdir()
    shutil.copy(next(EXAMPLES.rglob(f"*{SESSION}.jsonl")), folder)
    shutil.copytree(EXAMPLES / "jobs" / TRIAL, folder / "jobs" / TRIAL)
    shutil.copytree(EXAMPLES / "trail" / "traces", folder / "traces")
    return folder


def test_what_is_judged(root: Path, tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "home")
    nothing = (None, None, None, None, False)
    built(warehouse, root, None, *UNTESTED)
    assert judged(warehouse, SESSION) == judged(warehouse, TRACE) == nothing
    assert judged_attempt(warehouse) == [(None, False)]
    assert not (warehouse.home / "judge").exists()

    # switched on: every session is judged, and no attempt, without a change to any artifact
    with serving(lambda question, number: Reply(status=400) if number == 1 else quoting(question, number)) as server:
        once = {"AGENT_SIGNALS_JUDGE_CONCURRENCY": "1", "AGENT_SIGNALS_JUDGE_SAMPLES": "1"}
        said = built(warehouse, root, server, *UNTESTED, **once)
        assert len(server.asked) == 2 * SIGNALS
        assert "9 accepted, 0 rejected, 1 failed" in said
    by_model = ("suboptimal", "judge-1", 1.0, 0, True)
    assert sorted([judged(warehouse, SESSION), judged(warehouse, TRACE)], key=str) == sorted(
        [by_model, ("suboptimal", "judge-1", 1.0, None, False)], key=str
    )

    # the next build asks for what failed and, told to, of the attempt; the one after it for nothing, also where it
    # computes all anew
    with serving(quoting) as server:
        asking = {"AGENT_SIGNALS_JUDGE_SAMPLES": "1", "AGENT_SIGNALS_JUDGE_ATTEMPTS": "1"}
        built(warehouse, root, server, **asking)
        assert len(server.asked) == 2
        assert judged(warehouse, SESSION) == judged(warehouse, TRACE) == by_model
        assert judged_attempt(warehouse) == [("suboptimal", True)]
        kept = warehouse.build_rows("from marts.judgement order by all")
        assert len(kept) == 2 * SIGNALS + 1
        built(warehouse, root, server, *UNTESTED, **asking)
        built(warehouse, root, server, "--full-refresh", *UNTESTED, **asking)
        assert len(server.asked) == 2
        assert warehouse.build_rows("from marts.judgement order by all") == kept
        assert judged_attempt(warehouse) == [("suboptimal", True)]
    assert warehouse.build_rows(
        "select judged_signal, judged_value, judge, sample_number, judgement_status, evidence_turn_index,"
        " evidence_sha256 is not null and prompt_hash is not null, rubric_version, session_id"
        " from marts.judgement where context = 'eval' and attempt_id in (select attempt_id from marts.attempt_span)"
    ) == [("plan_optimality", "suboptimal", "judge-1", 0, "accepted", 0, True, "1", None)]

    # annotations that come late stand before the model, which is not asked again
    shutil.copytree(EXAMPLES / "trail" / "annotations", root / "annotations")
    with serving(quoting) as server:
        built(warehouse, root, server, *UNTESTED, **asking)
        assert server.asked == []
    assert judged(warehouse, TRACE) == ("suboptimal", "human annotation", 1.0, None, True)

    # no text of a trace in what is kept in tables
    quotations = [json.loads(line)["content"] for line in (warehouse.home / "judge" / "answers.jsonl").open()]
    quoted = {json.loads(content)["evidence"] for content in quotations}
    tables = ("intermediate.int_judge_answer", "marts.judgement")
    rows = json.dumps([warehouse.build_rows(f"from {table}") for table in tables])
    assert quoted and not any(text in rows for text in quoted)

    # switched off again, people's words remain
    built(warehouse, root, None)
    assert judged(warehouse, SESSION) == nothing
    assert judged(warehouse, TRACE) == ("suboptimal", "human annotation", None, None, True)
    assert judged_attempt(warehouse) == [(None, False)]
    assert set(warehouse.build_rows("select session_id, judge_kind from marts.judgement")) == {(TRACE, "human")}
