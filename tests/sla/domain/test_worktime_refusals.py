"""What a calendar refuses, and that it never hangs."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from sla.domain.worktime import (
    BadPause,
    BadWindow,
    BeyondHorizon,
    CalendarError,
    NaiveInstant,
    NeverOpen,
    OverlappingWindows,
    UnknownTimezone,
    WorkCalendar,
)

from .calendars import hours, mon_to_fri, office, utc

NOW = utc("2024-01-08T10:00")
ERRORS = (BadPause, BadWindow, BeyondHorizon, NaiveInstant, NeverOpen, OverlappingWindows, UnknownTimezone)


def test_every_error_is_a_value_error_with_a_code_of_its_own():
    assert all(issubclass(error, CalendarError) for error in ERRORS)
    assert issubclass(CalendarError, ValueError)
    assert len({error.code for error in (CalendarError, *ERRORS)}) == len(ERRORS) + 1


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../etc/passwd", "America", None, 3])
def test_an_unknown_zone(zone):
    with pytest.raises(UnknownTimezone):
        WorkCalendar(zone, mon_to_fri(("09:00", "17:00")))


@pytest.mark.parametrize(
    "pair",
    [
        ("9", "17:00"),
        ("09:00", "24:01"),
        ("09:60", "17:00"),
        ("25:00", "26:00"),
        ("24:00", "06:00"),
        ("-1:00", "06:00"),
        ("09:00:00", "17:00"),
        (9, 17),
        ("09:00",),
        ("09:00", "12:00", "13:00"),
        "09:00",
    ],
)
def test_a_window_that_cannot_be_read(pair):
    with pytest.raises(BadWindow, match="Monday"):
        WorkCalendar("UTC", {0: [pair]})


@pytest.mark.parametrize("weekday", [-1, 7, "0", True, 1.0])
def test_a_weekday_that_is_none(weekday):
    with pytest.raises(BadWindow, match="weekday"):
        WorkCalendar("UTC", {weekday: [("09:00", "17:00")]})


@pytest.mark.parametrize("day", ["2024-01-01", datetime(2024, 1, 1, tzinfo=UTC), 20240101])
@pytest.mark.parametrize("place", ["holidays", "special", "breaks"])
def test_a_date_that_is_none(place, day):
    value = [day] if place == "holidays" else {day: [("09:00", "10:00")]}
    with pytest.raises(BadWindow, match="date"):
        WorkCalendar("UTC", mon_to_fri(("09:00", "17:00")), **{place: value})


@pytest.mark.parametrize("place", ["special", "breaks"])
def test_a_night_after_the_last_date_there_is(place):
    with pytest.raises(BadWindow, match="too late"):
        WorkCalendar("UTC", {}, **{place: {date.max: [("22:00", "06:00")]}})


@pytest.mark.parametrize(
    ("weekly", "where"),
    [
        pytest.param({0: [("09:00", "12:00"), ("11:00", "13:00")]}, "Monday", id="of one day"),
        pytest.param({0: [("11:00", "13:00"), ("09:00", "12:00")]}, "Monday", id="in any order"),
        pytest.param({0: [("09:00", "12:00"), ("09:00", "12:00")]}, "Monday", id="the same twice"),
        pytest.param({0: [("22:00", "06:00")], 1: [("05:00", "13:00")]}, "Tuesday", id="over midnight"),
        pytest.param({6: [("22:00", "06:00")], 0: [("05:00", "13:00")]}, "Monday", id="over the week's end"),
    ],
)
def test_weekly_windows_that_overlap(weekly, where):
    with pytest.raises(OverlappingWindows, match=where):
        WorkCalendar("UTC", weekly)


@pytest.mark.parametrize(
    "special",
    [
        {date(2024, 1, 8): [("09:00", "12:00"), ("11:00", "13:00")]},
        {date(2024, 1, 8): [("22:00", "06:00"), ("23:00", "05:00")]},
        {date(2024, 1, 8): [("22:00", "06:00")], date(2024, 1, 9): [("05:00", "13:00")]},
    ],
)
def test_special_windows_that_overlap(special):
    with pytest.raises(OverlappingWindows, match=r"2024-01-0[89]"):
        WorkCalendar("UTC", {}, special=special)


def test_windows_that_touch_are_fine():
    calendar = WorkCalendar("UTC", {0: [("09:00", "12:00"), ("12:00", "13:00")], 6: [("22:00", "09:00")]})
    assert calendar.due(utc("2024-01-08T08:00"), hours(4)) == utc("2024-01-08T12:00")


class TestNeverOpen:
    @pytest.mark.parametrize(
        "calendar",
        [
            pytest.param(WorkCalendar("UTC", {}), id="no hours at all"),
            pytest.param(WorkCalendar("UTC", {0: []}), id="empty days"),
            pytest.param(WorkCalendar("UTC", {}, special={date(2024, 2, 1): []}), id="empty special day"),
            pytest.param(
                WorkCalendar("UTC", {}, special={date(2023, 1, 2): [("09:00", "17:00")]}),
                id="only in the past",
            ),
            pytest.param(
                WorkCalendar("America/New_York", {}, special={date(2026, 3, 8): [("02:00", "03:00")]}),
                id="only in an hour that never was",
            ),
            pytest.param(
                WorkCalendar("UTC", {}, special={date(9000, 1, 1): [("09:00", "17:00")]}),
                id="only in a year out of sight",
            ),
        ],
    )
    def test_nothing_ever_falls_due(self, calendar):
        for ask in (
            lambda: calendar.due(NOW, hours(1)),
            lambda: calendar.due(NOW, hours(0)),
            lambda: calendar.explain(NOW, hours(1)),
            lambda: calendar.next_open(NOW),
            lambda: calendar.due_array(np.array([NOW.timestamp()], dtype=np.int64), 3600, unit="s"),
            lambda: calendar.due_array(np.array([NOW.timestamp()], dtype=np.int64), 0, unit="s"),
        ):
            with pytest.raises(NeverOpen):
                ask()

    def test_but_no_open_time_is_an_answer(self):
        calendar = WorkCalendar("UTC", {})
        assert calendar.elapsed(NOW, NOW + hours(100)) == timedelta(0)
        assert calendar.windows(NOW, NOW + hours(100)) == []
        assert not calendar.is_open(NOW)
        assert calendar.working_days(date(2024, 1, 1), date(2024, 12, 31)) == 0

    def test_far_special_days_are_found(self):
        calendar = WorkCalendar("UTC", {}, special={date(2150, 1, 1): [("09:00", "10:00")]})
        assert calendar.due(NOW, hours(1)) == utc("2150-01-01T10:00")

    def test_far_special_days_may_not_be_enough(self):
        calendar = WorkCalendar("UTC", {}, special={date(2150, 1, 1): [("09:00", "10:00")]})
        with pytest.raises(BeyondHorizon):
            calendar.due(NOW, hours(1) + timedelta(microseconds=1))


class TestHorizon:
    def test_a_span_that_is_not_used_up(self):
        calendar = WorkCalendar("UTC", {0: [("09:00", "09:01")]})
        with pytest.raises(BeyondHorizon):
            calendar.due(NOW, hours(1000))
        with pytest.raises(BeyondHorizon):
            calendar.due_array(np.array([NOW.timestamp()], dtype=np.int64), 3600 * 1000, unit="s")

    @pytest.mark.parametrize("at", ["1899-12-31T00:00", "1900-12-31T23:59", "2200-01-01T00:00", "2999-01-01T00:00"])
    def test_an_instant_out_of_sight(self, at):
        for ask in (
            lambda: office().due(utc(at), hours(1)),
            lambda: office().elapsed(min(NOW, utc(at)), max(NOW, utc(at))),
            lambda: office().is_open(utc(at)),
            lambda: office().due_array(np.array([at], dtype="datetime64[s]"), hours(1)),
            lambda: office().elapsed_array(np.array([at], dtype="datetime64[s]"), np.datetime64(0, "s")),
        ):
            with pytest.raises(BeyondHorizon):
                ask()

    def test_the_first_and_the_last_instant_in_sight(self):
        first, last = utc("1901-01-01T00:00"), utc("2199-12-31T23:59:59.999999")
        calendar = WorkCalendar("Pacific/Kiritimati", {day: [("00:00", "24:00")] for day in range(7)})
        # The zone stood behind Greenwich until it skipped New Year's Eve of 1994, and stands ahead since.
        assert calendar.elapsed(first, last) == last - first
        assert calendar.is_open(first)
        assert calendar.is_open(last)

    def test_datetime_max_is_refused_and_not_walked_to(self):
        with pytest.raises(BeyondHorizon):
            office().elapsed(NOW, datetime.max.replace(tzinfo=UTC))


class TestInstants:
    @pytest.mark.parametrize("at", [datetime(2024, 1, 8, 10), date(2024, 1, 8), "2024-01-08T10:00Z", None])
    def test_without_a_zone(self, at):
        for ask in (
            lambda: office().due(at, hours(1)),
            lambda: office().elapsed(at, NOW),
            lambda: office().elapsed(NOW, at),
            lambda: office().windows(at, NOW),
            lambda: office().explain(at, hours(1)),
            lambda: office().is_open(at),
            lambda: office().next_open(at),
            lambda: office().due(NOW, hours(1), [(at, None)]),
        ):
            with pytest.raises(NaiveInstant):
                ask()


def test_a_negative_span():
    with pytest.raises(CalendarError, match="negative"):
        office().due(NOW, -hours(1))
    with pytest.raises(CalendarError, match="negative"):
        office().due_array(np.array([0], dtype="datetime64[s]"), -hours(1))
    with pytest.raises(CalendarError, match="negative"):
        office().due_array(np.array([0]), np.array([-1]))


def test_a_pause_that_ends_before_it_starts():
    with pytest.raises(BadPause):
        office().due(NOW, hours(1), [(NOW, NOW - hours(1))])
    with pytest.raises(BadPause):
        office().elapsed(NOW, NOW + hours(1), [(NOW, NOW - hours(1))])


class TestArrays:
    def test_of_an_unknown_unit(self):
        with pytest.raises(CalendarError, match="unit"):
            office().due_array(np.array([0]), 1, unit="h")

    def test_of_fractions(self):
        with pytest.raises(CalendarError, match="float64"):
            office().due_array(np.array([0.5]), 1)

    def test_with_a_missing_time(self):
        with pytest.raises(CalendarError, match="NaT"):
            office().due_array(np.array(["NaT"], dtype="datetime64[us]"), hours(1))

    @pytest.mark.parametrize("count", [1_704_708_000_000_000, -(2**62)])
    def test_of_counts_that_are_in_another_unit(self, count):
        with pytest.raises(BeyondHorizon):
            office().due_array(np.array([count]), 3600, unit="s")

    def test_with_a_span_that_is_in_another_unit(self):
        with pytest.raises(BeyondHorizon):
            office().due_array(np.array([1_704_708_000]), 2**60, unit="s")
