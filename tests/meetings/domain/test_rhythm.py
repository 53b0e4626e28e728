"""When a series meets, also in the weeks in which the clocks change."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from meetings.domain.rhythm import covered_days, in_working_day, next_occurrence, occurrence_to_plan, week_ends

BERLIN = "Europe/Berlin"
HALF_HOUR = timedelta(minutes=30)


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (at(2026, 3, 23, 8), at(2026, 3, 23, 8, 30)),  # the same Monday, in winter time
        (at(2026, 3, 23, 8, 30), at(2026, 3, 30, 7, 30)),  # strictly after; summer time began on the 29th
        (at(2026, 10, 19, 8), at(2026, 10, 26, 8, 30)),  # winter time began on the 25th
    ],
)
def test_monday_half_past_nine_in_berlin(after, expected):
    assert next_occurrence(0, time(9, 30), BERLIN, after=after) == expected


def test_a_time_in_the_spring_gap_moves_one_hour_later():
    assert next_occurrence(6, time(2, 30), BERLIN, after=at(2026, 3, 28)) == at(2026, 3, 29, 1, 30)


def test_an_ambiguous_time_takes_its_first_occurrence():
    assert next_occurrence(6, time(2, 30), BERLIN, after=at(2026, 10, 24)) == at(2026, 10, 25, 0, 30)


def test_the_next_meeting_comes_after_the_last_and_is_not_over():
    monday = at(2026, 3, 9, 9)

    def plan(last, now):
        return occurrence_to_plan(0, time(9), "UTC", HALF_HOUR, last=last, now=now)

    assert plan(None, monday + timedelta(minutes=10)) == monday  # it runs
    assert plan(None, monday + HALF_HOUR) == monday + timedelta(days=7)  # it is over
    assert plan(monday, monday) == monday + timedelta(days=7)
    assert plan(monday - timedelta(days=28), monday) == monday  # what nobody held is passed over


def test_a_meeting_looks_back_on_the_seven_days_before_it():
    assert covered_days(at(2026, 3, 8, 23, 30), BERLIN) == (date(2026, 3, 2), date(2026, 3, 8))


def test_a_week_ends_on_local_monday():
    assert week_ends(at(2026, 3, 8, 22, 59), BERLIN) == at(2026, 3, 8, 23)
    assert week_ends(at(2026, 3, 8, 23), BERLIN) == at(2026, 3, 15, 23)


@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        (at(2026, 3, 10, 9), "UTC", True),
        (at(2026, 3, 10, 17), "UTC", False),
        (at(2026, 3, 10, 9), "America/New_York", False),
        (at(2026, 3, 14, 12), "UTC", False),
    ],
)
def test_in_working_day(now, zone, expected):
    assert in_working_day(now, zone) is expected
