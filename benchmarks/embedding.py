"""What embeddings take: `python -m benchmarks.embedding [--texts N]`.

Texts per second of the bundled model and, where the extra `embedding-models` is installed, of sentence-transformers on
the same weights and texts, in turn: on the same cores, and on a graphics card where there is one, as a build would run
it there. Beside each the smallest cosine between its vectors and those of the bundled model. Texts are synthetic, of as
many words as the label says with a spread around it, since no conversation holds texts of one length.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import click
import numpy as np

from algorithms.embedding.bundled import BundledModel, model_files
from algorithms.embedding.models import Embed, sentence_transformer

TEXTS = 400
WORDS = (8, 24, 80, 250)
REPEATS = 3
_SPREAD = 0.4
_SEED = 20
_VOCABULARY = Path(__file__).resolve().parent.parent / "docs" / "blocks"


@click.command()
@click.option("--texts", default=TEXTS, show_default=True, help="Texts of each length.")
def main(texts: int) -> None:
    """Print texts per second for texts of several lengths."""
    report(texts)


def report(texts: int = TEXTS) -> None:
    """Measure and print one table."""
    with tempfile.TemporaryDirectory() as folder:
        ours = BundledModel(Path(folder)).embed
        others = dict(_sentence_transformers())
        columns = ["onnxruntime", *(column for name in others for column in (name, "ratio", "min cosine"))]
        click.echo(f"{'embedding, texts per second':<32}" + "".join(f"{column:>16}" for column in columns))
        generator = random.Random(_SEED)
        for words in WORDS:
            said = synthetic_texts(texts, words, generator)
            rates = _best_rates({"onnxruntime": ours, **others}, said)
            own_rate = rates.pop("onnxruntime")
            cells = [f"{own_rate:>16,.0f}"]
            for name, rate in rates.items():
                cosine = np.einsum("ij,ij->i", ours(said), others[name](said), dtype=np.float64).min()
                cells.append(f"{rate:>16,.0f}{own_rate / rate:>16.2f}{cosine:>16.6f}")
            click.echo(f"{f'{words} words':<32}" + "".join(cells))
        if not others:
            click.echo("The extra embedding-models is not installed: nothing to compare with.")
        click.echo()


def synthetic_texts(count: int, words: int, generator: random.Random) -> list[str]:
    """Texts of about so many words, drawn from the project's own documentation."""
    vocabulary = " ".join(path.read_text(encoding="utf-8") for path in sorted(_VOCABULARY.glob("*.md"))).split()
    lengths = [max(1, round(generator.gauss(words, _SPREAD * words))) for _ in range(count)]
    return [" ".join(generator.choices(vocabulary, k=length)) for length in lengths]


def _best_rates(models: dict[str, Embed], texts: Sequence[str]) -> dict[str, float]:
    """Texts per second of each model, the best of several rounds in which they take turns."""
    rates = dict.fromkeys(models, 0.0)
    for _ in range(REPEATS):
        for name, embed in models.items():
            rates[name] = max(rates[name], _rate(embed, texts))
    return rates


def _rate(embed: Embed, texts: Sequence[str]) -> float:
    embed(texts[:8])
    started = time.perf_counter()
    embed(texts)
    return len(texts) / (time.perf_counter() - started)


def _sentence_transformers() -> Iterator[tuple[str, Embed]]:
    if find_spec("sentence_transformers") is None:
        return
    from torch.cuda import is_available

    yield "sentence-tr.", sentence_transformer(str(model_files()), device="cpu")
    if is_available():
        yield "graphics card", sentence_transformer(str(model_files()), device="cuda")


if __name__ == "__main__":
    sys.exit(main())
