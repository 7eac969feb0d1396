"""TraceBench's detectors in one pass, written apart from the marts, and traces to try both on (synthetic)."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

Step = dict[str, Any]
Failure = tuple[int, str]

PENALTIES = {"retry_loop": 20, "uncertain_fix": 10, "failing_tests": 25, "incomplete_fix": 15}


def detect(steps: list[Step]) -> list[Failure]:
    """Step (1-based) and type of each failure; `ended_red` is this project's."""
    found = []
    retries = 0
    is_red = False
    is_unfixed = False
    has_failed = False
    last_run: Failure | None = None
    for number, step in enumerate(steps, start=1):
        action, state = step["action"], step["state"]
        if action == "retry_fix":
            retries += 1
            if retries > 1:
                found.append((number, "retry_loop"))
        elif action == "generate_fix":
            is_unfixed = False
            if any(doubt in state["code_patch"].lower() for doubt in ("maybe", "not sure")):
                found.append((number, "uncertain_fix"))
        elif action == "run_tests" and "tests_passed" in state:
            is_red = state["tests_passed"] is False
            last_run = (number, "ended_red")
            if is_red:
                found.append((number, "failing_tests"))
                # the first failed run alone asks for a fix
                is_unfixed = is_unfixed or not has_failed
                has_failed = True
        elif action == "final_answer" and is_unfixed:
            found.append((number, "incomplete_fix"))
    return found + ([last_run] if is_red and last_run else [])


def score(failures: list[Failure]) -> tuple[int, int]:
    """Score per distinct type, and per occurrence."""
    types = [failure for _, failure in failures]
    distinct = sum(PENALTIES.get(failure, 0) for failure in set(types))
    return max(0, 100 - distinct), max(0, 100 - sum(PENALTIES.get(failure, 0) for failure in types))


def write_traces(folder: Path, count: int) -> None:
    """TraceBench's example as its README tells it, and `count` traces made at random, whose clocks all begin at 0."""
    random = Random(5)
    traces = {"readme": readme_trace()} | {f"{number:03}": _random_trace(random) for number in range(count)}
    for name, steps in traces.items():
        clocked = [{"timestamp": float(index // 2), **step} for index, step in enumerate(steps)]
        (folder / f"{name}.json").write_text(json.dumps(clocked), encoding="utf-8")


def readme_trace() -> list[Step]:
    """Two failed test runs, the second retry at step 6."""
    states = [
        ("retrieve_context", {"query": "synthetic"}),
        ("generate_fix", {"code_patch": "more time"}),
        ("run_tests", {"tests_passed": False}),
        ("retry_fix", {"attempt": 2}),
        ("run_tests", {"tests_passed": False}),
        ("retry_fix", {"attempt": 3}),
        ("generate_fix", {"code_patch": "even more time"}),
        ("final_answer", {"status": "incomplete"}),
    ]
    return [{"action": action, "state": state} for action, state in states]


def _random_trace(random: Random) -> list[Step]:
    states: list[tuple[str, dict[str, Any]]] = [
        ("retrieve_context", {"query": f"synthetic {random.random()}"}),
        ("generate_fix", {"code_patch": "x = 1"}),
        ("generate_fix", {"code_patch": "Maybe x = 2"}),
        ("generate_fix", {"code_patch": "x = 3  # I am not sure"}),
        ("run_tests", {"tests_passed": False}),
        ("run_tests", {"tests_passed": False}),
        ("run_tests", {"tests_passed": True}),
        ("run_tests", {}),
        ("retry_fix", {"attempt": 2}),
        ("summarise", {"note": "an action of its own"}),
    ]
    steps = [*random.choices(states, k=random.randint(0, 10)), ("final_answer", {"status": str(random.random())})]
    return [{"action": action, "state": state} for action, state in steps]
