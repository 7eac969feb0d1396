"""Landing in a task of its own, and what dbt says and does where there is nothing to land."""

from __future__ import annotations

import shutil

from tests.python.end_to_end.conftest import Examples
from tests.python.end_to_end.warehouse import differences


def test_landing_and_building_apart_is_one_build(examples: Examples) -> None:
    warehouse = examples.warehouse
    shutil.rmtree(warehouse.home)
    landed = warehouse.python([examples.root], "loaders")
    assert landed.returncode == 0, landed.stderr
    shutil.move(examples.root, examples.root.with_name("elsewhere"))
    warehouse.build([])
    shutil.move(examples.root.with_name("elsewhere"), examples.root)
    assert warehouse.loads() == ["load=000001"]
    assert differences(examples.undisturbed.published, warehouse.published) == {}


def test_a_missing_root_is_said_in_one_sentence(examples: Examples) -> None:
    missing = examples.root / "missing"
    landed = examples.warehouse.python([missing], "loaders")
    assert (landed.returncode, landed.stdout) == (1, "")
    assert landed.stderr.count("\n") == 1
    built = examples.warehouse.dbt([missing], "build")
    assert built.returncode != 0
    sentence = landed.stderr.removeprefix("Error: ").strip()
    assert str(missing) in sentence
    assert sentence in built.stdout
    assert "Traceback" not in built.stdout + built.stderr
    assert differences(examples.undisturbed.published, examples.warehouse.published, ()) == {}


def test_an_empty_build_lands_nothing(examples: Examples) -> None:
    shutil.rmtree(examples.warehouse.home)
    built = examples.warehouse.dbt([examples.root], "build", "--empty")
    assert built.returncode == 0, built.stdout[-3000:]
    assert "Nothing is published: " in built.stdout
    assert [examples.warehouse.parsed(load) for load in examples.warehouse.loads()] == [[]]
    assert not examples.warehouse.published.exists()
