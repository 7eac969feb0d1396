"""Numbers that cannot be cost themselves alone."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest

from loaders.measures import LARGEST_MEASURE, has_impossible, measured_columns, mend
from loaders.tables import Attempt, arrow_schema

SCHEMA = arrow_schema(Attempt)


COUNTS = pa.schema({"turn_count": pa.int64(), "cost_usd": pa.float64()})


def test_measured_columns_are_counts_seconds_dollars_tokens_and_grades() -> None:
    names = {SCHEMA.field(position).name for position in measured_columns(SCHEMA)}
    assert {"turn_count", "edit_calls", "input_tokens", "cost_usd", "wall_time_s", "retry_tool_cap", "reward"} <= names
    assert not names & {"attempt_index", "tool_call_counts", "exit_status", "load_id"}


@pytest.mark.parametrize("value", [-1, LARGEST_MEASURE + 1])
def test_an_impossible_count_is_found_and_taken_out(value: int) -> None:
    attempt = Attempt(evidence="results_row", turn_count=value, edit_calls=3, reward=-1.0)
    assert mend(attempt, ["turn_count", "edit_calls", "reward"]) == ["turn_count"]
    assert (attempt.turn_count, attempt.edit_calls, attempt.reward) == (None, 3, -1.0)
    assert has_impossible([pa.array([1, value, None])], COUNTS, [0])


@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf])
def test_an_impossible_cost_is_found_and_taken_out(value: float) -> None:
    attempt = Attempt(evidence="results_row", cost_usd=value)
    assert mend(attempt, ["cost_usd"]) == ["cost_usd"]
    assert has_impossible([pa.array([1]), pa.array([0.5, value])], COUNTS, [0, 1])


@pytest.mark.parametrize(("value", "is_impossible"), [(-1.5, False), (-1e308, True), (1e308, True), (math.nan, True)])
def test_a_grade_may_be_negative_and_not_beyond_arithmetic(value: float, is_impossible: bool) -> None:
    attempt = Attempt(evidence="results_row", reward=value)
    assert bool(mend(attempt, ["reward"])) == is_impossible
    assert has_impossible([pa.array([value])], pa.schema({"reward": pa.float64()}), [0]) == is_impossible


def test_what_can_be_is_left_alone() -> None:
    columns = [pa.array([0, None, LARGEST_MEASURE]), pa.array([None], pa.float64())]
    assert not has_impossible(columns, COUNTS, [0, 1])
