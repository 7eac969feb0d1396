"""Each way around the gate: whatever is not a plain and passed `dbt build` of everything leaves the last version.

A small project with the project's own landing, state, tests and publication: `file_count` is the one mart that it has.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.python.end_to_end.warehouse import PROJECT, Warehouse

FOLDERS = ("agent_signals", "algorithms", "loaders", "macros", "models/landing", "tests/generic")
FILES = {
    "dbt_project.yml": """
name: agent_signals
profile: agent_signals
flags: {send_anonymous_usage_stats: false, skip_nodes_if_on_run_start_fails: true}
on-run-start: "{{ begin_invocation() }}"
on-run-end: "{{ end_invocation(results) }}"
models:
  agent_signals:
    +materialized: table
    landing: {+schema: landing}
    intermediate: {+schema: intermediate}
    marts: {+schema: marts}
    meta: {+schema: meta}
    publish: {+schema: publish}
vars: {embedding_model: none}
""",
    "models/intermediate/int_turn_embedding.sql": """
select '{{ var("embedding_model") }}' as embedding_model
""",
    "models/marts/file_count.sql": """
select status, count(*) as file_count from {{ ref('landed_file') }} group by all
""",
    "models/marts/item_difficulty.sql": """
select embedding_model from {{ ref('int_turn_embedding') }} where false
""",
    "models/meta/build.sql": """
{{ config(meta={"reads_outside": true}) }}
-- depends_on: {{ ref('file_count') }}
-- depends_on: {{ ref('item_difficulty') }}
{{ current_build() }}
""",
    "models/publish/published_mart.py": """
from agent_signals.publishing import publish
from loaders.settings import warehouse_home


def model(dbt, session):
    dbt.config(meta={"reads_outside": True})
    dbt.ref("build")
    dbt.ref("file_count")
    dbt.ref("int_turn_embedding")
    dbt.ref("item_difficulty")
    return publish(session.cursor(), warehouse_home())
""",
    "tests/singular/fails_on_purpose.sql": """
{{ config(meta={'reads_outside': true}) }}
select file_count
from {{ ref('file_count') }}
where '{{ env_var("FAILS_ON_PURPOSE", "") }}' = 'yes'
""",
    "artifacts/note.txt": "Synthetic: no artifact of any format.",
}
NO_UNIT_TESTS = ("--exclude-resource-type", "unit_test")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small project, with a data test that fails on demand."""
    made = tmp_path_factory.mktemp("gate") / "project"
    for folder in FOLDERS:
        shutil.copytree(PROJECT / folder, made / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "profiles.yml", made)
    for name, text in FILES.items():
        path = made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip(), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def warehouse(project: Path) -> Warehouse:
    """One file that landed, built and published once."""
    built = Warehouse(project / "warehouse")
    run(built, project, "build")
    return built


def run(warehouse: Warehouse, project: Path, *arguments: str, is_failing: bool = False) -> str:
    """Run dbt on the file, and return what it said."""
    # `dbt retry` reads what the command before it has written
    environment = {"DBT_WRITE_JSON": "1"} | ({"FAILS_ON_PURPOSE": "yes"} if is_failing else {})
    done = warehouse.dbt([project / "artifacts"], *arguments, project=project, **environment)
    assert (done.returncode != 0) is is_failing, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("build", "--empty"), "--empty builds no rows"),
        (("run",), "dbt run is not dbt build"),
        (("build", "--select", "published_mart"), "not selected"),
        (("build", "--select", "file_count", "published_mart"), "not selected"),
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
    run(warehouse, project, "build", "--select", "landed_file+", is_failing=True)
    assert "Nothing is published: not a whole build" in run(warehouse, project, "retry")
    assert warehouse.published.readlink() == version


def test_what_the_stub_embeds_is_not_published(warehouse: Warehouse, project: Path) -> None:
    version = warehouse.published.readlink()
    said = run(warehouse, project, "build", "--vars", "embedding_model: stub")
    assert "Nothing is published" in said
    assert "texts are embedded by the stand-in for tests" in said
    assert warehouse.published.readlink() == version
    assert "Published" in run(warehouse, project, "build")
