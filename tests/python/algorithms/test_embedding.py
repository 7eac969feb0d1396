"""The bundled model: the vectors of sentence-transformers, whatever else is embedded with a text."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from algorithms.embedding import bundled, models, stub
from algorithms.embedding.bundled import BundledModel
from algorithms.embedding.graph import encoder_of

Vectors = NDArray[np.float32]

# of sentence-transformers 6.2.0 with torch 2.13.0, rounded
EXPECTED = Path(__file__).resolve().parents[2] / "expected" / "embedding_sentences.json"
SENTENCES: dict[str, list[float]] = {
    row["text"]: row["vector"] for row in json.loads(EXPECTED.read_text(encoding="utf-8"))
}
ODD_TEXTS = [
    "",
    " \n",
    "\0",
    "…",
    "🚀" * 50,
    "e\u0301",
    "\ufffd",
    "x" * 5_000,
    "[PAD] [CLS] [SEP]",
    "مرحبا",
    "a b " * 9_000,
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("model")


@pytest.fixture(scope="module")
def embed(folder: Path) -> Callable[[list[str]], Vectors]:
    return BundledModel(folder).embed


def cosines(one: Vectors, other: Vectors) -> NDArray[np.float64]:
    products = np.einsum("ij,ij->i", one, other, dtype=np.float64)
    lengths = np.linalg.norm(one.astype(np.float64), axis=1) * np.linalg.norm(other.astype(np.float64), axis=1)
    return np.asarray(products / lengths)


def test_vectors_are_those_of_sentence_transformers(embed: Callable[[list[str]], Vectors]) -> None:
    expected = np.array(list(SENTENCES.values()), dtype=np.float32)
    assert expected.shape == (20, 384)
    assert cosines(embed(list(SENTENCES)), expected).min() >= 0.9999


def test_vectors_are_those_of_the_extra_where_it_is_installed(embed: Callable[[list[str]], Vectors]) -> None:
    pytest.importorskip("sentence_transformers", reason="the extra embedding-models is not installed")
    theirs = models.load_model(str(Path(bundled.model_files())), Path())
    texts = [*SENTENCES, *ODD_TEXTS]
    assert cosines(embed(texts), theirs(texts)).min() >= 0.9999


def test_a_vector_does_not_depend_on_its_neighbours(
    embed: Callable[[list[str]], Vectors], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [*SENTENCES, *ODD_TEXTS, *(f"Rename field {number} of the table" for number in range(40))]
    together = embed(texts)
    alone = np.vstack([embed([text]) for text in texts])
    shuffled = random.Random(0).sample(range(len(texts)), len(texts))
    other_order = np.empty_like(together)
    other_order[shuffled] = embed([texts[place] for place in shuffled])
    monkeypatch.setattr(bundled, "TOKENS_AT_ONCE", 64)
    in_small_batches = embed(texts)
    for vectors in (alone, other_order, in_small_batches):
        assert cosines(together, vectors).min() >= 0.99999
        # to the last bit: a build of one batch and one of ten hold the same numbers
        assert np.array_equal(together, vectors)


def test_a_vector_does_not_depend_on_the_number_of_cores(embed: Callable[[list[str]], Vectors], folder: Path) -> None:
    texts = list(SENTENCES)
    assert cosines(embed(texts), BundledModel(folder, threads=1).embed(texts)).min() >= 0.99999


def test_any_text_has_a_vector(embed: Callable[[list[str]], Vectors]) -> None:
    vectors = embed(ODD_TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(ODD_TEXTS), 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert embed([]).shape == (0, 384)


def test_a_text_is_read_up_to_256_word_pieces(embed: Callable[[list[str]], Vectors]) -> None:
    # two of them mark the ends of the text
    head = "word " * 254
    longer, as_long, shorter = embed([head + "other words that are not read", head, "word " * 253])
    assert np.array_equal(longer, as_long)
    assert not np.array_equal(as_long, shorter)


def test_the_graph_is_built_once_and_holds_no_weights(folder: Path, tmp_path: Path) -> None:
    BundledModel(tmp_path)
    (graph,) = tmp_path.iterdir()
    before = graph.stat()
    BundledModel(tmp_path)
    after = graph.stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)
    assert after.st_size < 100_000
    assert [path.name for path in tmp_path.iterdir()] == [graph.name]


def test_another_kind_of_encoder_is_refused() -> None:
    config = {"model_type": "bert", "hidden_act": "relu", "position_embedding_type": "absolute", "_name_or_path": "x"}
    with pytest.raises(ValueError, match="not a BERT encoder"):
        encoder_of(config)


def test_stub_is_deterministic_and_follows_words() -> None:
    vectors = stub.embed(["fix the parser", "the parser: FIX", "ship it", "", "\ud800"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    same, less = cosines(vectors[:1].repeat(2, axis=0), vectors[1:3])
    assert same == pytest.approx(1)
    assert less < 0.5
    assert np.array_equal(vectors, stub.embed(["fix the parser", "the parser: FIX", "ship it", "", "\ud800"]))


def test_another_model_needs_the_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(models, "find_spec", lambda _: None)
    with pytest.raises(models.ModelNotInstalledError, match="BAAI/bge-small-en needs the extra embedding-models"):
        models.load_model("BAAI/bge-small-en", tmp_path)


@pytest.mark.parametrize("name", ["all-MiniLM-L6-v2", "BAAI/bge-small-en", "..", "/absolute/path", "a\\b", "."])
def test_a_model_has_a_folder_of_its_own(name: str, tmp_path: Path) -> None:
    assert models.model_folder(tmp_path, name).resolve().parent == (tmp_path / "embedding").resolve()
