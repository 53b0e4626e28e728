"""The two nights a year in which a local day has not 24 hours; true elapsed time counts.

Dates of the changes are those of the IANA time zone database.
"""

from datetime import date

import pytest

from sla.domain.worktime import WorkCalendar

from .calendars import every_day, hours, local, minutes, utc

NEW_YORK, BERLIN = "America/New_York", "Europe/Berlin"
SANTIAGO, BEIRUT = "America/Santiago", "Asia/Beirut"


@pytest.mark.parametrize(
    ("zone", "day", "length"),
    [
        pytest.param(NEW_YORK, date(2026, 3, 8), hours(23), id="New York, spring"),
        pytest.param(NEW_YORK, date(2026, 11, 1), hours(25), id="New York, autumn"),
        pytest.param(BERLIN, date(2026, 3, 29), hours(23), id="Berlin, spring"),
        pytest.param(BERLIN, date(2026, 10, 25), hours(25), id="Berlin, autumn"),
        pytest.param(SANTIAGO, date(2024, 9, 8), hours(23), id="Santiago, no midnight"),
        pytest.param(SANTIAGO, date(2024, 4, 6), hours(25), id="Santiago, 23:00 to 24:00 twice"),
        pytest.param(BEIRUT, date(2024, 3, 31), hours(23), id="Beirut, no midnight"),
        pytest.param(BEIRUT, date(2024, 10, 26), hours(25), id="Beirut, 23:00 to 24:00 twice"),
        pytest.param("America/Havana", date(2024, 11, 3), hours(25), id="Havana, midnight twice"),
        pytest.param("Australia/Lord_Howe", date(2024, 10, 6), hours(23.5), id="Lord Howe, half an hour"),
        pytest.param("Pacific/Apia", date(2011, 12, 30), hours(0), id="Samoa, a date that never was"),
        pytest.param(NEW_YORK, date(2026, 7, 1), hours(24), id="an ordinary day"),
    ],
)
def test_a_whole_day_has_its_true_length(zone, day, length):
    calendar = WorkCalendar(zone, {}, special={day: [("00:00", "24:00")]})
    start, end = calendar.day_bounds(day)
    assert end - start == length
    assert calendar.elapsed(utc("1999-01-01T00:00"), utc("2030-01-01T00:00")) == length
    around_the_clock = WorkCalendar(zone, every_day(("00:00", "24:00")))
    assert around_the_clock.elapsed(start, end) == length


@pytest.mark.parametrize(
    ("zone", "start", "due"),
    [
        pytest.param(NEW_YORK, "2026-03-07T22:00", "2026-03-08T07:00", id="New York, spring"),
        pytest.param(NEW_YORK, "2026-10-31T22:00", "2026-11-01T05:00", id="New York, autumn"),
        pytest.param(BERLIN, "2026-03-28T22:00", "2026-03-29T07:00", id="Berlin, spring"),
        pytest.param(BERLIN, "2026-10-24T22:00", "2026-10-25T05:00", id="Berlin, autumn"),
        pytest.param(SANTIAGO, "2024-09-07T22:00", "2024-09-08T07:00", id="Santiago, spring"),
        pytest.param(SANTIAGO, "2024-04-06T22:00", "2024-04-07T05:00", id="Santiago, autumn"),
    ],
)
def test_eight_hours_of_a_night_shift_are_eight_true_hours(zone, start, due):
    calendar = WorkCalendar(zone, every_day(("20:00", "08:00")))
    assert calendar.due(local(start, zone), hours(8)) == local(due, zone)


@pytest.mark.parametrize(
    ("night", "length"),
    [
        pytest.param("2026-03-08", hours(5), id="spring"),
        pytest.param("2026-11-01", hours(7), id="autumn"),
        pytest.param("2026-06-07", hours(6), id="any other"),
    ],
)
def test_the_hours_from_midnight_to_six_are_five_six_or_seven(night, length):
    day = date.fromisoformat(night)
    calendar = WorkCalendar(NEW_YORK, {6: [("00:00", "06:00")]})
    assert calendar.elapsed(*calendar.day_bounds(day)) == length


@pytest.mark.parametrize(
    ("zone", "day", "window", "opens", "closes"),
    [
        pytest.param(
            NEW_YORK,
            date(2026, 3, 8),
            ("02:30", "05:00"),
            "2026-03-08T07:30",
            "2026-03-08T09:00",
            id="an opening in the gap is an hour later",
        ),
        pytest.param(
            NEW_YORK,
            date(2026, 3, 8),
            ("01:00", "02:30"),
            "2026-03-08T06:00",
            "2026-03-08T07:30",
            id="a closing in the gap is an hour later",
        ),
        pytest.param(
            NEW_YORK,
            date(2026, 11, 1),
            ("01:30", "03:00"),
            "2026-11-01T05:30",
            "2026-11-01T08:00",
            id="an opening that occurs twice is the first",
        ),
        pytest.param(
            NEW_YORK,
            date(2026, 11, 1),
            ("00:00", "01:30"),
            "2026-11-01T04:00",
            "2026-11-01T05:30",
            id="a closing that occurs twice is the first",
        ),
        pytest.param(
            BERLIN,
            date(2026, 10, 25),
            ("02:00", "03:00"),
            "2026-10-25T00:00",
            "2026-10-25T02:00",
            id="the hour that occurs twice is two hours long",
        ),
        pytest.param(
            SANTIAGO,
            date(2024, 9, 8),
            ("00:00", "09:00"),
            "2024-09-08T04:00",
            "2024-09-08T12:00",
            id="a midnight that never was is one o'clock",
        ),
        pytest.param(
            SANTIAGO,
            date(2024, 9, 7),
            ("20:00", "24:00"),
            "2024-09-08T00:00",
            "2024-09-08T04:00",
            id="the end of the day before it stays where it is",
        ),
        pytest.param(
            BEIRUT,
            date(2024, 10, 26),
            ("23:30", "24:00"),
            "2024-10-26T20:30",
            "2024-10-26T22:00",
            id="the last half hour, most of it twice",
        ),
    ],
)
def test_a_bound_is_taken_through_the_zone(zone, day, window, opens, closes):
    calendar = WorkCalendar(zone, {}, special={day: [window]})
    assert calendar.windows(utc("2024-01-01T00:00"), utc("2027-01-01T00:00")) == [(utc(opens), utc(closes))]


@pytest.mark.parametrize(
    ("zone", "day", "window"),
    [
        (NEW_YORK, date(2026, 3, 8), ("02:00", "03:00")),
        (NEW_YORK, date(2026, 3, 8), ("02:30", "03:15")),
        (BERLIN, date(2026, 3, 29), ("02:00", "03:00")),
        (SANTIAGO, date(2024, 9, 8), ("00:00", "01:00")),
        (BEIRUT, date(2024, 3, 31), ("00:00", "01:00")),
    ],
)
def test_a_window_emptied_by_the_gap_disappears(zone, day, window):
    calendar = WorkCalendar(zone, {day.weekday(): [window]})
    start, end = calendar.day_bounds(day)
    assert calendar.windows(start, end) == []
    assert calendar.working_days(day, day) == 0
    assert calendar.next_open(start) > end


def test_a_window_pushed_over_the_next_one_counts_once():
    calendar = WorkCalendar(NEW_YORK, {6: [("01:00", "02:30"), ("03:00", "03:10"), ("03:20", "05:00")]})
    start, end = calendar.day_bounds(date(2026, 3, 8))
    assert calendar.windows(start, end) == [
        (utc("2026-03-08T06:00"), utc("2026-03-08T07:30")),
        (utc("2026-03-08T07:30"), utc("2026-03-08T09:00")),
    ]
    assert calendar.elapsed(start, end) == hours(3)


def test_the_date_samoa_skipped_has_no_hours_and_its_neighbours_have_theirs():
    calendar = WorkCalendar("Pacific/Apia", every_day(("09:00", "17:00")))
    assert calendar.working_days(date(2011, 12, 29), date(2011, 12, 31)) == 2
    assert calendar.due(local("2011-12-29T16:00", "Pacific/Apia"), hours(2)) == local(
        "2011-12-31T10:00", "Pacific/Apia"
    )


def test_a_question_in_the_hour_that_occurs_twice_says_which_by_its_fold():
    calendar = WorkCalendar(NEW_YORK, every_day(("00:00", "24:00")))
    first, second = (local("2026-11-01T01:30", NEW_YORK, fold=fold) for fold in (0, 1))
    assert calendar.elapsed(first, second) == hours(1)
    assert calendar.due(second, minutes(30)) == utc("2026-11-01T07:00")


@pytest.mark.parametrize("zone", [NEW_YORK, BERLIN, SANTIAGO, BEIRUT, "Asia/Kolkata", "Africa/Casablanca"])
def test_office_hours_are_eight_hours_on_every_day_of_the_year(zone):
    calendar = WorkCalendar(zone, every_day(("09:00", "17:00")))
    assert calendar.elapsed(local("2024-01-01T00:00", zone), local("2025-01-01T00:00", zone)) == hours(366 * 8)
