"""Builds with a judge: verdicts stand in the models, a second build asks nothing, a failure heals with the next."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.python.agent_signals.judge_server import Json, Reply, Server, answer, serving, signal_of
from tests.python.end_to_end.warehouse import PROJECT, Warehouse

EXAMPLES = PROJECT / "examples" / "artifacts"
SESSION = "2f0cce55-ae52-5926-8f64-f883a4f66ac2"
TRACE = "5e0f1c2d3b4a59687786a5b4c3d2e1f0"
SIGNALS = 5


def quoting(question: Json, _: int) -> Reply:
    """An answer that quotes the first line of the user, which is long enough to prove something."""
    lines = question["messages"][1]["content"].splitlines()
    turn = next(number for number, line in enumerate(lines) if line.endswith("turn 0 user]"))
    return Reply(answer(signal_of(question), lines[turn + 1], 0))


def built(warehouse: Warehouse, root: Path, server: Server | None, *arguments: str, **environment: str) -> str:
    judge = {}
    if server is not None:
        judge = {"AGENT_SIGNALS_JUDGE_URL": server.url, "AGENT_SIGNALS_JUDGE_MODEL": "judge-1", "NO_PROXY": "127.0.0.1"}
    selected = ("--select", "+int_session_judgement", "--indirect-selection", "cautious")
    done = warehouse.dbt([root], "build", *selected, *arguments, project=PROJECT, **{**judge, **environment})
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def judged(warehouse: Warehouse, session_id: str) -> tuple[object, ...]:
    return warehouse.build_rows(
        "select plan_optimality, plan_optimality_judge, goal_alignment_at_close, conflation_turn,"
        f" conflation_turn_judged from intermediate.int_session_judgement where session_id = '{session_id}'"
    )[0]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """One session of the examples and an annotated trace, whose annotations come later."""
    folder = tmp_path / "artifacts"
    folder.mkdir()
    shutil.copy(next(EXAMPLES.rglob(f"*{SESSION}.jsonl")), folder)
    shutil.copytree(EXAMPLES / "trail" / "traces", folder / "traces")
    return folder


def test_judged_sessions(root: Path, tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "home")
    nothing = (None, None, None, None, False)
    built(warehouse, root, None)
    assert judged(warehouse, SESSION) == judged(warehouse, TRACE) == nothing
    assert not (warehouse.home / "judge").exists()

    # switched on: every session is judged, without a change to any artifact
    with serving(lambda question, number: Reply(status=400) if number == 1 else quoting(question, number)) as server:
        said = built(warehouse, root, server, AGENT_SIGNALS_JUDGE_CONCURRENCY="1", AGENT_SIGNALS_JUDGE_SAMPLES="1")
        assert len(server.asked) == 2 * SIGNALS
        assert "9 accepted, 0 rejected, 1 failed" in said
    by_model = ("suboptimal", "judge-1", 1.0, 0, True)
    assert sorted([judged(warehouse, SESSION), judged(warehouse, TRACE)], key=str) == sorted(
        [by_model, ("suboptimal", "judge-1", 1.0, None, False)], key=str
    )

    # the next build asks for what failed, the one after it for nothing, also where it computes all anew
    with serving(quoting) as server:
        samples = {"AGENT_SIGNALS_JUDGE_SAMPLES": "1"}
        built(warehouse, root, server, **samples)
        assert len(server.asked) == 1
        assert judged(warehouse, SESSION) == judged(warehouse, TRACE) == by_model
        answers = warehouse.build_rows("from intermediate.int_judge_answer order by all")
        built(warehouse, root, server, **samples)
        built(warehouse, root, server, "--full-refresh", **samples)
        assert len(server.asked) == 1
        assert warehouse.build_rows("from intermediate.int_judge_answer order by all") == answers

    # annotations that come late stand before the model, which is not asked again
    shutil.copytree(EXAMPLES / "trail" / "annotations", root / "annotations")
    with serving(quoting) as server:
        built(warehouse, root, server, **samples)
        assert server.asked == []
    assert judged(warehouse, TRACE) == ("suboptimal", "human annotation", 1.0, None, True)

    # no text of a trace in what is kept in tables
    quotations = [json.loads(line)["content"] for line in (warehouse.home / "judge" / "answers.jsonl").open()]
    quoted = {json.loads(content)["evidence"] for content in quotations}
    rows = json.dumps(warehouse.build_rows("from intermediate.int_judge_answer"))
    assert quoted and not any(text in rows for text in quoted)

    # switched off again, people's words remain
    built(warehouse, root, None)
    assert judged(warehouse, SESSION) == nothing
    assert judged(warehouse, TRACE) == ("suboptimal", "human annotation", None, None, True)
