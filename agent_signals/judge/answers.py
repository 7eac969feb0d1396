"""The judge's answers: from the cache, else asked for once, within a budget; a failure is a row."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple, Never

import pyarrow as pa
from dbt.adapters.events.logging import AdapterLogger
from duckdb import DuckDBPyRelation
from tqdm import tqdm

from agent_signals.judge.cache import FOLDER, AnswerCache, Record, answer_key, note_unanswered
from agent_signals.judge.client import Answer, Ask, NoAnswerError, endpoint
from agent_signals.judge.prompt import Piece, messages, prompt_hash, trace_text
from agent_signals.judge.rubrics import Rubric, rubrics
from agent_signals.judge.settings import JudgeSettings, judge_settings
from agent_signals.judge.verdict import RejectedAnswerError, Verdict, verdict

SCHEMA = pa.schema(
    {
        "span_id": pa.string(),
        "signal": pa.string(),
        "sample": pa.int64(),
        "value": pa.string(),
        "score": pa.float64(),
        "turn_index": pa.int64(),
        "judge_model": pa.string(),
        "prompt_hash": pa.string(),
        "rubric_version": pa.string(),
        "status": pa.string(),
        "reason": pa.string(),
        "evidence_sha256": pa.string(),
        "evidence_turn_index": pa.int64(),
    }
)
MOST_FAILURES_IN_A_ROW = 5
"""Questions without an answer after which a build asks no more: the endpoint is down, or refuses."""

ATTEMPT_SIGNALS = frozenset({"plan_optimality"})
"""Signals that are judged of attempts."""

_ABOUT_ONE_QUESTION = frozenset({"http_400", "http_413", "http_422"})
"""Refusals of what was asked, which say nothing of the next question."""
_PIECES = """
    select span_id, is_too_long, context, turn_index, role, kind, head, tail
    from pieces
    order by unanswered_build_count, span_id, piece_number
"""
Spans = Iterator[tuple[tuple[str, bool, str], Iterator[tuple[Any, ...]]]]
"""(span_id, is_too_long, context) and the rows of its pieces."""

_log: Callable[[str], object] = AdapterLogger("agent_signals").info


class _About(NamedTuple):
    span_id: str
    signal: str
    sample: int
    prompt_hash: str
    rubric_version: str


class _Question(NamedTuple):
    about: _About
    rubric: Rubric
    pieces: list[Piece]
    trace: str


class _Outcome(NamedTuple):
    about: _About
    status: str
    """accepted, rejected, failed or not_asked."""
    reason: str | None = None
    verdict: Verdict = Verdict(None, None, None, None, None)


def judged_spans(pieces: DuckDBPyRelation, home: Path) -> pa.Table:
    """Answers about sessions and attempts, a row for each signal and sample; none where no judge is set.

    pieces: span_id, context, piece_number, turn_index, role, kind, head, tail, is_too_long, unanswered_build_count;
    home: of the warehouse, where answers are kept. Spans that no build was ever short of answers for come first.
    """
    settings = judge_settings()
    if settings is None:
        return SCHEMA.empty_table()
    with AnswerCache(home / FOLDER) as cache:
        run = _Run(settings, cache)
        spans = groupby(_fetched(pieces.query("pieces", _PIECES)), key=itemgetter(0, 1, 2))
        outcomes = list(run.outcomes(spans))
    left_over = {each.about.span_id for each in outcomes if each.status != "accepted" and not _is_final(each)}
    if left_over:
        note_unanswered(home / FOLDER, sorted(left_over))
    if outcomes:
        _log(run.summary(outcomes))
    return _table(outcomes, settings)


class _Run:
    """One build's questions."""

    def __init__(self, settings: JudgeSettings, cache: AnswerCache) -> None:
        self._settings = settings
        self._cache = cache
        self._ask: Ask | None = None
        self._asked = 0
        self._failures_in_a_row = 0
        self._known = 0

    def outcomes(self, spans: Spans) -> Iterator[_Outcome]:
        """Every outcome, as it comes."""
        waiting: dict[Future[Answer], _Question] = {}
        with (
            ThreadPoolExecutor(self._settings.concurrency) as executor,
            tqdm(desc="judging", unit="answer", disable=not sys.stderr.isatty(), file=sys.stderr) as bar,
        ):
            for question, is_too_long in self._questions(spans):
                if is_too_long:
                    yield _Outcome(question.about, "not_asked", "transcript_too_long")
                elif (known := self._from_cache(question)) is not None:
                    yield known
                elif (reason := self._why_not()) is not None:
                    yield _Outcome(question.about, "not_asked", reason)
                else:
                    if len(waiting) >= self._settings.concurrency:
                        yield from self._arrived(waiting, bar)
                    asked = messages(question.trace, question.rubric)
                    waiting[executor.submit(self._endpoint(), asked, question.about.sample)] = question
                    self._asked += 1
            while waiting:
                yield from self._arrived(waiting, bar)

    def summary(self, outcomes: list[_Outcome]) -> str:
        """What a build has asked, for its log."""
        counts = dict.fromkeys(("accepted", "rejected", "failed", "not_asked"), 0)
        for outcome in outcomes:
            counts[outcome.status] += 1
        return (
            f"Judge {self._settings.model}: {len(outcomes):,} answers wanted, {self._known:,} known, "
            f"{self._asked:,} asked for; {counts['accepted']:,} accepted, {counts['rejected']:,} rejected, "
            f"{counts['failed']:,} failed, {counts['not_asked']:,} not asked"
        )

    def _questions(self, spans: Spans) -> Iterator[tuple[_Question, bool]]:
        for (span_id, is_too_long, context), rows in spans:
            pieces = [Piece(*row[3:]) for row in rows]
            if {piece.role for piece in pieces} != {"user", "agent"}:
                continue
            trace = trace_text(pieces)
            for rubric in _rubrics_of(context):
                hashed = prompt_hash(messages(trace, rubric))
                for sample in range(self._settings.samples):
                    about = _About(span_id, rubric.signal, sample, hashed, rubric.version)
                    yield _Question(about, rubric, pieces, trace), is_too_long

    def _from_cache(self, question: _Question) -> _Outcome | None:
        content = self._cache.get(self._key(question.about))
        if content is None:
            return None
        outcome = _judged(question, content)
        # what was accepted by other rules than today's is asked again
        if outcome.status != "accepted":
            return None
        self._known += 1
        return outcome

    def _why_not(self) -> str | None:
        if self._failures_in_a_row >= MOST_FAILURES_IN_A_ROW:
            return "endpoint_down"
        return "budget" if self._asked >= self._settings.budget else None

    def _endpoint(self) -> Ask:
        self._ask = self._ask or endpoint(self._settings)
        return self._ask

    def _key(self, about: _About) -> str:
        return answer_key(self._settings.model, about.prompt_hash, about.sample)

    def _arrived(self, waiting: dict[Future[Answer], _Question], bar: tqdm[Never]) -> Iterator[_Outcome]:
        for future in wait(waiting, return_when=FIRST_COMPLETED).done:
            bar.update()
            yield self._outcome(waiting.pop(future), future)

    def _outcome(self, question: _Question, future: Future[Answer]) -> _Outcome:
        answer = None
        try:
            answer = future.result()
            self._failures_in_a_row = 0
            outcome = _judged(question, answer.content)
        except NoAnswerError as error:
            outcome = _Outcome(question.about, "failed", str(error))
        except Exception as error:  # whatever a client raises costs the answer, never the build
            outcome = _Outcome(question.about, "failed", type(error).__name__)
        if outcome.status == "failed" and outcome.reason not in _ABOUT_ONE_QUESTION:
            self._failures_in_a_row += 1
        record = Record(
            key=self._key(question.about),
            judge_model=self._settings.model,
            **question.about._asdict(),
            reason=outcome.reason,
            content=answer and answer.content,
            input_tokens=answer and answer.input_tokens,
            output_tokens=answer and answer.output_tokens,
        )
        (self._cache.accept if outcome.status == "accepted" else self._cache.refuse)(record)
        return outcome


def _rubrics_of(context: str) -> list[Rubric]:
    """What is asked: all of a conversation, of an attempt only what does not need a user."""
    return [rubric for rubric in rubrics() if context == "product" or rubric.signal in ATTEMPT_SIGNALS]


def _judged(question: _Question, content: str) -> _Outcome:
    try:
        said = verdict(question.about.signal, content, question.pieces)
    except RejectedAnswerError as error:
        return _Outcome(question.about, "rejected", str(error))
    return _Outcome(question.about, "accepted", None, said)


def _is_final(outcome: _Outcome) -> bool:
    """Whether another build would end the same."""
    return outcome.reason == "transcript_too_long"


def _fetched(rows: DuckDBPyRelation) -> Iterator[tuple[Any, ...]]:
    while batch := rows.fetchmany(10_000):
        yield from batch


def _table(outcomes: list[_Outcome], settings: JudgeSettings) -> pa.Table:
    rows = []
    for about, status, reason, said in sorted(outcomes, key=itemgetter(0)):
        way = (settings.model, about.prompt_hash, about.rubric_version)
        rows.append((*about[:3], *said[:3], *way, status, reason, *said[3:]))
    columns = zip(*rows, strict=True) if rows else ([] for _ in SCHEMA)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
    return pa.table(arrays, schema=SCHEMA)
