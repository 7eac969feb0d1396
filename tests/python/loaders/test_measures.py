"""Numbers that cannot be cost themselves alone."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest

from loaders.measures import LARGEST_MEASURE, has_impossible, measured_columns, mend
from loaders.tables import Attempt, arrow_schema

SCHEMA = arrow_schema(Attempt)


def test_measured_columns_are_counts_seconds_dollars_and_tokens() -> None:
    names = {SCHEMA.field(position).name for position in measured_columns(SCHEMA)}
    assert {"turn_count", "edit_calls", "input_tokens", "cost_usd", "wall_time_s", "retry_tool_cap"} <= names
    assert not names & {"reward", "attempt_index", "tool_call_counts", "exit_status", "load_id"}


@pytest.mark.parametrize("value", [-1, LARGEST_MEASURE + 1])
def test_an_impossible_count_is_found_and_taken_out(value: int) -> None:
    attempt = Attempt(evidence="results_row", turn_count=value, edit_calls=3, reward=-1.0)
    assert mend(attempt, ["turn_count", "edit_calls"]) == ["turn_count"]
    assert (attempt.turn_count, attempt.edit_calls, attempt.reward) == (None, 3, -1.0)
    assert has_impossible([pa.array([1, value, None])], [0])


@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf])
def test_an_impossible_cost_is_found_and_taken_out(value: float) -> None:
    attempt = Attempt(evidence="results_row", cost_usd=value)
    assert mend(attempt, ["cost_usd"]) == ["cost_usd"]
    assert has_impossible([pa.array([0.5, value])], [0])


def test_what_can_be_is_left_alone() -> None:
    assert not has_impossible([pa.array([0, None, LARGEST_MEASURE]), pa.array([None], pa.float64())], [0, 1])
