"""A due time as people read it."""

import re
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sla.domain.explanation import StepKind, span_in_words
from sla.domain.worktime import WorkCalendar

from .calendars import dates, every_day, hours, local, mon_to_fri, office, utc

BERLIN = "Europe/Berlin"


def texts(explanation):
    return [step.text for step in explanation]


def test_a_lead_on_a_saturday_with_a_lunch_break_on_monday():
    calendar = office(BERLIN, breaks={date(2024, 1, 8): [("12:00", "13:00")]})
    told = calendar.explain(local("2024-01-06T14:00", BERLIN), hours(4))
    assert str(told) == (
        "arrived Sat 6 Jan 14:00 → first working instant Mon 8 Jan 09:00 → 3 h on Mon 8 Jan, 09:00–12:00"
        " → break 12:00–13:00 skipped → 1 h on Mon 8 Jan, 13:00–14:00 → due Mon 8 Jan 14:00 (Europe/Berlin)"
    )
    assert [step.kind for step in told] == [
        StepKind.ARRIVED,
        StepKind.OPENS,
        StepKind.WORKED,
        StepKind.BREAK,
        StepKind.WORKED,
        StepKind.DUE,
    ]
    assert (told.due_at, told.timezone, told.allowed) == (utc("2024-01-08T13:00"), BERLIN, hours(4))
    assert str(told.steps[0]) == "arrived Sat 6 Jan 14:00"


def test_the_gap_between_two_windows_is_closed():
    calendar = WorkCalendar("UTC", mon_to_fri(("09:00", "12:00"), ("13:00", "17:00")))
    told = calendar.explain(utc("2024-01-08T11:00"), hours(2))
    assert "closed 12:00–13:00 skipped" in texts(told)


def test_a_holiday_is_named_and_the_weekend_is_not():
    calendar = office(holidays=dates("2024-01-15", "2024-01-20", "2024-02-01"))
    told = calendar.explain(utc("2024-01-12T16:00"), hours(2))
    assert texts(told) == [
        "arrived Fri 12 Jan 16:00",
        "1 h on Fri 12 Jan, 16:00–17:00",
        "Mon 15 Jan is a holiday",
        "1 h on Tue 16 Jan, 09:00–10:00",
        "due Tue 16 Jan 10:00 (UTC)",
    ]


def test_a_lead_on_a_holiday():
    told = office(holidays=dates("2024-01-15")).explain(utc("2024-01-15T16:30"), hours(1))
    assert texts(told)[1:3] == ["Mon 15 Jan is a holiday", "first working instant Tue 16 Jan 09:00"]


def test_pauses_say_what_was_not_counted():
    pauses = [
        (utc("2024-01-08T10:00"), utc("2024-01-08T10:30")),
        (utc("2024-01-08T16:00"), utc("2024-01-09T10:00")),
        (utc("2024-01-09T18:00"), utc("2024-01-09T19:00")),
    ]
    told = office().explain(utc("2024-01-08T09:00"), hours(15), pauses)
    assert texts(told) == [
        "arrived Mon 8 Jan 09:00",
        "1 h on Mon 8 Jan, 09:00–10:00",
        "paused 10:00–10:30 (30 min not counted)",
        "5 h 30 min on Mon 8 Jan, 10:30–16:00",
        "paused Mon 8 Jan 16:00 to Tue 9 Jan 10:00 (2 h not counted)",
        "7 h on Tue 9 Jan, 10:00–17:00",
        "paused 18:00–19:00 (outside open hours)",
        "1 h 30 min on Wed 10 Jan, 09:00–10:30",
        "due Wed 10 Jan 10:30 (UTC)",
    ]


def test_a_clock_that_stands_still_has_no_due_time():
    told = office().explain(utc("2024-01-08T09:00"), hours(8), [(utc("2024-01-08T10:00"), None)])
    assert texts(told)[1:] == [
        "1 h on Mon 8 Jan, 09:00–10:00",
        "paused since Mon 8 Jan 10:00, so not due before it is resumed (UTC)",
    ]
    assert told.due_at is None


def test_a_clock_that_was_paused_from_the_start():
    told = office().explain(utc("2024-01-08T11:00"), hours(8), [(utc("2024-01-08T10:00"), None)])
    assert texts(told) == [
        "arrived Mon 8 Jan 11:00",
        "paused since Mon 8 Jan 11:00, so not due before it is resumed (UTC)",
    ]


def test_nothing_allowed():
    told = office().explain(utc("2024-01-06T14:00:30"), hours(0))
    assert texts(told) == [
        "arrived Sat 6 Jan 14:00",
        "first working instant Mon 8 Jan 09:00",
        "due Mon 8 Jan 09:00 (UTC)",
    ]
    assert told.steps[0].exact == "arrived Sat 6 Jan 14:00:30"


def test_nights_and_changes_of_the_clocks():
    night = WorkCalendar(BERLIN, every_day(("22:00", "06:00")))
    told = night.explain(local("2026-03-28T20:00", BERLIN), hours(9))
    assert texts(told)[2:5] == [
        "7 h from Sat 28 Mar 22:00 to Sun 29 Mar 06:00 (the clocks change)",
        "closed 06:00–22:00 skipped",
        "2 h on Sun 29 Mar, 22:00–24:00",
    ]


def test_another_year_is_said():
    told = office().explain(utc("2024-12-31T16:00"), hours(2))
    assert texts(told)[-1] == "due Wed 1 Jan 2025 10:00 (UTC)"


def test_a_long_time_is_told_in_short():
    told = office().explain(utc("2024-01-08T09:00"), hours(800))
    summary = [step for step in told if step.kind is StepKind.SUMMARY]
    assert [step.text for step in summary] == ["672 h more from Thu 18 Jan 09:00 to Tue 14 May 17:00"]
    assert len(told) == 19
    assert sum((step.worked for step in told), timedelta(0)) == hours(800)


def test_spans_in_words():
    spans = [
        timedelta(0),
        timedelta(seconds=20),
        timedelta(minutes=45),
        timedelta(hours=1, minutes=30),
        timedelta(days=50, seconds=1),
    ]
    assert [span_in_words(span) for span in spans] == ["0 s", "20 s", "45 min", "1 h 30 min", "1,200 h 1 s"]


def test_parts_in_minutes_fit_the_shown_times_and_the_whole():
    told = office().explain(utc("2024-01-08T14:06:45"), hours(4))
    assert texts(told) == [
        "arrived Mon 8 Jan 14:06",
        "2 h 54 min on Mon 8 Jan, 14:06–17:00",
        "1 h 6 min on Tue 9 Jan, 09:00–10:06",
        "due Tue 9 Jan 10:06 (UTC)",
    ]
    assert [step.exact for step in told][1:3] == [
        "2 h 53 min 15 s on Mon 8 Jan, 14:06:45–17:00",
        "1 h 6 min 45 s on Tue 9 Jan, 09:00–10:06:45",
    ]


def test_a_promise_of_seconds_is_told_in_seconds():
    told = office().explain(utc("2024-01-08T14:06:45"), timedelta(seconds=90))
    assert texts(told)[1] == "1 min 30 s on Mon 8 Jan, 14:06:45–14:08:15"


@given(
    st.integers(0, 7 * 86400),
    st.integers(1, 600),
    st.lists(st.tuples(st.integers(0, 86400), st.integers(1, 7200)), max_size=3),
)
def test_shown_parts_always_sum_to_the_whole(at, allowed, pauses):
    start = utc("2024-01-01T00:00:00") + timedelta(seconds=at)
    intervals = [
        (start + timedelta(seconds=after), start + timedelta(seconds=after + length)) for after, length in pauses
    ]
    told = office().explain(start, timedelta(minutes=allowed), intervals)
    shown = sum(_minutes(step.text) for step in told if step.kind == "worked")
    assert shown == allowed
    assert sum((step.worked for step in told), timedelta(0)) == timedelta(minutes=allowed)


def _minutes(text):
    found = re.match(r"(?:(\d+) h)? ?(?:(\d+) min)?", text.replace("under 1 min", "0 min"))
    return int(found[1] or 0) * 60 + int(found[2] or 0)
