"""The bundled examples, built once; each test gets a copy of warehouse and artifacts, under the same paths."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.python.end_to_end.interruption import running_s
from tests.python.end_to_end.warehouse import PROJECT, Warehouse

EXAMPLES = PROJECT / "examples" / "artifacts"


@dataclass(frozen=True)
class Examples:
    """A writable copy of the bundled artifacts, a warehouse to build, and one that was built from them undisturbed."""

    root: Path
    warehouse: Warehouse
    undisturbed: Warehouse
    build_s: float
    """How long the parts of that build took, in seconds."""


@pytest.fixture(scope="session")
def built_examples(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    """The examples built once, and a copy of that home set aside."""
    folder = tmp_path_factory.mktemp("examples")
    root, warehouse, undisturbed = folder / "artifacts", Warehouse(folder / "home"), Warehouse(folder / "undisturbed")
    shutil.copytree(EXAMPLES, root)
    build_s = running_s(warehouse.build([root]))
    undisturbed.replace(warehouse)
    return Examples(root, warehouse, undisturbed, build_s)


@pytest.fixture
def examples(built_examples: Examples) -> Examples:
    """The artifacts as they are bundled, and the warehouse as it was built from them."""
    shutil.rmtree(built_examples.root)
    shutil.copytree(EXAMPLES, built_examples.root)
    built_examples.warehouse.replace(built_examples.undisturbed)
    return built_examples
