"""Each way around the gate: whatever is not a plain and passed `dbt build` of everything leaves the last version."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.python.end_to_end.warehouse import PROJECT, Warehouse

NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "logs", "python", "target", "warehouse")
FAILS_ON_PURPOSE = """
{{ config(meta={'reads_outside': true}) }}
select source_file_id
from {{ ref('stg_source_file') }}
where '{{ env_var("FAILS_ON_PURPOSE", "") }}' = 'yes'
"""
NO_UNIT_TESTS = ("--exclude-resource-type", "unit_test")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with a data test that fails on demand."""
    copied = tmp_path_factory.mktemp("gate") / "project"
    shutil.copytree(PROJECT, copied, ignore=NOT_COPIED)
    (copied / "tests" / "singular").mkdir(parents=True, exist_ok=True)
    (copied / "tests" / "singular" / "fails_on_purpose.sql").write_text(FAILS_ON_PURPOSE, encoding="utf-8")
    return copied


@pytest.fixture(scope="module")
def warehouse(project: Path) -> Warehouse:
    """The bundled examples, built and published once."""
    built = Warehouse(project / "warehouse")
    run(built, project, "build")
    return built


def run(warehouse: Warehouse, project: Path, *arguments: str, is_failing: bool = False) -> str:
    """Run dbt on the examples, and return what it said."""
    # `dbt retry` reads what the command before it has written
    environment = {"DBT_WRITE_JSON": "1"} | ({"FAILS_ON_PURPOSE": "yes"} if is_failing else {})
    done = warehouse.dbt([project / "examples" / "artifacts"], *arguments, project=project, **environment)
    assert (done.returncode != 0) is is_failing, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout


def test_whole_build_publishes_what_it_says(warehouse: Warehouse) -> None:
    summary = json.loads((warehouse.home / "build_summary.json").read_text())
    assert warehouse.published.readlink().stem == summary["build_id"]
    said = warehouse.rows("select build_id, load_id, test_count, warned_test_count, is_whole_build from meta.build")
    assert said == [
        (summary["build_id"], summary["load_id"], summary["test_count"], summary["warned_test_count"], True)
    ]
    assert summary["test_count"] > 0
    for mart, row_count in summary["marts"].items():
        assert warehouse.rows(f"select count(*) from {mart}") == [(row_count,)]


def test_every_mart_and_every_test_stands_before_publication(warehouse: Warehouse) -> None:
    assert (
        warehouse.build_rows(
            """
        select table_schema || '.' || table_name from information_schema.tables
        where table_schema in ('marts', 'meta')
        except
        select schema_name || '.' || node from state.planned_node where is_published
        """
        )
        == []
    )
    assert warehouse.build_rows("select test from state.test_outcome where status not in ('pass', 'warn')") == []


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("build", "--empty"), "--empty builds no rows"),
        (("run",), "dbt run is not dbt build"),
        (("build", "--select", "published_mart"), "not selected"),
        (("build", "--select", "attempt_span", "published_mart"), "not selected"),
        (("build", "--exclude", "fails_on_purpose"), "not selected: fails_on_purpose"),
        (("build", "--exclude-resource-type", "test", *NO_UNIT_TESTS), "not selected"),
        (("build", "--resource-type", "model"), "not selected"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_anything_else_publishes_nothing_and_says_why(
    warehouse: Warehouse, project: Path, arguments: tuple[str, ...], reason: str
) -> None:
    version = warehouse.published.readlink()
    said = run(warehouse, project, *arguments)
    assert "Nothing is published: not a whole build" in said
    assert reason in said
    assert warehouse.published.readlink() == version
    assert warehouse.build_rows("select is_published, path from publish.published_mart") == [(False, None)]


def test_failed_build_publishes_nothing_and_its_retry_does(warehouse: Warehouse, project: Path) -> None:
    version = warehouse.published.readlink()
    run(warehouse, project, "build", is_failing=True)
    assert warehouse.published.readlink() == version
    run(warehouse, project, "retry", is_failing=True)
    assert warehouse.published.readlink() == version
    assert "Published" in run(warehouse, project, "retry")
    assert warehouse.published.readlink() != version


def test_retry_of_a_part_publishes_nothing(warehouse: Warehouse, project: Path) -> None:
    version = warehouse.published.readlink()
    run(warehouse, project, "build", "--select", "stg_source_file+", is_failing=True)
    assert "Nothing is published: not a whole build" in run(warehouse, project, "retry")
    assert warehouse.published.readlink() == version


def test_what_the_stub_embeds_is_not_published(warehouse: Warehouse, project: Path) -> None:
    version = warehouse.published.readlink()
    said = run(warehouse, project, "build", "--vars", "embedding_model: stub")
    assert "Nothing is published" in said
    assert "texts are embedded by the stand-in for tests" in said
    assert warehouse.published.readlink() == version
    assert "Published" in run(warehouse, project, "build")
