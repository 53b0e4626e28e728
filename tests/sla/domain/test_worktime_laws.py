"""Laws that hold for every calendar, and a second opinion by looking at every minute.

Calendars and instants are drawn around changes of the clocks, where arithmetic of this kind goes wrong.
"""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sla.domain.worktime import OverlappingWindows, WorkCalendar

from .calendars import DAY, MINUTE, MinuteByMinute, every_day, hours, office, utc

ZONES = (
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "America/Santiago",
    "Asia/Beirut",
    "America/Havana",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "Pacific/Apia",
)
CHANGES = (
    date(2026, 3, 8),
    date(2026, 11, 1),
    date(2024, 3, 31),
    date(2024, 10, 27),
    date(2024, 4, 7),
    date(2024, 9, 8),
    date(2024, 10, 6),
    date(2011, 12, 30),
    date(2024, 12, 31),
)
REACH = 7 * DAY

clock_times = st.integers(0, 1439 // 15).map(lambda n: f"{n * 15 // 60:02d}:{n * 15 % 60:02d}")
closings = st.one_of(clock_times, st.just("24:00"))
pairs = st.tuples(clock_times, closings)


def without_overlaps(fits, entries):
    """The entries (key, pair) as key → pairs, leaving out what would overlap what is there already."""
    kept = {}
    for key, pair in entries:
        wider = kept | {key: [*kept.get(key, []), pair]}
        try:
            fits(wider)
        except OverlappingWindows:
            continue
        kept = wider
    return kept


@st.composite
def situations(draw, ever_open=False):
    """A calendar with its slow counterpart (for dates near a change of the clocks), and that change."""
    zone, change = draw(st.sampled_from(ZONES)), draw(st.sampled_from(CHANGES))
    nearby = st.integers(-5, 5).map(lambda n: change + n * DAY)
    weekly = without_overlaps(
        lambda hours: WorkCalendar("UTC", hours),
        draw(st.lists(st.tuples(st.integers(0, 6), pairs), min_size=1 if ever_open else 0, max_size=12)),
    )
    special = {day: [] for day in draw(st.sets(nearby, max_size=1))}
    special |= without_overlaps(
        lambda hours: WorkCalendar("UTC", {}, special=hours),
        draw(st.lists(st.tuples(nearby, pairs), max_size=4)),
    )
    breaks = draw(st.dictionaries(nearby, st.lists(pairs, max_size=2), max_size=2))
    holidays = draw(st.sets(nearby, max_size=3))
    calendar = WorkCalendar(zone, weekly, holidays, special, breaks)

    def slow():
        return MinuteByMinute(zone, weekly, holidays, special, breaks, change - REACH, change + REACH)

    return calendar, slow, change


def calendars():
    """A calendar that is open every week, with exceptions around a change of the clocks."""
    return situations(ever_open=True).map(lambda situation: (situation[0], situation[2]))


def instants(change, step=MINUTE):
    start = datetime.combine(change, datetime.min.time(), tzinfo=UTC) - 5 * DAY
    return st.integers(0, 10 * DAY // step).map(lambda n: start + n * step)


any_step = timedelta(microseconds=1_234_567)
spans = st.integers(0, 80 * 3600 * 10**6).map(lambda us: timedelta(microseconds=us))


@st.composite
def pause_lists(draw, change, step=MINUTE, open_ended=True):
    found = []
    for _ in range(draw(st.integers(0, 3))):
        a, b = sorted([draw(instants(change, step)), draw(instants(change, step))])
        found.append((a, None if open_ended and draw(st.integers(0, 5)) == 0 else b))
    return found


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_every_answer_is_what_looking_at_every_minute_gives(data):
    calendar, slow, change = data.draw(situations())
    slow = slow()
    start, end = data.draw(instants(change)), data.draw(instants(change))
    pauses = data.draw(pause_lists(change))
    allowed = MINUTE * data.draw(st.integers(0, 3000))

    assert calendar.elapsed(start, end) == slow.elapsed(start, end)
    assert calendar.elapsed(start, end, pauses) == slow.elapsed(start, end, pauses)
    assert calendar.is_open(start) == slow.is_open(start)
    expected = slow.due(start, allowed, pauses)
    if expected is not None:
        assert calendar.due(start, allowed, pauses) == expected
    elif any(pause_end is None for _, pause_end in pauses):
        assert calendar.due(start, allowed, pauses) is None


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_what_is_due_has_elapsed(data):
    calendar, change = data.draw(calendars())
    start, allowed = data.draw(instants(change, any_step)), data.draw(spans)
    pauses = data.draw(pause_lists(change, any_step))
    due = calendar.due(start, allowed, pauses)
    if due is None:
        assert any(end is None for _, end in pauses)
    else:
        assert due >= start
        assert calendar.elapsed(start, due, pauses) == allowed


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_due_is_monotone_in_the_start_and_in_what_is_allowed(data):
    calendar, change = data.draw(calendars())
    first, second = sorted([data.draw(instants(change, any_step)), data.draw(instants(change, any_step))])
    less, more = sorted([data.draw(spans), data.draw(spans)])
    assert calendar.due(first, less) <= calendar.due(second, less)
    assert calendar.due(first, less) <= calendar.due(first, more)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_time_may_be_allowed_in_two_parts(data):
    calendar, change = data.draw(calendars())
    start, first = data.draw(instants(change, any_step)), data.draw(spans)
    # A second part of nothing would move a deadline on a closing to the next opening, by the rule for zero.
    second = data.draw(spans) + timedelta(microseconds=1)
    pauses = data.draw(pause_lists(change, any_step, open_ended=False))
    assert calendar.due(calendar.due(start, first, pauses), second, pauses) == calendar.due(
        start, first + second, pauses
    )


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_elapsed_is_additive(data):
    calendar, change = data.draw(calendars())
    a, b, c = sorted(data.draw(instants(change, any_step)) for _ in range(3))
    pauses = data.draw(pause_lists(change, any_step))
    assert calendar.elapsed(a, c, pauses) == calendar.elapsed(a, b, pauses) + calendar.elapsed(b, c, pauses)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_windows_add_up_to_elapsed_and_do_not_overlap(data):
    calendar, change = data.draw(calendars())
    a, b = data.draw(instants(change, any_step)), data.draw(instants(change, any_step))
    windows = calendar.windows(a, b)
    assert sum((closes - opens for opens, closes in windows), timedelta(0)) == calendar.elapsed(a, b)
    bounds = [instant for window in windows for instant in window]
    assert bounds == sorted(bounds)
    assert all(opens < closes for opens, closes in windows)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_pause_never_makes_a_due_time_earlier(data):
    calendar, change = data.draw(calendars())
    start, allowed = data.draw(instants(change, any_step)), data.draw(spans)
    pauses = data.draw(pause_lists(change, any_step, open_ended=False))
    assert calendar.due(start, allowed, pauses) >= calendar.due(start, allowed)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_the_explanation_accounts_for_all_of_the_time(data):
    calendar, change = data.draw(calendars())
    start, allowed = data.draw(instants(change, any_step)), data.draw(spans)
    pauses = data.draw(pause_lists(change, any_step))
    told = calendar.explain(start, allowed, pauses)
    assert told.due_at == calendar.due(start, allowed, pauses)
    counted = sum((step.worked for step in told), timedelta(0))
    if told.due_at is not None:
        assert counted == allowed
    else:
        assert counted <= allowed
    assert len(told) <= 30


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_arrays_give_what_single_questions_give(data):
    calendar, change = data.draw(calendars())
    starts = data.draw(st.lists(instants(change, any_step), min_size=1, max_size=20))
    allowed = [data.draw(st.one_of(spans, st.just(timedelta(0)))) for _ in starts]
    due = [calendar.due(start, span) for start, span in zip(starts, allowed, strict=True)]

    in_us = np.array([microseconds(start) for start in starts])
    spans_us = np.array([span // timedelta(microseconds=1) for span in allowed])
    due_us = WorkCalendar.due_array(calendar, in_us, spans_us)
    assert due_us.dtype == np.int64
    assert due_us.tolist() == [microseconds(at) for at in due]
    assert calendar.elapsed_array(in_us, due_us).tolist() == spans_us.tolist()

    numpy_starts = in_us.astype("datetime64[us]")
    assert calendar.due_array(numpy_starts, spans_us.astype("timedelta64[us]")).tolist() == [
        at.replace(tzinfo=None) for at in due
    ]


def microseconds(instant):
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


class TestArrays:
    starts = np.array(["2024-01-05T16:30", "2024-01-06T14:00"], dtype="datetime64[s]")

    def test_in_seconds(self):
        in_seconds = self.starts.astype(np.int64)
        due = office().due_array(in_seconds, 3600, unit="s")
        assert due.astype("datetime64[s]").tolist() == [
            datetime(2024, 1, 8, 9, 30),
            datetime(2024, 1, 8, 10),
        ]
        assert office().elapsed_array(in_seconds, due, unit="s").tolist() == [3600, 3600]

    def test_in_numpy_times_with_one_span(self):
        due = office().due_array(self.starts, hours(1))
        assert due.dtype == np.dtype("datetime64[us]")
        passed = office().elapsed_array(self.starts, due)
        assert passed.dtype == np.dtype("timedelta64[us]")
        assert passed.tolist() == [hours(1), hours(1)]

    def test_with_one_start_and_many_spans(self):
        spans = np.array([0, 60, 120], dtype="timedelta64[m]")
        due = office().due_array(self.starts[1], spans)
        assert due.astype("datetime64[h]").astype(str).tolist() == [
            "2024-01-08T09",
            "2024-01-08T10",
            "2024-01-08T11",
        ]

    def test_backwards_has_not_elapsed(self):
        passed = office().elapsed_array(self.starts[::-1], self.starts)
        assert passed.tolist() == [timedelta(0), timedelta(minutes=30)]

    @pytest.mark.parametrize("dtype", [np.int64, "datetime64[us]", float])
    def test_empty_is_empty(self, dtype):
        nothing = np.array([], dtype=dtype)
        assert office().due_array(nothing, hours(1)).size == 0
        assert office().elapsed_array(nothing, nothing).size == 0

    def test_grow_the_table_as_far_as_the_longest_needs(self):
        due = office().due_array(self.starts, np.array([1, 40 * 52 * 30], dtype="timedelta64[h]"))
        assert due[1].item().replace(tzinfo=UTC) == office().due(utc("2024-01-06T14:00"), hours(40 * 52 * 30))


@example(seconds=0)
@given(seconds=st.integers(0, 10**9))
def test_around_the_clock_working_time_is_time(seconds):
    calendar = WorkCalendar("Europe/Berlin", every_day(("00:00", "24:00")))
    start = utc("2024-01-01T00:00")
    assert calendar.due(start, timedelta(seconds=seconds)) == start + timedelta(seconds=seconds)
