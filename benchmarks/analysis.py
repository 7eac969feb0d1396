"""What the marts of runs take: `python -m benchmarks.analysis [--runs N]`.

Synthetic runs of 500 tasks with two attempts each, put into the tables that these marts read in a warehouse of the
bundled examples: all of them computed from nothing, then with nothing new, then with one run more. The start of dbt is
part of each number, as in daily use; only the nodes of these marts are built.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import click
import duckdb

from benchmarks.process_tree import Run, run
from loaders.settings import ARTIFACTS, HOME

PROJECT = Path(__file__).resolve().parent.parent
RUNS = 200
MOST_S = 30.0
MODELS = (
    "int_run_outcome", "int_run_unit", "int_task_outcome", "int_repeat", "int_run_interval", "int_comparison_pair",
    "int_comparison_unit", "int_comparison_task", "int_comparison_test", "int_comparison_fairness", "int_run_behavior",
    "int_run_comparison_measure", "int_run_measure", "eval_run", "eval_run_repository", "run_comparison", "task_flip",
    "run_insight",
)  # fmt: skip
UNITS = {
    "int_task_outcome": ("int_run_unit", "run_treatment_id"),
    "int_run_interval": ("int_run_unit", "run_treatment_id"),
    "int_comparison_task": ("int_comparison_unit", "run_treatment_id"),
    "int_comparison_test": ("int_comparison_unit", "run_treatment_id"),
}
"""Incremental models, the model of their units and its key."""

_ENVIRONMENT = {
    "DBT_PROJECT_DIR": ".",
    "DBT_PROFILES_DIR": ".",
    "DBT_EXCLUDE_RESOURCE_TYPES": "unit_test",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DBT_USE_COLORS": "false",
}

# A run's skill and a task's difficulty decide; a retry succeeds less often. Pseudo-random, the same each time.
_ATTEMPTS = """
    create or replace temp table synthetic_attempt as
    with cells as (
        select
            run, task, attempt_index,
            'run-' || lpad(run::varchar, 4, '0') as run_id,
            'owner' || task % 12 || '__project-' || task as task_id,
            0.2 + 0.3 * (run % 7) / 7 + 0.5 * (task % 11) / 11 as chance,
            hash(run, task, attempt_index) % 1000 < 1000 * chance as is_won
        from range({first}, {last}) as runs (run), range(500) as tasks (task), range(2) as attempts (attempt_index)
    )
    select
        run_id || '/' || task_id as trial_id,
        trial_id || '#' || attempt_index as attempt_id,
        run_id, task_id, 'synthetic@1.0/' || task_id as task_key, attempt_index,
        2 as attempt_count, attempt_index = 1 as is_last_attempt,
        'scaffold' as agent_type, 'model-' || run % 5 as model_id, 'synthetic@1.0' as dataset,
        'synthetic' as dataset_name, '1.0' as dataset_version, 50 as attempt1_tool_cap, 20 as retry_tool_cap,
        1800 as timeout_s, 'run' as timeout_basis, 4 as concurrency, true as is_treatment_complete,
        is_won::int::double as reward,
        if(is_won, 'correct_patch', 'partial_patch') as patch_outcome_label,
        if(is_won, 'all_tests_pass', 'some_tests_pass') as patch_outcome_label_rule, 'ok' as verifier_status,
        2 as fail_to_pass_count, 1 - is_won::int as fail_to_fail_count,
        0 as pass_to_fail_count, 9 as pass_to_pass_count,
        hash(task, run) % 3 = 0 as localized_correct_file, false as timed_out,
        (hash(run, task) % 40)::bigint as tool_call_count, 0.01 * (1 + hash(task) % 30) as cost_usd,
        (10000 + hash(run, task) % 90000)::bigint as input_tokens_total, 1000 as output_tokens_total,
        timestamp '2026-01-01' + to_hours(run::bigint) as started_at
    from cells
"""
_TRIALS = """
    select
        trial_id, any_value(run_id) as run_id, any_value(dataset) as dataset, any_value(task_id) as task_id,
        any_value(task_key) as task_key, 'finished' as status, 2 as attempt_count,
        bool_or(reward = 1) filter (where attempt_index = 0) as resolved_first,
        bool_or(reward = 1) filter (where is_last_attempt) as resolved_final, resolved_final as recovered,
        max(reward) filter (where is_last_attempt) as final_reward,
        any_value(patch_outcome_label) filter (where is_last_attempt) as final_patch_outcome_label,
        sum(cost_usd) as cost_usd, sum(input_tokens_total)::bigint as input_tokens_total,
        sum(output_tokens_total)::bigint as output_tokens_total, sum(tool_call_count)::bigint as tool_call_count,
        false as timed_out, min(started_at) as started_at, (100 + hash(trial_id) % 900)::double as wall_time_s
    from synthetic_attempt
    group by trial_id
"""
_TABLES = {
    "marts.attempt_span": "select * from synthetic_attempt",
    "marts.trial": _TRIALS,
    "intermediate.int_attempt_unit": """
        select attempt_id, trial_id, run_id, task_id, attempt_index, attempt_count, is_last_attempt,
            md5(attempt_id) as input_fingerprint
        from synthetic_attempt
    """,
}


@click.command()
@click.option("--runs", default=RUNS, show_default=True, help="Runs of 500 tasks with two attempts each.")
def main(runs: int) -> None:
    """Print seconds of the marts of runs."""
    report(runs)


def report(runs: int = RUNS) -> None:
    """Measure and print. Raises ClickException where a build fails."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        _dbt(home)
        add_runs(home, 0, runs)
        click.echo(f"{'dbt build of the marts of runs':<44}{'wall s':>9}{'CPU s':>9}{'MB':>9}")
        _print_row(f"{runs} runs x 500 tasks x 2 attempts", _timed(home))
        _print_row("nothing new", _timed(home))
        add_runs(home, runs, runs + 1)
        _print_row("one run more", _timed(home))
        click.echo(f"at most {MOST_S:.0f} s from nothing\n")


def add_runs(home: Path, first: int, last: int) -> None:
    """Put the runs from the first to before the last into the tables that the marts of runs read."""
    with duckdb.connect(str(home / "build.duckdb")) as connection:
        connection.execute(_ATTEMPTS.format(first=first, last=last))
        for table, query in _TABLES.items():
            connection.execute(f"insert into {table} by name {query}")


def _timed(home: Path) -> Run:
    built = _dbt(home, "--select", *MODELS)
    # a selection records no state, since what it does not build may lag behind: here nothing does
    with duckdb.connect(str(home / "build.duckdb")) as connection:
        for model, (unit_model, key) in UNITS.items():
            connection.execute(
                "update state.build_state set input_fingerprint = units.input_fingerprint"
                f" from intermediate.{unit_model} as units where model = $1 and unit_key = units.{key}",
                [model],
            )
    return built


def _dbt(home: Path, *arguments: str) -> Run:
    command: list[str | Path] = [Path(sys.executable).with_name("dbt"), "build", "--target", "build"]
    command += ["--target-path", home / "target", "--log-path", home / "logs", *arguments]
    environment = {HOME: str(home), ARTIFACTS: str(PROJECT / "examples" / "artifacts")}
    return run(command, PROJECT, os.environ | _ENVIRONMENT | environment)


def _print_row(label: str, built: Run) -> None:
    click.echo(f"{label:<44}{built.wall_s:>9.1f}{built.cpu_s:>9.1f}{built.tree_mb or built.largest_mb:>9.0f}")


if __name__ == "__main__":
    sys.exit(main())
