"""Which terms held when, where versions changed them; the rules are ours (see the module)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.domain.terms import Held, days_in_force, months_in, stretches
from tests.sla.domain.calendars import office


def _at(day: int, hour: int = 15) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def test_days_in_force_a_day_counts_for_the_last_version_in_force_on_it() -> None:
    spans = [(_at(2), _at(14)), (_at(14), _at(14, 16)), (_at(14, 16), _at(20)), (_at(25), None)]
    assert days_in_force(spans, "UTC") == [
        (date(2026, 11, 2), date(2026, 11, 14)),
        None,
        (date(2026, 11, 14), date(2026, 11, 21)),
        (date(2026, 11, 25), None),
    ]


def test_days_in_force_are_local_dates_and_midnight_ends_the_day_before() -> None:
    midnight_in_berlin = datetime(2026, 11, 13, 23, tzinfo=UTC)
    found = days_in_force([(_at(2), midnight_in_berlin), (midnight_in_berlin, None)], "Europe/Berlin")
    assert found == [(date(2026, 11, 2), date(2026, 11, 14)), (date(2026, 11, 14), None)]


def test_stretches_join_versions_that_promise_the_same_and_drop_those_that_do_not_promise() -> None:
    held = [
        Held((1,), _at(1), _at(5), "16 h"),
        Held((2,), _at(5), _at(9), "16 h"),
        Held((3,), _at(9), _at(12), None),
        Held((4,), _at(12), _at(15), "16 h"),
        Held((5,), _at(16), None, "16 h"),
    ]
    assert stretches(held) == [
        Held((1, 2), _at(1), _at(9), "16 h"),
        Held((4,), _at(12), _at(15), "16 h"),
        Held((5,), _at(16), None, "16 h"),
    ]


def test_months_in_counts_working_days() -> None:
    calendar = office()
    # November 2026 has 21 working days, ten of them before the 14th.
    assert months_in(calendar.working_days, date(2026, 11, 1), date(2026, 11, 13)) == pytest.approx(10 / 21)
    assert months_in(calendar.working_days, date(2026, 11, 1), date(2026, 12, 31)) == 2
    assert months_in(lambda first, last: 0, date(2026, 11, 1), date(2026, 11, 15)) == 0.5


@given(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(0, 400), st.integers(0, 400))
def test_months_in_adds_up_over_parts(first: date, before: int, after: int) -> None:
    calendar = office()

    def months(begins: int, ends: int) -> float:
        day = first.toordinal()
        return months_in(calendar.working_days, date.fromordinal(day + begins), date.fromordinal(day + ends))

    assert months(0, before) + months(before + 1, before + 1 + after) == pytest.approx(months(0, before + 1 + after))
