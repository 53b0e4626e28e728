"""Due and elapsed on worked examples; each names where its numbers were published."""

import copy
import pickle
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, timedelta

import pytest

from sla.domain.worktime import WorkCalendar

from .calendars import dates, every_day, hours, local, mon_to_fri, office, utc

NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    ("calendar", "start", "allowed", "due"),
    [
        pytest.param(office(), utc("2024-01-01T16:00"), hours(2), utc("2024-01-02T10:00"), id="frappe/crm tests"),
        pytest.param(
            office(),
            utc("2024-01-06T14:00"),
            hours(1),
            utc("2024-01-08T10:00"),
            id="ours, a Saturday; frappe/crm's own code gives Mon 15:00",
        ),
        pytest.param(
            office(holidays=dates("2024-01-15")),
            utc("2024-01-15T16:30"),
            hours(1),
            utc("2024-01-16T10:00"),
            id="ours, a holiday; frappe/crm's own code gives Wed 09:30",
        ),
        pytest.param(office(), utc("2024-01-19T16:30"), hours(1), utc("2024-01-22T09:30"), id="chatwoot PR 13392"),
        pytest.param(office(), utc("2024-01-15T16:00"), hours(4), utc("2024-01-16T12:00"), id="freescout issue 3756"),
        pytest.param(
            office(NEW_YORK),
            local("2026-03-06T16:00", NEW_YORK),
            hours(9),
            local("2026-03-09T17:00", NEW_YORK),
            id="MicroPyramid/Django-CRM tests, over the weekend of the clock change",
        ),
        pytest.param(
            WorkCalendar("UTC", {0: [("07:00", "12:00"), ("13:00", "18:00")]}),
            utc("2024-01-08T05:00"),
            hours(6),
            utc("2024-01-08T14:00"),
            id="working_hours gem, computation_spec",
        ),
    ],
)
def test_due_of_published_examples(calendar, start, allowed, due):
    assert calendar.due(start, allowed) == due


def test_due_with_two_pauses_as_in_zammad_ticket_sla_test():
    calendar = WorkCalendar("Europe/Berlin", every_day(("09:00", "18:00")))
    pauses = [
        (utc("2013-06-04T09:30"), utc("2013-06-04T09:45")),
        (utc("2013-06-04T10:00"), utc("2013-06-04T10:30")),
    ]
    assert calendar.due(utc("2013-06-04T09:00"), hours(2), pauses) == utc("2013-06-04T11:45")


def test_elapsed_over_a_weekend_and_a_holiday_as_in_frappe_crm_tests():
    calendar = office(holidays=dates("2024-01-15"))
    passed = calendar.elapsed(utc("2024-01-12T10:00"), utc("2024-01-16T12:00"))
    assert passed == timedelta(seconds=36_000)


class TestStart:
    @pytest.mark.parametrize(
        ("start", "due"),
        [
            pytest.param("2024-01-08T05:00", "2024-01-08T10:00", id="before opening"),
            pytest.param("2024-01-08T09:00", "2024-01-08T10:00", id="exactly at opening counts at once"),
            pytest.param("2024-01-08T17:00", "2024-01-09T10:00", id="exactly at closing: next opening"),
            pytest.param("2024-01-08T23:59", "2024-01-09T10:00", id="after closing"),
            pytest.param("2024-01-06T14:00", "2024-01-08T10:00", id="closed day, the time of day is dropped"),
        ],
    )
    def test_an_hour_starts(self, start, due):
        assert office().due(utc(start), hours(1)) == utc(due)

    def test_seconds_and_microseconds_are_kept(self):
        start = utc("2024-01-08T16:59:59.999999")
        assert office().due(start, timedelta(seconds=1)) == utc("2024-01-09T09:00:00.999999")

    def test_the_zone_of_the_question_does_not_matter_and_the_answer_is_in_utc(self):
        due = office().due(local("2024-01-08T11:00", "Europe/Berlin"), hours(1))
        assert due == utc("2024-01-08T11:00")
        assert due.tzinfo is UTC


class TestDeadlineOnClosing:
    def test_is_the_closing_instant(self):
        assert office().due(utc("2024-01-12T16:00"), hours(1)) == utc("2024-01-12T17:00")

    def test_one_second_more_is_on_the_next_working_day(self):
        allowed = hours(1) + timedelta(seconds=1)
        assert office().due(utc("2024-01-12T16:00"), allowed) == utc("2024-01-15T09:00:01")


class TestNothingAllowed:
    @pytest.mark.parametrize(
        ("start", "due"),
        [
            ("2024-01-08T10:30", "2024-01-08T10:30"),
            ("2024-01-08T09:00", "2024-01-08T09:00"),
            ("2024-01-12T17:00", "2024-01-15T09:00"),
            ("2024-01-13T10:00", "2024-01-15T09:00"),
        ],
    )
    def test_is_due_at_the_first_working_instant(self, start, due):
        assert office().due(utc(start), hours(0)) == utc(due)
        assert office().next_open(utc(start)) == utc(due)

    def test_in_a_pause_is_due_when_resumed(self):
        pause = (utc("2024-01-08T10:00"), utc("2024-01-08T11:00"))
        assert office().due(utc("2024-01-08T10:30"), hours(0), [pause]) == utc("2024-01-08T11:00")

    def test_before_a_pause_is_due_at_once(self):
        pause = (utc("2024-01-08T11:00"), None)
        assert office().due(utc("2024-01-08T10:30"), hours(0), [pause]) == utc("2024-01-08T10:30")

    def test_with_the_pause_beginning_at_the_opening_waits_for_its_end(self):
        pause = (utc("2024-01-08T09:00"), utc("2024-01-08T09:30"))
        assert office().due(utc("2024-01-08T08:00"), hours(0), [pause]) == utc("2024-01-08T09:30")


class TestOvernight:
    calendar = WorkCalendar("UTC", {0: [("22:00", "06:00")]})

    def test_runs_into_the_next_day(self):
        assert self.calendar.due(utc("2024-01-08T21:00"), hours(5)) == utc("2024-01-09T03:00")

    def test_is_kept_as_two_pieces(self):
        assert self.calendar.windows(utc("2024-01-08T00:00"), utc("2024-01-10T00:00")) == [
            (utc("2024-01-08T22:00"), utc("2024-01-09T00:00")),
            (utc("2024-01-09T00:00"), utc("2024-01-09T06:00")),
        ]

    @pytest.mark.parametrize(
        ("holiday", "left"),
        [("2024-01-08", hours(6)), ("2024-01-09", hours(2)), ("2024-01-10", hours(8))],
    )
    def test_a_holiday_removes_only_the_piece_on_its_date(self, holiday, left):
        calendar = WorkCalendar("UTC", {0: [("22:00", "06:00")]}, holidays=dates(holiday))
        assert calendar.elapsed(utc("2024-01-08T00:00"), utc("2024-01-11T00:00")) == left

    def test_of_sunday_opens_monday(self):
        calendar = WorkCalendar("UTC", {6: [("22:00", "06:00")]})
        assert calendar.next_open(utc("2024-01-08T00:00")) == utc("2024-01-08T00:00")
        assert not calendar.is_open(utc("2024-01-08T06:00"))

    def test_to_midnight_may_be_written_as_0000_or_2400(self):
        ends = [WorkCalendar("UTC", {0: [("20:00", close)]}) for close in ("00:00", "24:00")]
        for calendar in ends:
            assert calendar.windows(utc("2024-01-08T00:00"), utc("2024-01-10T00:00")) == [
                (utc("2024-01-08T20:00"), utc("2024-01-09T00:00"))
            ]

    def test_a_close_at_the_open_is_a_day_and_night(self):
        calendar = WorkCalendar("UTC", {0: [("09:00", "09:00")]})
        assert calendar.elapsed(utc("2024-01-08T00:00"), utc("2024-01-10T00:00")) == hours(24)


def test_around_the_clock_is_wall_time():
    calendar = WorkCalendar("UTC", every_day(("00:00", "24:00")))
    start = utc("2024-02-28T13:37:11")
    assert calendar.due(start, hours(100)) == start + hours(100)


class TestSpecialHours:
    def test_replace_the_hours_of_their_date(self):
        calendar = office(special={date(2024, 1, 8): [("12:00", "14:00")]})
        assert calendar.due(utc("2024-01-08T09:00"), hours(3)) == utc("2024-01-09T10:00")

    def test_win_over_a_holiday(self):
        calendar = office(holidays=dates("2024-01-08"), special={date(2024, 1, 8): [("10:00", "12:00")]})
        assert calendar.due(utc("2024-01-08T09:00"), hours(1)) == utc("2024-01-08T11:00")

    def test_open_a_closed_day(self):
        calendar = office(special={date(2024, 1, 6): [("10:00", "12:00")]})
        assert calendar.next_open(utc("2024-01-05T17:00")) == utc("2024-01-06T10:00")

    def test_without_any_window_close_the_date(self):
        calendar = office(special={date(2024, 1, 8): []})
        assert calendar.next_open(utc("2024-01-08T10:00")) == utc("2024-01-09T09:00")

    def test_replace_the_end_of_the_weekly_night_shift_too(self):
        calendar = WorkCalendar("UTC", {0: [("22:00", "06:00")]}, special={date(2024, 1, 9): [("10:00", "11:00")]})
        assert calendar.elapsed(utc("2024-01-08T00:00"), utc("2024-01-10T00:00")) == hours(3)

    def test_are_not_cut_by_breaks(self):
        day = date(2024, 1, 8)
        calendar = office(special={day: [("10:00", "14:00")]}, breaks={day: [("12:00", "13:00")]})
        assert calendar.elapsed(utc("2024-01-08T00:00"), utc("2024-01-09T00:00")) == hours(4)

    @pytest.mark.parametrize(
        ("exceptions", "tuesday"),
        [
            pytest.param({}, hours(6) + hours(8), id="beside the weekly hours of the next day"),
            pytest.param({"holidays": dates("2024-01-09")}, hours(6), id="although the next day is a holiday"),
        ],
    )
    def test_overnight_reach_into_the_next_date(self, exceptions, tuesday):
        calendar = office(special={date(2024, 1, 8): [("22:00", "06:00")]}, **exceptions)
        assert calendar.elapsed(utc("2024-01-08T00:00"), utc("2024-01-09T00:00")) == hours(2)
        assert calendar.elapsed(utc("2024-01-09T00:00"), utc("2024-01-10T00:00")) == tuesday

    def test_overnight_two_nights_running(self):
        night = [("22:00", "06:00")]
        calendar = office(special={date(2024, 1, 8): night, date(2024, 1, 9): night})
        assert calendar.elapsed(utc("2024-01-09T00:00"), utc("2024-01-10T00:00")) == hours(8)

    def test_overnight_into_hours_that_are_open_anyway_count_once(self):
        calendar = WorkCalendar("UTC", every_day(("00:00", "24:00")), special={date(2024, 1, 8): [("22:00", "06:00")]})
        assert calendar.elapsed(utc("2024-01-08T00:00"), utc("2024-01-10T00:00")) == hours(26)


class TestBreaks:
    def test_cut_a_part_out_of_a_date(self):
        calendar = office(breaks={date(2024, 1, 8): [("12:00", "13:00")]})
        assert calendar.due(utc("2024-01-08T11:00"), hours(2)) == utc("2024-01-08T14:00")
        assert calendar.due(utc("2024-01-09T11:00"), hours(2)) == utc("2024-01-09T13:00")

    @pytest.mark.parametrize(
        ("cuts", "left"),
        [
            pytest.param([("08:00", "10:00")], hours(7), id="over the opening"),
            pytest.param([("16:00", "20:00")], hours(7), id="over the closing"),
            pytest.param([("00:00", "24:00")], hours(0), id="the whole day"),
            pytest.param([("18:00", "19:00")], hours(8), id="outside"),
            pytest.param([("10:00", "12:00"), ("11:00", "13:00")], hours(5), id="overlapping count once"),
            pytest.param([("09:00", "10:00"), ("12:00", "12:30")], hours(6.5), id="two"),
        ],
    )
    def test_of_any_shape(self, cuts, left):
        calendar = office(breaks={date(2024, 1, 8): cuts})
        assert calendar.elapsed(utc("2024-01-08T00:00"), utc("2024-01-09T00:00")) == left

    def test_overnight_cut_both_dates(self):
        calendar = WorkCalendar("UTC", every_day(("00:00", "24:00")), breaks={date(2024, 1, 8): [("23:00", "02:00")]})
        assert calendar.elapsed(utc("2024-01-08T00:00"), utc("2024-01-09T00:00")) == hours(23)
        assert calendar.elapsed(utc("2024-01-09T00:00"), utc("2024-01-10T00:00")) == hours(22)


class TestPauses:
    start = utc("2024-01-08T10:00")

    @pytest.mark.parametrize(
        ("pauses", "due"),
        [
            pytest.param([("09:00", "09:30")], "2024-01-08T12:00", id="over before the start"),
            pytest.param([("09:00", "10:30")], "2024-01-08T12:30", id="created while paused"),
            pytest.param([("11:00", "11:30")], "2024-01-08T12:30", id="in the middle"),
            pytest.param([("11:00", "11:30"), ("11:10", "11:20")], "2024-01-08T12:30", id="nested once"),
            pytest.param([("11:15", "11:45"), ("11:00", "11:30")], "2024-01-08T12:45", id="overlap once"),
            pytest.param([("11:00", "11:00")], "2024-01-08T12:00", id="empty"),
            pytest.param([("12:00", "13:00")], "2024-01-08T12:00", id="from the due time on"),
            pytest.param([("12:00", None)], "2024-01-08T12:00", id="open-ended, from the due time on"),
            pytest.param([("13:00", "14:00")], "2024-01-08T12:00", id="after the due time"),
            pytest.param([("11:30", "18:00")], "2024-01-09T09:30", id="over the closing"),
        ],
    )
    def test_move_the_due_time_by_their_open_time_only(self, pauses, due):
        instants = [(utc(f"2024-01-08T{a}"), None if b is None else utc(f"2024-01-08T{b}")) for a, b in pauses]
        assert office().due(self.start, hours(2), instants) == utc(due)

    def test_over_a_weekend_cost_nothing(self):
        pause = (utc("2024-01-12T17:00"), utc("2024-01-15T09:00"))
        assert office().due(utc("2024-01-12T16:00"), hours(2), [pause]) == utc("2024-01-15T10:00")

    @pytest.mark.parametrize("allowed", [hours(0), hours(2)])
    def test_without_an_end_leave_no_due_time(self, allowed):
        assert office().due(self.start, allowed, [(self.start, None)]) is None

    def test_without_an_end_swallow_what_follows(self):
        pauses = [(utc("2024-01-08T11:00"), None), (utc("2024-01-08T11:30"), utc("2024-01-08T11:45"))]
        assert office().due(self.start, hours(2), pauses) is None
        assert office().elapsed(self.start, utc("2024-01-09T12:00"), pauses) == hours(1)

    def test_are_taken_out_of_elapsed_where_open(self):
        pauses = [(utc("2024-01-08T16:00"), utc("2024-01-09T10:00"))]
        assert office().elapsed(self.start, utc("2024-01-09T12:00"), pauses) == hours(8)

    def test_may_come_from_a_generator(self):
        pause = (utc("2024-01-08T11:00"), utc("2024-01-08T11:30"))
        assert office().due(self.start, hours(2), (p for p in [pause])) == utc("2024-01-08T12:30")
        told = office().explain(self.start, hours(2), (p for p in [pause]))
        assert told.due_at == utc("2024-01-08T12:30")


class TestElapsed:
    @pytest.mark.parametrize("end", ["2024-01-08T10:00", "2024-01-08T09:00", "2020-01-01T00:00"])
    def test_is_zero_when_the_end_is_not_after_the_start(self, end):
        assert office().elapsed(utc("2024-01-08T10:00"), utc(end)) == timedelta(0)

    def test_counts_over_many_years(self):
        # 36,524 days from a Monday on: 5,217 full weeks, then Monday to Friday.
        assert office().elapsed(utc("2001-01-01T00:00"), utc("2101-01-01T00:00")) == 26_090 * hours(8)


class TestWindows:
    def test_are_cut_at_both_ends(self):
        assert office().windows(utc("2024-01-08T10:00"), utc("2024-01-09T12:00")) == [
            (utc("2024-01-08T10:00"), utc("2024-01-08T17:00")),
            (utc("2024-01-09T09:00"), utc("2024-01-09T12:00")),
        ]

    @pytest.mark.parametrize("end", ["2024-01-08T10:00", "2024-01-07T10:00"])
    def test_of_nothing_are_none(self, end):
        assert office().windows(utc("2024-01-08T10:00"), utc(end)) == []

    def test_that_only_touch_are_left_out(self):
        assert office().windows(utc("2024-01-08T17:00"), utc("2024-01-09T09:00")) == []


@pytest.mark.parametrize(
    ("at", "is_open"),
    [("08:59:59", False), ("09:00:00", True), ("16:59:59", True), ("17:00:00", False)],
)
def test_an_opening_is_open_and_a_closing_is_closed(at, is_open):
    assert office().is_open(utc(f"2024-01-08T{at}")) is is_open


class TestWorkingDays:
    def test_counts_both_ends(self):
        assert office().working_days(date(2024, 1, 1), date(2024, 1, 31)) == 23

    def test_leaves_out_holidays_and_takes_in_special_days(self):
        calendar = office(
            holidays=dates("2024-01-01"),
            special={date(2024, 1, 6): [("10:00", "11:00")], date(2024, 1, 8): []},
        )
        assert calendar.working_days(date(2024, 1, 1), date(2024, 1, 8)) == 5

    def test_a_night_that_reaches_into_a_date_makes_it_one(self):
        calendar = WorkCalendar("UTC", {0: [("22:00", "06:00")]})
        assert calendar.working_days(date(2024, 1, 8), date(2024, 1, 14)) == 2

    def test_backwards_is_none(self):
        assert office().working_days(date(2024, 1, 8), date(2024, 1, 1)) == 0


def test_the_table_grows_in_both_directions_without_changing_an_answer():
    calendar, fresh = office("Europe/Berlin"), office("Europe/Berlin")
    questions = [f"{year}-06-12T10:00" for year in (2024, 2025, 2010, 2060, 1950, 2024)]
    answers = [calendar.due(utc(at), hours(50)) for at in questions]
    assert answers == [office("Europe/Berlin").due(utc(at), hours(50)) for at in questions]
    assert fresh.elapsed(utc("1950-01-01T00:00"), utc("2060-01-01T00:00")) == calendar.elapsed(
        utc("1950-01-01T00:00"), utc("2060-01-01T00:00")
    )


def test_many_threads_may_share_a_calendar_that_is_still_growing():
    calendar = office("Europe/Berlin")
    starts = [utc(f"{year}-06-12T10:00") for year in range(1950, 2100)]
    expected = [office("Europe/Berlin").due(start, hours(50)) for start in starts]
    order = random.Random(1).sample(range(len(starts)), len(starts))
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: (n, calendar.due(starts[n], hours(50))), order))
    assert [due for _, due in sorted(answers)] == expected


def test_travels_between_processes():
    calendar = office("Europe/Berlin", holidays=dates("2024-01-15"))
    start = utc("2024-01-12T16:00")
    due = calendar.due(start, hours(2))
    assert pickle.loads(pickle.dumps(calendar)).due(start, hours(2)) == due
    assert copy.deepcopy(calendar).due(start, hours(2)) == due


def test_names_its_zone_and_whether_it_ever_opens():
    assert office("Europe/Berlin").timezone == "Europe/Berlin"
    assert office().ever_open
    assert WorkCalendar("UTC", {}, special={date(2024, 1, 1): [("09:00", "10:00")]}).ever_open
    assert not WorkCalendar("UTC", {}, special={date(2024, 1, 1): []}).ever_open


def test_a_local_date_begins_and_ends_at_its_midnights():
    calendar = WorkCalendar(NEW_YORK, mon_to_fri(("09:00", "17:00")))
    assert calendar.day_bounds(date(2026, 3, 8)) == (utc("2026-03-08T05:00"), utc("2026-03-09T04:00"))
