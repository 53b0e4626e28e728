"""Periods as people name them, and how a month stands."""

from datetime import date
from decimal import Decimal

import pytest

from reporting.domain.outlook import Standing, outlook
from reporting.domain.periods import Period, month_of


def test_a_period_does_not_end_before_it_begins():
    with pytest.raises(ValueError, match="before it begins"):
        Period(date(2026, 3, 2), date(2026, 3, 1), "UTC")


@pytest.mark.parametrize(
    ("first", "last", "label"),
    [
        ("2026-02-01", "2026-02-28", "February 2026"),
        ("2026-01-01", "2026-12-31", "2026"),
        ("2026-01-01", "2026-03-31", "1 Jan 2026 – 31 Mar 2026"),
        ("2026-03-09", "2026-03-09", "9 Mar 2026"),
        ("2026-03-09", "2026-03-15", "9 Mar 2026 – 15 Mar 2026"),
    ],
)
def test_a_period_is_called_what_people_call_it(first, last, label):
    assert Period(date.fromisoformat(first), date.fromisoformat(last), "UTC").label == label


@pytest.mark.parametrize(
    ("first", "last", "before"),
    [
        ("2026-03-01", "2026-03-31", month_of(date(2026, 2, 1), "UTC")),
        ("2026-03-09", "2026-03-15", Period(date(2026, 3, 2), date(2026, 3, 8), "UTC")),
    ],
)
def test_before_a_month_comes_a_month_and_before_a_span_one_of_its_length(first, last, before):
    assert Period(date.fromisoformat(first), date.fromisoformat(last), "UTC").before() == before


@pytest.mark.parametrize(
    ("came", "promised", "standing"),
    [
        (10, None, Standing.KEPT),  # 20 by the end, as many as the month before
        (9, None, Standing.RISK),
        (8, None, Standing.BROKEN),
        (8, 16, Standing.KEPT),
        (8, 0, Standing.NO_DATA),
    ],
)
def test_half_of_a_month_is_held_against_its_yardstick(came, promised, standing):
    days, before = [Decimal(came), *[Decimal(0)] * 9], [Decimal(1)] * 20
    promise = None if promised is None else Decimal(promised)
    assert outlook(days, before, days=20, elapsed_days=10, promised=promise).standing == standing


def test_the_first_day_tells_nothing_yet():
    found = outlook([Decimal(3)], [Decimal(1)] * 20, days=20, elapsed_days=0.5)
    assert (found.forecast, found.standing) == (None, Standing.NO_DATA)
