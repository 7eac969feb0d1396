"""The models of embeddings in real builds: nothing is embedded twice, and no model is loaded without a text."""

from __future__ import annotations

import re

import pytest

from tests.python.end_to_end.warehouse import PROJECT, Warehouse

EXAMPLES = [PROJECT / "examples" / "artifacts"]
ONLY_MODELS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
STUB = ("--vars", "embedding_model: stub")
EMBEDDED = re.compile(r"Embedded ([\d,]+)(?: of ([\d,]+))? texts(?: with ([^\s:]+))?")
KEPT = re.compile(r"int_turn_embedding \.+ \[KEPT in")
SIMILARITIES = "from intermediate.int_turn_similarity order by all"


def similarity(warehouse: Warehouse, *arguments: str) -> tuple[int, str | None]:
    """Build the similarity of turns; how many texts were embedded, and with which model."""
    done = warehouse.dbt(EXAMPLES, "build", "--select", "+int_turn_similarity", *ONLY_MODELS, *arguments)
    assert done.returncode == 0, done.stdout[-4000:]
    found = EMBEDDED.search(done.stdout)
    if found is None:
        assert KEPT.search(done.stdout), done.stdout[-4000:]
        return 0, None
    return int(found[1].replace(",", "")), found[3]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The bundled examples, embedded by the stub after a build of no rows, which loads no model."""
    built = Warehouse(tmp_path_factory.mktemp("embedding") / "home")
    assert similarity(built, "--empty") == (0, None)
    assert not (built.home / "embedding").exists()
    count, model = similarity(built, *STUB)
    assert count > 0
    assert model == "stub"
    return built


def test_a_text_is_embedded_once_whatever_is_built_again(warehouse: Warehouse) -> None:
    rows = warehouse.build_rows(SIMILARITIES)
    assert similarity(warehouse, *STUB) == (0, None)
    (warehouse.home / "build.duckdb").unlink()
    assert similarity(warehouse, *STUB) == (0, "stub")
    assert warehouse.build_rows(SIMILARITIES) == rows


def test_models_never_mix(warehouse: Warehouse) -> None:
    rows = warehouse.build_rows(SIMILARITIES)
    count, model = similarity(warehouse)
    assert model == "all-MiniLM-L6-v2"
    assert count > 0
    assert warehouse.build_rows("select distinct embedding_model from intermediate.int_turn_similarity") == [(model,)]
    assert similarity(warehouse, *STUB) == (0, "stub")
    assert warehouse.build_rows(SIMILARITIES) == rows


def test_every_turn_with_words_is_embedded_and_no_attempt(warehouse: Warehouse) -> None:
    ((without_vector, of_attempts),) = warehouse.build_rows(
        """
        select
            count(*) filter (where turns.text_tokens > 0 and embeddings.vector is null and turns.context = 'product'),
            count(*) filter (where embeddings.vector is not null and turns.context = 'eval')
        from intermediate.int_turn as turns
        left join intermediate.int_turn_embedding as embeddings
            on turns.span_id = embeddings.span_id and turns.turn_index = embeddings.turn_index
        """
    )
    assert (without_vector, of_attempts) == (0, 0)
