"""What the marts of runs and of responses take: `python -m benchmarks.analysis [--runs N]`.

Synthetic runs of 500 tasks with two attempts each: all of these marts and their data tests computed from nothing, then
with nothing new, then with one run more. A copy of the project reads the attempts from files, in place of the three
models that make them of artifacts, and has built them before; all else, the start of dbt included, is as in daily use.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import duckdb
import yaml

from benchmarks.process_tree import Run, run
from loaders.settings import ARTIFACTS, HOME

PROJECT = Path(__file__).resolve().parent.parent
RUNS, TASKS = 200, 500
MOST_S = 30.0
MARTS = (
    "eval_run", "eval_run_repository", "run_comparison", "task_flip", "run_insight", "response_matrix", "agent_ability",
    "item_difficulty", "item_health", "response_validation",
)  # fmt: skip

_PARTS = (
    "agent_signals", "algorithms", "docs", "loaders", "macros", "models", "seeds", "tests/generic", "tests/singular",
    "dbt_project.yml", "profiles.yml", "selectors.yml",
)  # fmt: skip
_ENVIRONMENT = {
    "DBT_PROJECT_DIR": ".",
    "DBT_PROFILES_DIR": ".",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DBT_USE_COLORS": "false",
}

# A run's skill and a task's difficulty decide; a retry succeeds less often. Pseudo-random, the same each time.
_ATTEMPTS = """
    with cells as (
        select
            run, task, attempt_index,
            'run-' || lpad(run::varchar, 4, '0') as run_id,
            'owner' || task % 12 || '__project-' || task as task_id,
            0.2 + 0.3 * (run % 7) / 7 + 0.5 * (task % 11) / 11 as chance,
            hash(run, task, attempt_index) % 1000 < 1000 * chance as is_won
        from (select unnest({runs}) as run), range({tasks}) as tasks (task), range(2) as attempts (attempt_index)
    )
    select
        run_id || '/' || task_id as trial_id,
        trial_id || '#' || attempt_index as attempt_id,
        run_id, task_id, '{dataset}@1.0/' || task_id as task_key, attempt_index,
        2 as attempt_count, attempt_index = 1 as is_last_attempt,
        'scaffold' as agent_type, 'model-' || run % 5 as model_id, '{dataset}@1.0' as dataset,
        '{dataset}' as dataset_name, '1.0' as dataset_version, 50 as attempt1_tool_cap, 20 as retry_tool_cap,
        1800 as timeout_s, 'run' as timeout_basis, 4 as concurrency, true as is_treatment_complete,
        is_won::int::double as reward,
        if(is_won, 'correct_patch', 'partial_patch') as patch_outcome_label,
        if(is_won, 'all_tests_pass', 'some_tests_pass') as patch_outcome_label_rule, 'ok' as verifier_status,
        'tests' as label_basis, false as has_incomplete_report,
        2 as fail_to_pass_count, 1 - is_won::int as fail_to_fail_count,
        0 as pass_to_fail_count, 9 as pass_to_pass_count,
        hash(task, run) % 3 = 0 as localized_correct_file, false as timed_out,
        (hash(run, task) % 40)::bigint as tool_call_count, 0.01 * (1 + hash(task) % 30) as cost_usd,
        (10000 + hash(run, task) % 90000)::bigint as input_tokens_total, 1000 as output_tokens_total,
        timestamp '2026-01-01' + to_hours(run::bigint) as started_at,
        started_at + to_seconds(100 + hash(trial_id, attempt_index) % 900) as finished_at
    from cells
"""
_UNIT = "models/intermediate/attempts/int_attempt_unit.sql"
_UNIT_SQL = """
{{{{ config(meta={{'reads_outside': true}}) }}}}
select attempt_id, trial_id, run_id, task_id, attempt_index, attempt_count, is_last_attempt,
    md5(attempt_id || reward) as input_fingerprint
from {attempts}
"""
_MARTS = ("models/marts/eval/attempt_span.sql", "models/marts/eval/patch_outcome_label.sql")
_MART_SQL = """
{{{{ incremental_by_unit('int_attempt_unit', 'attempt_id') }}}}
select {columns}
from {attempts}
where {{{{ is_touched('attempt_id') }}}}
"""
"""Models that read the synthetic attempts instead of what is landed."""


@click.command()
@click.option("--runs", default=RUNS, show_default=True, help="Runs of 500 tasks with two attempts each.")
def main(runs: int) -> None:
    """Print seconds of the marts of runs and of responses."""
    report(runs)


def report(runs: int = RUNS) -> None:
    """Measure and print. Raises ClickException where a build fails."""
    with tempfile.TemporaryDirectory() as name:
        history = History(Path(name))
        history.create()
        click.echo(f"{'marts of runs and of responses':<48}{'wall s':>9}{'CPU s':>9}{'MB':>9}{'kept':>8}")
        for label, new in (
            (f"{runs} runs x {TASKS} tasks x 2 attempts", range(runs)),
            ("nothing new", range(0)),
            ("one run more", range(runs, runs + 1)),
        ):
            history.add(new)
            history.build("trial", "patch_outcome_label")
            _print_row(label, history.build(), history)
        click.echo(f"at most {MOST_S:.0f} s from nothing\n")


@dataclass(frozen=True)
class History:
    """Synthetic runs, and a copy of the project that builds the marts of runs and of responses from them."""

    folder: Path

    @property
    def attempts(self) -> Path:
        """The files of the attempts, one a call of `add`."""
        return self.folder / "attempts"

    @property
    def warehouse(self) -> Path:
        """The file that is built."""
        return self.folder / "home" / "build.duckdb"

    def create(self) -> None:
        """Copy the project, and put models that read the synthetic attempts in place of those that make them."""
        for name in ("attempts", "artifacts"):
            (self.folder / name).mkdir(parents=True)
        project = self.folder / "project"
        for part in _PARTS:
            (project / part).parent.mkdir(parents=True, exist_ok=True)
            if (PROJECT / part).is_dir():
                shutil.copytree(PROJECT / part, project / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(PROJECT / part, project / part)
        self.add([])
        attempts = f"read_parquet('{self.attempts}/*.parquet')"
        (project / _UNIT).write_text(_UNIT_SQL.format(attempts=attempts))
        for name in _MARTS:
            columns = _untested_columns((project / name).with_suffix(".yml"), duckdb.sql(f"from {attempts}").columns)
            (project / name).write_text(_MART_SQL.format(columns=columns, attempts=attempts))
        # in daily use the project has been read before
        self._dbt("parse")

    def add(self, runs: Sequence[int], *, tasks: int = TASKS, dataset: str = "synthetic") -> None:
        """Add the runs of these numbers, each of so many tasks; the higher the number the later the run."""
        file = self.attempts / f"{len(list(self.attempts.iterdir()))}.parquet"
        query = _ATTEMPTS.format(runs=f"{list(runs)}::bigint[]", tasks=tasks, dataset=dataset)
        duckdb.sql(query).write_parquet(str(file))

    def build(self, *marts: str, is_tested: bool = True, is_whole: bool = False) -> Run:
        """Build marts and all that they are made of, and test them; all of `MARTS` where none is named."""
        command = ["build", "--indirect-selection", "buildable", "--select", *(f"+{mart}" for mart in marts or MARTS)]
        for kind in ("unit_test",) if is_tested else ("unit_test", "test"):
            command += ["--exclude-resource-type", kind]
        return self._dbt(*command, *(["--full-refresh"] if is_whole else []))

    def _dbt(self, *arguments: str) -> Run:
        command: list[str | Path] = [Path(sys.executable).with_name("dbt"), *arguments, "--target", "build"]
        places = {HOME: str(self.folder / "home"), ARTIFACTS: str(self.folder / "artifacts")}
        return run(command, self.folder / "project", os.environ | _ENVIRONMENT | places)

    def kept(self) -> set[str]:
        """Models that the last build left as they were, which needs no computing of any."""
        results = json.loads((self.folder / "project" / "target" / "run_results.json").read_text())["results"]
        return {
            result["unique_id"].split(".")[-1]
            for result in results
            if result["unique_id"].startswith("model.") and result["message"] == "KEPT"
        }


def _untested_columns(described: Path, known: Sequence[str]) -> str:
    """What a mart's contract asks for, as a select list over columns that hold some of it; its tests are taken out."""
    properties = yaml.safe_load(described.read_text())
    columns = {column["name"]: column["data_type"] for column in properties["models"][0]["columns"]}
    del properties["models"][0]["data_tests"]
    described.write_text(yaml.safe_dump(properties))
    return ", ".join(f"cast({name if name in known else 'null'} as {kind}) as {name}" for name, kind in columns.items())


def _print_row(label: str, built: Run, history: History) -> None:
    memory = built.tree_mb or built.largest_mb
    click.echo(f"{label:<48}{built.wall_s:>9.1f}{built.cpu_s:>9.1f}{memory:>9.0f}{len(history.kept()):>8}")


if __name__ == "__main__":
    sys.exit(main())
