"""Thresholds of drift for an embedding model, from the real sessions of a built warehouse.

`python -m benchmarks.calibration <warehouse home> [--percentiles <seed>]` prints what it finds and the rows of the seed
`threshold`; with a file it also writes the reference of the percentile ranks. docs/calibration.md says what for.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import duckdb
import numpy as np
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu

UNHEEDED_BY_CHANCE = 0.05
"""Share of pairs of consecutive changes that may both pass for unheeded although nobody corrected anything."""

TOKEN_CLASSES = (1, 4, 8, 12, 16, 25)
"""Lower ends of classes of lengths of user turns; the first class holds what signals.md 5.1 leaves out."""

NEARER_BY_CHANCE = 0.01
"""Level at which a class of user turns counts as nearer to the request than turns of the first class."""

RESAMPLES = 1000
_SEED = 12
_GRID = np.arange(1, 200) / 100

# sessions of a person, one for each distinct opening: what was exported twice is one conversation
_TURNS = """
    with turns as (
        select
            texts.span_id as session_id, texts.turn_index, sessions.repo_id, texts.role, turns.text_tokens,
            turns.is_correction, embeddings.embedding_model, embeddings.vector, texts.text_sha256,
            min(texts.turn_index) filter (where texts.role = 'user' and turns.is_substantive)
                over (partition by texts.span_id) as anchor_turn
        from intermediate.int_turn_text as texts
        inner join intermediate.int_turn as turns using (span_id, turn_index)
        inner join intermediate.int_turn_embedding as embeddings using (span_id, turn_index)
        inner join marts.session_span as sessions on sessions.session_id = texts.span_id
        where sessions.session_kind = 'human' and sessions.copy_of_session_id is null
    ),
    openings as (
        select text_sha256, min(session_id) as session_id
        from turns where turn_index = anchor_turn group by all
    )
    select session_id, repo_id, role, text_tokens, is_correction, embedding_model, vector
    from turns inner join openings using (session_id)
    where turn_index >= anchor_turn
    order by session_id, turn_index
"""

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Turn:
    """A turn after the request: its vector, its distance to the request, and how long it is."""

    vector: Vector
    pollution: float
    is_agent: bool
    is_correction: bool
    tokens: int


@dataclass(frozen=True)
class Conversation:
    """One conversation from its first substantive user turn, the request, on."""

    repository: str | None
    request: Vector
    turns: list[Turn]

    @property
    def answers(self) -> list[Vector]:
        """Vectors of the agent turns."""
        return [turn.vector for turn in self.turns if turn.is_agent]


@dataclass(frozen=True)
class Cut:
    """Distance that parts answers to a request from answers to other ones.

    value: the cut; youden: share of own answers below it plus share of others above it less 1; area: chance that an own
    answer is nearer than another one.
    """

    value: float
    youden: float
    area: float


def distance(one: Vector, other: Vector) -> float:
    """1 - cosine."""
    return float(1 - one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


def answer_distances(conversations: Sequence[Conversation]) -> NDArray[np.float64]:
    """Distance of each request (row) to the first answer of each conversation (column)."""
    return np.array([[distance(asked.request, other.answers[0]) for other in conversations] for asked in conversations])


def split(distances: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distances to the own answers, and to those of others; a conversation drawn twice is no other one."""
    own = np.diag(distances)
    return own, distances[~np.isclose(distances, own[:, None])]


def best_cut(own: NDArray[np.float64], others: NDArray[np.float64]) -> Cut:
    """Cut with the largest Youden index (1950), the middle one where several have it."""
    youden = (own[:, None] <= _GRID).mean(axis=0) + (others[:, None] > _GRID).mean(axis=0) - 1
    best = np.flatnonzero(np.isclose(youden, youden.max()))
    area = float((own[:, None] < others[None, :]).mean())
    return Cut(float(_GRID[best[len(best) // 2]]), float(youden.max()), area)


def median_of_others(distances: NDArray[np.float64]) -> float:
    """Distance that half of the answers to other requests do not reach."""
    return float(np.median(split(distances)[1]))


def unheeded_changes(conversations: Sequence[Conversation]) -> list[float]:
    """Changes of coherence from one answer to the next without a correction in between."""
    changes = []
    for each in conversations:
        before, is_corrected = None, False
        for turn in each.turns:
            if not turn.is_agent:
                is_corrected = turn.is_correction
                continue
            if before is not None and not is_corrected:
                changes.append(abs(turn.pollution - before))
            before, is_corrected = turn.pollution, False
    return changes


def compared_tokens(turns: Sequence[Turn]) -> int:
    """Fewest tokens from which on user turns are nearer to the request than nods are (Mann and Whitney 1947)."""
    nods = [turn.pollution for turn in turns if turn.tokens < TOKEN_CLASSES[1]]
    for low, high in zip(TOKEN_CLASSES[1:], (*TOKEN_CLASSES[2:], sys.maxsize), strict=True):
        members = [turn.pollution for turn in turns if low <= turn.tokens < high]
        if members and mannwhitneyu(members, nods, alternative="less").pvalue < NEARER_BY_CHANCE:
            return low
    return TOKEN_CLASSES[-1]


def conversations_of(home: Path) -> tuple[str, list[Conversation]]:
    """Embedding model of a warehouse and its distinct conversations that hold a request and an answer."""
    with duckdb.connect(str(home / "build.duckdb"), read_only=True) as connection:
        rows = connection.sql(_TURNS).fetchall()
    models = sorted({row[5] for row in rows})
    if len(models) != 1:
        raise click.ClickException(f"One embedding model is calibrated at a time, found: {', '.join(models) or 'none'}")
    found: dict[str, Conversation] = {}
    for session_id, repository, role, tokens, is_correction, _, values in rows:
        vector = np.array(values, dtype=np.float64)
        if session_id not in found:
            found[session_id] = Conversation(repository, vector, [])
            continue
        pollution = distance(found[session_id].request, vector)
        turn = Turn(vector, pollution, role == "agent", bool(is_correction), tokens or 0)
        found[session_id].turns.append(turn)
    return models[0], [each for each in found.values() if each.answers]


@click.command()
@click.argument("home", type=click.Path(path_type=Path, exists=True))
@click.option("--percentiles", type=click.Path(path_type=Path), help="Seed of percentiles to write.")
def main(home: Path, percentiles: Path | None) -> None:
    """Print distances in real conversations and the thresholds that follow from them."""
    model, conversations = conversations_of(home)
    repositories = [each.repository for each in conversations]
    common = max(sorted(filter(None, set(repositories))), key=repositories.count, default=None)
    distances = answer_distances(conversations)
    near = np.flatnonzero([each == common for each in repositories])
    near_distances = distances[np.ix_(near, near)]
    own, others = split(distances)
    cut = best_cut(own, others)
    _echo_quantiles("own answer", own)
    _echo_quantiles("other answer", others)
    _echo_quantiles("same repository", split(near_distances)[1])
    click.echo(f"{len(conversations)} conversations, {len(near)} of them in the repository with most")
    click.echo(f"best cut {cut.value:.2f}: Youden {cut.youden:.2f}, area {cut.area:.2f}")
    beyond = [f"{(values > cut.value).mean():.2f}" for values in (own, others)]
    click.echo(f"beyond it: own answers {beyond[0]}, other answers {beyond[1]}")
    _echo_interval("best cut", distances, lambda drawn: best_cut(*split(drawn)).value)
    _echo_interval("median in the same repository", near_distances, median_of_others)
    changes = unheeded_changes(conversations)
    user_turns = [turn for each in conversations for turn in each.turns if not turn.is_agent and turn.tokens]
    fewest = compared_tokens(user_turns)
    click.echo(f"{len(changes)} changes without a correction, {len(user_turns)} user turns\n")
    for name, value in (
        ("compared_turn_tokens", str(fewest)),
        ("drift_onset_pollution", f"{cut.value:.2f}"),
        ("severe_pollution", f"{median_of_others(near_distances):.2f}"),
        ("unheeded_coherence_change", f"{np.quantile(changes, UNHEEDED_BY_CHANCE**0.5):.3f}"),
    ):
        click.echo(f"{name},{value},{model}")
    if percentiles is not None:
        turns = [turn for each in conversations for turn in each.turns if turn.is_agent or turn.tokens >= fewest]
        write_percentiles(percentiles, model, [turn.pollution for turn in turns])


def _echo_quantiles(name: str, values: NDArray[np.float64]) -> None:
    cells = "  ".join(f"p{share} {np.quantile(values, share / 100):.2f}" for share in (5, 10, 25, 50, 75, 90, 95))
    click.echo(f"{name:<16}{len(values):>5}  {cells}")


def _echo_interval(
    name: str, distances: NDArray[np.float64], statistic: Callable[[NDArray[np.float64]], float]
) -> None:
    generator = np.random.default_rng(_SEED)
    found = []
    for _ in range(RESAMPLES):
        drawn = generator.integers(0, len(distances), len(distances))
        # one conversation alone has no other
        if len(set(drawn)) > 1:
            found.append(statistic(distances[np.ix_(drawn, drawn)]))
    low, high = np.quantile(found, (0.025, 0.975))
    click.echo(f"{name}: within {low:.2f} and {high:.2f} in 95 % of {RESAMPLES} resamples of conversations")


def write_percentiles(path: Path, model: str, pollutions: Sequence[float]) -> None:
    """Replace the rows of a model in the seed of percentiles."""
    kept: list[list[str]] = []
    if path.exists():
        with path.open(newline="", encoding="utf-8") as stream:
            kept = [row for row in csv.reader(stream) if row[0] not in {"embedding_model", model}]
    source = f"docs/calibration.md: {len(pollutions)} turns of real sessions"
    values = np.quantile(pollutions, np.arange(101) / 100)
    rows = [[model, str(percentile), f"{value:.4f}", source] for percentile, value in enumerate(values)]
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("embedding_model", "percentile", "context_pollution", "source"))
        writer.writerows(kept + rows)
    click.echo(f"Wrote {path}: percentiles of {len(pollutions)} turns")


if __name__ == "__main__":
    sys.exit(main())
