"""Conversions that several formats share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.values import utc

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678000)
_ZONES = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-02T03:04:05.678Z", MOMENT),
        ("2026-01-02T03:04:05.678+00:00", MOMENT),
        ("2026-01-02T03:04:05.678", MOMENT),
        ("2026-01-02T05:34:05.678+02:30", MOMENT),
        ("2026-01-02", datetime(2026, 1, 2)),
        ("2026-01-02Z", None),
        ("2026-01-02T03:04:05+02:00+00:00", None),
        ("2026-01-02T03:04:05+00:00Z", None),
        ("Z", None),
        ("", None),
        ("soon", None),
        ("0001-01-01T00:00:00+02:00", None),
    ],
)
def test_text(text: str, expected: datetime | None) -> None:
    assert utc(text) == expected


@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=_ZONES | st.just(UTC)))
def test_a_zone_moves_the_clock_to_utc(moment: datetime) -> None:
    assert utc(moment.isoformat()) == moment.astimezone(UTC).replace(tzinfo=None)


@given(st.integers(-(10**11), 10**11) | st.floats(-1e11, 1e11))
def test_epoch_numbers(seconds: float) -> None:
    expected: datetime | None
    try:
        expected = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    except ValueError:
        expected = None
    assert utc(seconds) == expected


@pytest.mark.parametrize("value", [None, True, float("nan"), float("inf"), 1e300, 10**400])
def test_no_moment(value: float | None) -> None:
    assert utc(value) is None
    assert utc(value, unit="ms") is None


def test_milliseconds() -> None:
    assert utc(1_767_323_045_678, unit="ms") == MOMENT
