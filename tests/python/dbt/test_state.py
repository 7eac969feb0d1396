"""What is computed again and what is kept: `first` reads the units in batches, `second` it, `total` sums it up."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import duckdb
import pytest

from tests.python.end_to_end.forked_dbt import ForkedDbt
from tests.python.end_to_end.warehouse import DBT, PROJECT

FOLDERS = (
    "macros/materializations",
    "macros/project",
    "macros/state",
    "tests/generic",
    "agent_signals",
    "algorithms",
    "loaders",
)

FILES = {
    "dbt_project.yml": """
name: agent_signals
profile: agent_signals
flags: {send_anonymous_usage_stats: false, skip_nodes_if_on_run_start_fails: true}
on-run-start: "{{ begin_invocation() }}"
on-run-end: "{{ end_invocation(results) }}"
models:
  +schema: marts
  +persist_docs: {relation: true, columns: true}
seeds:
  +schema: seeds
vars: {units_in_a_batch: 2}
""",
    "seeds/rule.csv": "factor\n10\n",
    "models/unit.sql": """
{{ config(meta={"reads_outside": true}) }}
select attempt_id, value, md5(value) as input_fingerprint
from read_csv('{{ env_var("UNITS") }}', all_varchar = true)
""",
    "models/first.sql": """
{{ incremental_by_unit('unit', 'attempt_id', in_batches=true) }}
select attempt_id, cast(value as bigint) * (select factor from {{ ref('rule') }}) as value, {{ env_var('RUN') }} as run
from {{ ref('unit') }}
where {{ is_touched('attempt_id') }}
""",
    "models/total.sql": """
{{ config(materialized='table') }}
select count(*) as unit_count, {{ env_var('RUN') }} - {{ env_var('RUN') }} as nothing from {{ ref('first') }}
""",
    "models/parity.sql": """
{{ config(materialized='table') }}
select unit_count % 2 as parity, {{ env_var('RUN') }} as run from {{ ref('total') }}
""",
    "models/seen.sql": """
{{ config(materialized='view') }}
select *, 1 as one from {{ source('landing', 'sighting') }}
where is_counted
""",
    "models/sightings.sql": """
{{ config(materialized='table') }}
select count(*) as sighting_count, {{ env_var('RUN') }} as run from {{ ref('seen') }}
""",
    "models/_models.yml": """
sources:
  - name: landing
    config: {external_location: "read_csv('sightings.csv')"}
    tables: [{name: sighting}]
models:
  - name: first
    description: The first.
    data_tests:
      - holds:
          name: first_invariants
          arguments:
            key: [attempt_id]
            rules: {value_is_small: value < 1000}
""",
    "models/second.py": """
from agent_signals.incremental import touched_units
import os


def model(dbt, session):
    dbt.config(materialized="incremental", unique_key="attempt_id", meta={"unit_model": "unit"})
    touched = touched_units(dbt, dbt.ref("unit"), "attempt_id")
    rows = dbt.ref("first").join(touched, "attempt_id", "semi")
    if os.environ.get("SECOND") == "fails":
        raise ValueError("on purpose")
    if os.environ.get("SECOND") == "hangs":
        session.execute("select count(*) from range(1000000000000) as numbers (number) where hash(number) = 1")
    return rows.select(f"attempt_id, value, {os.environ['RUN']} as run")
""",
}


class Toy:
    """A project in a folder, its units in a file, and the number of its runs."""

    def __init__(self, root: Path, forked: ForkedDbt) -> None:
        self.root = root
        self.forked = forked
        self.run_count = 0

    def create(self) -> None:
        for name, text in FILES.items():
            self.write(name, text)
        for folder in FOLDERS:
            shutil.copytree(PROJECT / folder, self.root / folder, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(PROJECT / "profiles.yml", self.root)

    def kept(self, said: str) -> set[str]:
        """Nodes that dbt says it left alone."""
        return set(re.findall(r"(?:marts|seeds)\.(\w+) \.+ \[KEPT", said))

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip(), encoding="utf-8")

    def units(self, **values: int) -> None:
        self.write("units.csv", "attempt_id,value\n" + "".join(f"{key},{value}\n" for key, value in values.items()))

    def sightings(self, *rows: str) -> None:
        """What has landed: file, load, what was seen, and whether it counts."""
        self.write(
            "sightings.csv", "source_file_id,load_id,sighting,is_counted\n" + "".join(f"{row}\n" for row in rows)
        )

    def environment(self, second: str) -> dict[str, str]:
        """The environment of the next run."""
        self.run_count += 1
        environment = {
            "AGENT_SIGNALS_HOME": "warehouse",
            "DBT_TARGET": "build",
            "DBT_USE_COLORS": "0",
            "RUN": str(self.run_count),
            "SECOND": second,
            "UNITS": "units.csv",
        }
        return {**os.environ, **environment}

    def dbt(self, *arguments: str, second: str = "", fails: bool = False) -> str:
        done = self.forked(arguments, self.root, self.environment(second))
        assert (done.returncode != 0) is (fails or second == "fails"), done.stdout + done.stderr
        return done.stdout

    def dbt_until(self, words: tuple[str, ...], *arguments: str, second: str = "") -> None:
        """Run dbt, and kill it a second after it has said a line with all of these words."""
        process = subprocess.Popen(
            [str(DBT), *arguments], cwd=self.root, env=self.environment(second), stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for line in process.stdout:
            if all(word in line for word in words):
                break
        time.sleep(1)
        process.kill()
        process.communicate()

    def rows(self, model: str) -> dict[str, tuple[int, int]]:
        """Value and run by attempt."""
        with duckdb.connect(str(self.root / "warehouse" / "build.duckdb"), read_only=True) as connection:
            rows = connection.sql(f"select attempt_id, value, run from marts.{model}").fetchall()
        assert len({row[0] for row in rows}) == len(rows)
        return {attempt_id: (value, run) for attempt_id, value, run in rows}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    """Three units, built in run 1."""
    made = Toy(tmp_path_factory.mktemp("toy"), ForkedDbt(None, os.environ))
    made.create()
    made.units(a=1, b=2, c=3)
    made.sightings("f,1,x,true", "g,1,y,true")
    made.dbt("build")
    assert made.rows("second") == made.rows("first") == {"a": (10, 1), "b": (20, 1), "c": (30, 1)}
    return made


@pytest.fixture
def toy(built: Toy, tmp_path: Path) -> Toy:
    """A copy of what was built in run 1."""
    copied = Toy(tmp_path / "toy", built.forked)
    shutil.copytree(built.root, copied.root)
    copied.run_count = built.run_count
    return copied


def test_half_build_is_completed_by_the_next(toy: Toy) -> None:
    toy.units(a=1, b=5, d=4)
    toy.dbt("build", second="fails")
    assert toy.rows("first") == {"a": (10, 1), "b": (50, 2), "d": (40, 2)}
    assert toy.rows("second") == {"a": (10, 1), "b": (20, 1), "c": (30, 1)}
    said = toy.dbt("build")
    assert toy.rows("first") == {"a": (10, 1), "b": (50, 2), "d": (40, 2)}
    assert toy.rows("second") == {"a": (10, 1), "b": (50, 3), "d": (40, 3)}
    assert "Recomputing" not in said


def test_failed_build_is_completed_by_its_retry(toy: Toy) -> None:
    toy.units(a=1, b=5, c=3)
    toy.dbt("build", second="fails")
    toy.dbt("retry")
    assert toy.rows("second") == {"a": (10, 1), "b": (50, 3), "c": (30, 1)}
    assert "Recomputing" not in toy.dbt("build")
    assert toy.rows("second") == {"a": (10, 1), "b": (50, 3), "c": (30, 1)}


def test_killed_build_is_completed_by_the_next(toy: Toy) -> None:
    toy.units(a=1, b=5, c=3)
    toy.dbt_until(("START", "marts.second"), "build", second="hangs")
    toy.dbt("build")
    assert toy.rows("first") == {"a": (10, 1), "b": (50, 2), "c": (30, 1)}
    assert toy.rows("second") == {"a": (10, 1), "b": (50, 3), "c": (30, 1)}


def test_model_built_on_stale_inputs_is_built_again(toy: Toy) -> None:
    toy.units(a=7, b=2, c=3)
    toy.dbt("run", "--select", "unit", "second")
    assert toy.rows("second") == {"a": (10, 2), "b": (20, 1), "c": (30, 1)}
    toy.dbt("build")
    assert toy.rows("second") == {"a": (70, 3), "b": (20, 1), "c": (30, 1)}


@pytest.mark.parametrize(
    ("name", "before", "after", "changed", "models"),
    [
        ("seeds/rule.csv", "10", "100", "seed rule", {"first", "second"}),
        ("models/first.sql", "as run", "as run ", "model first", {"first", "second"}),
        (
            "macros/state/incremental.sql",
            "left join state",
            "left  join state",
            "macro is_touched",
            {"first", "second"},
        ),
        ("agent_signals/incremental.py", "_TOUCHED", "_TOUCHED_UNITS", "module agent_signals.incremental", {"second"}),
    ],
)
def test_changed_rule_recomputes_what_it_bears_on(
    toy: Toy, name: str, before: str, after: str, changed: str, models: set[str]
) -> None:
    path = toy.root / name
    path.write_text(path.read_text().replace(before, after))
    # a part that does not reach them changes nothing of what they hold, and nothing of what is known of it
    toy.dbt("run", "--select", "unit")
    said = toy.dbt("build")
    for model in ("first", "second"):
        is_recomputed = model in models
        assert (f"Recomputing {model} whole, 3 rows: changed " in said) is is_recomputed
        assert {run for _, run in toy.rows(model).values()} == {3 if is_recomputed else 1}
    assert changed in said
    assert "Recomputing" not in toy.dbt("build")


def test_what_nothing_changed_for_is_kept(toy: Toy) -> None:
    said = toy.dbt("build")
    # the units are read from outside: `first` and `second` ask whether one has changed
    assert toy.kept(said) == {"total", "parity", "rule", "sightings"}
    assert "PASS first_invariants" in said
    toy.units(a=1, b=5, c=3)
    said = toy.dbt("build")
    # `total` is computed again to the same row, and `parity` need not know
    assert toy.kept(said) == {"rule", "parity", "sightings"}
    assert toy.rows("second") == {"a": (10, 1), "b": (50, 3), "c": (30, 1)}
    toy.units(a=1, b=5)
    assert toy.kept(toy.dbt("build")) == {"rule", "sightings"}


@pytest.mark.parametrize(
    ("rows", "is_kept"),
    [
        (("f,1,x,true", "g,1,y,true", "h,2,z,false"), True),
        (("f,1,x,true", "g,1,y,true", "h,2,z,true"), False),
        (("f,1,x,true", "g,2,y,true"), False),
        (("f,1,x,true", "g,1,y,false"), False),
        (("f,1,x,true", "f,1,x,true", "g,1,y,true"), False),
    ],
    ids=["landed, not seen", "landed", "landed again", "no longer counted", "one row more of the same file"],
)
def test_view_of_landed_rows_has_changed_where_other_rows_stand(toy: Toy, rows: tuple[str, ...], is_kept: bool) -> None:
    toy.sightings(*rows)
    assert ("sightings" in toy.kept(toy.dbt("build"))) is is_kept


def test_view_of_landed_rows_has_changed_where_its_columns_have(toy: Toy) -> None:
    toy.write("sightings.csv", "source_file_id,load_id,sighting,is_counted,place\nf,1,x,true,\ng,1,y,true,\n")
    assert "sightings" not in toy.kept(toy.dbt("build"))


def test_data_test_runs_again_where_its_rows_have_changed_or_it_failed(toy: Toy) -> None:
    toy.units(a=1, b=200, c=3)
    for _ in range(2):
        assert "FAIL 1 first_invariants" in toy.dbt("build", fails=True)
    toy.units(a=1, b=2, c=3)
    assert "PASS first_invariants" in toy.dbt("build")


def test_changed_data_test_runs_again(toy: Toy) -> None:
    path = toy.root / "models" / "_models.yml"
    path.write_text(path.read_text().replace("value < 1000", "value < 30"))
    assert "FAIL 1 first_invariants" in toy.dbt("build", fails=True)


def test_part_that_is_built_without_rows_is_built_again(toy: Toy) -> None:
    toy.dbt("build", "--empty")
    assert toy.rows("first") == {}
    assert toy.kept(toy.dbt("build")) == set()
    assert toy.rows("second") == toy.rows("first") == {"a": (10, 3), "b": (20, 3), "c": (30, 3)}


def test_full_refresh_and_a_lost_table_are_computed(toy: Toy) -> None:
    with duckdb.connect(str(toy.root / "warehouse" / "build.duckdb")) as connection:
        connection.execute("drop table marts.total; drop table seeds.rule")
    assert toy.kept(toy.dbt("build")) == {"parity", "sightings"}
    assert toy.kept(toy.dbt("build", "--full-refresh")) == set()


def test_changed_description_reaches_the_table_and_computes_nothing(toy: Toy) -> None:
    path = toy.root / "models" / "_models.yml"
    path.write_text(path.read_text().replace("The first.", "It comes first."))
    said = toy.dbt("build")
    assert "Recomputing" not in said
    assert toy.rows("first") == {"a": (10, 1), "b": (20, 1), "c": (30, 1)}
    with duckdb.connect(str(toy.root / "warehouse" / "build.duckdb"), read_only=True) as connection:
        comment = connection.sql("select comment from duckdb_tables() where table_name = 'first'").fetchone()
    assert comment == ("It comes first.",)
