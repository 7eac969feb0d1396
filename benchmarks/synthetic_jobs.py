"""Any number of synthetic Harbor trials, for benchmarks: `python -m benchmarks.synthetic_jobs <folder> --trials N`.

A trial depends on its number and the seed alone, so a second call with `--first` adds a batch to the same history.
Every run holds the same `TASKS_PER_RUN` tasks; its trials take turns in leaving a pi session, a native mini-swe-agent
trajectory with its ATIF conversion, or an ATIF trajectory. Texts are as long as real ones and mean nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from uuid import NAMESPACE_URL, uuid5

import click

from benchmarks.synthetic import harbor
from benchmarks.synthetic.harbor import Task, Trial
from benchmarks.synthetic.pi import pi_session
from benchmarks.synthetic.script import Call, Item, Json, Step, Usage, UserMessage, bash, edit, read, unified_diff
from benchmarks.synthetic.trajectories import atif_trajectory, mini_swe_trajectory

TASKS_PER_RUN = 100
FIRST_RUN = datetime(2026, 2, 1)
MODEL = "synthetic/model-a"
NOTICE = (
    "# Synthetic artifacts\n\nGenerated for benchmarks: no agent, model, repository or number in this folder is real.\n"
)
REPOSITORIES = ("ledger", "weft", "tide", "orchard", "quarry")
PROSE = (
    "the parser of an amount keeps its sign while a route is matched against every path and cache entries stay until "
    "the oldest one leaves so tests read the calendar twice before they fail on a value that was rounded too early"
)
WORDS = PROSE.split()


def sentence(rng: Random, words: int) -> str:
    """A meaningless sentence."""
    return " ".join(rng.choices(WORDS, k=words)).capitalize() + "."


def source(rng: Random, functions: int) -> str:
    """A Python module that does nothing of use, about six lines a function."""
    parts = []
    for number in range(functions):
        name, other = rng.choice(WORDS), rng.choice(WORDS)
        parts.append(
            f"def {name}_{number}(value, limit={rng.randrange(1000)}):\n"
            f'    """{sentence(rng, 8)}"""\n'
            f"    {other}_ = [item for item in value if item != {rng.randrange(1000)}]\n"
            f"    return {other}_[:limit]\n"
        )
    return "\n\n".join(parts)


def task(number: int) -> Task:
    """The task of that number; its gold patch changes one line of one module."""
    rng = Random(f"task/{number}")
    repository = REPOSITORIES[number % len(REPOSITORIES)]
    path = f"{repository}/module_{number}.py"
    before = source(rng, 12)
    tests = [f"tests/test_{number}.py::test_{index}" for index in range(rng.randint(3, 40))]
    gold_count = rng.randint(1, min(4, len(tests) - 1))
    return Task(
        instance_id=f"synthetic-org__{repository}-{number}",
        problem="\n\n".join(sentence(rng, 40) for _ in range(4)),
        patch=unified_diff(path, before, before.replace("[:limit]", "[: limit + 1]", 1)),
        test_patch=unified_diff(f"tests/test_{number}.py", "", "def test_0():\n    pass\n"),
        fail_to_pass=tests[:gold_count],
        pass_to_pass=tests[gold_count:],
        difficulty=rng.choice(["<15 min fix", "15 min - 1 hour", "1-4 hours"]),
    )


def _calls(rng: Random, path: str, content: str, *, has_file_tools: bool) -> tuple[Call, ...]:
    other = f"{path.split('/')[0]}/module_{rng.randrange(TASKS_PER_RUN)}.py"
    match rng.choices(["read", "search", "edit", "test"], weights=[5, 3, 2, 2])[0]:
        case "read":
            text = source(rng, rng.randint(5, 40))
            return (read(other, text),) if has_file_tools else (bash(f"cat {other}", text),)
        case "search":
            hits = "\n".join(f"{other}:{line}:{sentence(rng, 6)}" for line in range(rng.randint(3, 40)))
            return (bash(f'grep -rn "{rng.choice(WORDS)}" {path.split("/")[0]}/', hits),)
        case "edit" if has_file_tools:
            return (edit(path, content, "[:limit]", f"[: limit + {rng.randrange(9)}]"),)
        case "edit":
            return (bash(f"sed -i 's/limit]/limit + {rng.randrange(9)}]/' {path}"),)
        case _:
            failed = rng.randrange(3)
            log = "\n".join(sentence(rng, 12) for _ in range(rng.randint(5, 40)))
            return (bash("python -m pytest -q", f"{log}\n{failed} failed", min(failed, 1), 8.0),)


def script(rng: Random, path: str, steps: int, *, has_file_tools: bool) -> list[Step]:
    """A run of that many LLM calls on the module at `path`, with a context that grows from step to step."""
    content = source(rng, 20)
    items, context = [], 6000
    for number in range(steps):
        is_last = number == steps - 1
        calls = () if is_last else _calls(rng, path, content, has_file_tools=has_file_tools)
        written, output = rng.randint(200, 3000), rng.randint(40, 900)
        cached = context if number else 0
        usage = Usage(rng.randint(4, 30), output, cached, written if has_file_tools else 0)
        text = sentence(rng, rng.randint(8, 60)) if is_last or rng.random() < 0.5 else ""
        thinking = sentence(rng, rng.randint(10, 200)) if rng.random() < 0.7 else ""
        items.append(Step(usage, text, thinking, calls, rng.uniform(2, 15)))
        context += written + output
    return items


def _totals(steps: list[Step]) -> Json:
    usages = [step.usage for step in steps if step.usage]
    return harbor.token_totals(
        sum(usage.prompt for usage in usages),
        sum(usage.cache_read for usage in usages),
        sum(usage.output for usage in usages),
        round(sum(usage.cost["total"] for usage in usages), 8),
    )


def write_trial(jobs: Path, number: int, seed: int, mean_steps: int) -> None:
    """Write the trial of that number below its job folder."""
    rng = Random(f"{seed}/{number}")
    run, task_number = divmod(number, TASKS_PER_RUN)
    goal = task(task_number)
    started = FIRST_RUN + timedelta(days=run, minutes=task_number)
    path = f"{goal.repository.split('/')[1]}/module_{task_number}.py"
    kind = ("session", "native", "atif")[number % 3]
    steps = script(rng, path, max(2, round(rng.gauss(mean_steps, mean_steps / 3))), has_file_tools=kind == "session")
    fail_to_pass = rng.choice([len(goal.fail_to_pass), rng.randint(0, len(goal.fail_to_pass)), 0])
    pass_to_pass = max(0, len(goal.pass_to_pass) - rng.choice([0, 0, 0, 1, 2]))
    is_resolved = fail_to_pass == len(goal.fail_to_pass) and pass_to_pass == len(goal.pass_to_pass)
    name = f"{goal.instance_id[:32]}__{uuid5(NAMESPACE_URL, f'{seed}/{number}').hex[:7]}"
    trial = Trial(
        job=f"{FIRST_RUN + timedelta(days=run):%Y-%m-%d__%H-%M-%S}__synthetic",
        name=name,
        task_id=goal.instance_id,
        started=started,
        agent_s=sum(step.duration_s + sum(call.duration_s for call in step.calls) for step in steps),
        agent="mini-swe-agent" if kind == "native" else "subq",
        model=MODEL,
        agent_kwargs={"attempt1ToolCap": 50, "retryToolCap": 20},
        agent_result=_totals(steps),
        reward=harbor.REWARDS[is_resolved],
    )
    calls = [call for step in steps for call in step.calls]
    edits = sum(call.tool == "edit" for call in calls)
    folder, agent_started = jobs / trial.job / name, harbor.agent_started(trial)
    harbor.write_json(folder / "config.json", harbor.trial_config(trial))
    harbor.write_json(folder / "result.json", harbor.trial_result(trial))
    block = harbor.summary_block(len(steps), len(calls), edits, [(path, 2)])
    phases = harbor.phase_lines(agent_started, ["explore", "localize", "implement", "verify"])
    harbor.write_text(folder / "agent/stdout.txt", "\n".join([*phases, *block]) + "\n")
    _write_telemetry(folder / "agent", kind, steps, goal, trial, agent_started)
    harbor.write_json(folder / "verifier/report.json", harbor.report(goal, fail_to_pass, pass_to_pass))
    harbor.write_text(folder / "verifier/reward.txt", f"{int(is_resolved)}\n")


def _write_telemetry(folder: Path, kind: str, steps: list[Step], goal: Task, trial: Trial, started: datetime) -> None:
    session_id = str(uuid5(NAMESPACE_URL, f"session/{trial.job}/{trial.name}"))
    items: list[Item] = [UserMessage(goal.problem, 0), *steps]
    if kind == "session":
        lines = pi_session(items, session_id, started, "model-a", "/testbed")
        harbor.write_lines(folder / f"sessions/{session_id}.jsonl", lines)
        return
    if kind == "native":
        native = mini_swe_trajectory(items, goal.problem, started, MODEL, "", goal.instance_id)
        harbor.write_json(folder / "mini-swe-agent.trajectory.json", native)
    origin = "mini-swe-agent-1.1" if kind == "native" else None
    atif = atif_trajectory(items, session_id, goal.problem, started, trial.agent, MODEL, converted_from=origin)
    harbor.write_json(folder / "trajectory.json", atif)


def write_jobs(folder: Path, trials: int, *, first: int = 0, seed: int = 0, mean_steps: int = 40) -> None:
    """Write trials `first` to `first + trials - 1`, the jobs that they belong to, and the dataset rows of all tasks."""
    harbor.write_text(folder / "SYNTHETIC.md", NOTICE)
    rows = [harbor.dataset_row(task(number)) for number in range(TASKS_PER_RUN)]
    harbor.write_lines(folder / "dataset/tasks.jsonl", rows)
    for number in range(first, first + trials):
        write_trial(folder / "jobs", number, seed, mean_steps)
    for run in range(first // TASKS_PER_RUN, -(-(first + trials) // TASKS_PER_RUN)):
        started = FIRST_RUN + timedelta(days=run)
        job = f"{started:%Y-%m-%d__%H-%M-%S}__synthetic"
        count = min(first + trials - run * TASKS_PER_RUN, TASKS_PER_RUN)
        agents = [("subq", MODEL), ("mini-swe-agent", MODEL)]
        config = harbor.job_config(job, agents, attempts_per_task=1, concurrency=4)
        result = harbor.job_result(job, started, started + timedelta(hours=5), count, harbor.job_stats(count))
        harbor.write_json(folder / "jobs" / job / "config.json", config)
        harbor.write_json(folder / "jobs" / job / "result.json", result)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--trials", type=click.IntRange(min=1), required=True, help="How many trials to write.")
@click.option("--first", type=click.IntRange(min=0), default=0, show_default=True, help="Number of the first trial.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--steps", type=click.IntRange(min=2), default=40, show_default=True, help="Mean LLM calls a trial.")
def main(folder: Path, trials: int, first: int, seed: int, steps: int) -> None:
    """Write synthetic Harbor trials below FOLDER."""
    write_jobs(folder, trials, first=first, seed=seed, mean_steps=steps)


if __name__ == "__main__":
    main()
