"""What embeddings take: `python -m benchmarks.embedding [--texts N]`.

Texts per second of the bundled model and, where the extra `embedding-models` is installed, of sentence-transformers on
the same weights, texts and cores, in turn, with the smallest cosine between their vectors of a text. Texts are
synthetic, of as many words as the label says with a spread around it, since no conversation holds texts of one length.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from algorithms.embedding.bundled import BundledModel, model_files

TEXTS = 400
WORDS = (8, 24, 80, 250)
REPEATS = 3
_SPREAD = 0.4
_SEED = 20
_VOCABULARY = Path(__file__).resolve().parent.parent / "docs" / "blocks"

Embed = Callable[[Sequence[str]], NDArray[np.float32]]


@click.command()
@click.option("--texts", default=TEXTS, show_default=True, help="Texts of each length.")
def main(texts: int) -> None:
    """Print texts per second for texts of several lengths."""
    report(texts)


def report(texts: int = TEXTS) -> None:
    """Measure and print one table."""
    with tempfile.TemporaryDirectory() as folder:
        ours = BundledModel(Path(folder)).embed
        theirs = _sentence_transformers()
        columns = ("onnxruntime", *(("sentence-tr.", "ratio", "min cosine") if theirs else ()))
        click.echo(f"{'embedding, texts per second':<32}" + "".join(f"{column:>14}" for column in columns))
        generator = random.Random(_SEED)
        for words in WORDS:
            said = synthetic_texts(texts, words, generator)
            rates = dict.fromkeys(("ours", "theirs"), 0.0)
            for _ in range(REPEATS):
                for name, embed in (("ours", ours), ("theirs", theirs)):
                    if embed is not None:
                        rates[name] = max(rates[name], _rate(embed, said))
            cells = [f"{rates['ours']:>14,.0f}"]
            if theirs is not None:
                cosine = np.einsum("ij,ij->i", ours(said), theirs(said), dtype=np.float64).min()
                cells += [f"{rates['theirs']:>14,.0f}", f"{rates['ours'] / rates['theirs']:>14.2f}", f"{cosine:>14.6f}"]
            click.echo(f"{f'{words} words':<32}" + "".join(cells))
        if theirs is None:
            click.echo("The extra embedding-models is not installed: nothing to compare with.")
        click.echo()


def synthetic_texts(count: int, words: int, generator: random.Random) -> list[str]:
    """Texts of about so many words, drawn from the project's own documentation."""
    vocabulary = " ".join(path.read_text(encoding="utf-8") for path in sorted(_VOCABULARY.glob("*.md"))).split()
    lengths = [max(1, round(generator.gauss(words, _SPREAD * words))) for _ in range(count)]
    return [" ".join(generator.choices(vocabulary, k=length)) for length in lengths]


def _rate(embed: Embed, texts: Sequence[str]) -> float:
    embed(texts[:8])
    started = time.perf_counter()
    embed(texts)
    return len(texts) / (time.perf_counter() - started)


def _sentence_transformers() -> Embed | None:
    if find_spec("sentence_transformers") is None:
        return None
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(model_files()), device="cpu")

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = model.encode(
            list(texts), normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return vectors

    return embed


if __name__ == "__main__":
    sys.exit(main())
