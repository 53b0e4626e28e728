"""Clocks: states, lateness, warnings. Monday 8 January 2024 unless another day is named."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.domain.clocks import (
    Clock,
    ClockState,
    evaluate,
    notice_at,
    warning_at,
)

from .calendars import MINUTE, hours, minutes, office, utc

OFFICE = office()
NONE = timedelta(0)


def at(text):
    return utc(f"2024-01-08T{text}" if len(text) <= 8 else text)


# Four hours from 10:00, so due at 14:00 and warned at 13:00.
CLOCK = Clock(started_at=at("10:00"), allowed=hours(4))


def stopped(when, **changes):
    return replace(CLOCK, stopped_at=at(when), **changes)


def pause(start, end=None):
    return (at(start), None if end is None else at(end))


class TestRunning:
    def test_shows_what_is_left(self):
        view = evaluate(CLOCK, (), OFFICE, at("11:00"))
        assert view.state is ClockState.RUNNING
        assert (view.due_at, view.warn_at) == (at("14:00"), at("13:00"))
        assert (view.used, view.remaining, view.used_share) == (hours(1), hours(3), 0.25)
        assert (view.late_by, view.breached_at, view.met_at, view.ended_at) == (NONE, None, None, None)
        assert not view.warning
        assert not view.met_late

    def test_before_its_start_has_used_nothing(self):
        view = evaluate(CLOCK, (), OFFICE, at("09:00"))
        assert (view.state, view.used, view.remaining) == (ClockState.RUNNING, NONE, hours(4))

    @pytest.mark.parametrize(("now", "warning"), [("12:59:59", False), ("13:00", True), ("14:00", True)])
    def test_warns_from_the_share_on(self, now, warning):
        assert evaluate(CLOCK, (), OFFICE, at(now)).warning is warning

    def test_at_the_due_time_is_not_breached_yet(self):
        view = evaluate(CLOCK, (), OFFICE, at("14:00"))
        assert (view.state, view.remaining, view.used_share) == (ClockState.RUNNING, NONE, 1.0)

    def test_over_night_spends_nothing(self):
        clock = Clock(started_at=at("16:00"), allowed=hours(2))
        view = evaluate(clock, (), OFFICE, at("2024-01-09T08:00"))
        assert (view.state, view.remaining, view.due_at) == (
            ClockState.RUNNING,
            hours(1),
            at("2024-01-09T10:00"),
        )

    @pytest.mark.parametrize(("now", "share"), [("2024-01-06T12:00", 0.0), ("2024-01-08T09:00", 1.0)])
    def test_with_nothing_allowed_is_used_up_at_the_first_working_instant(self, now, share):
        clock = Clock(started_at=at("2024-01-06T10:00"), allowed=NONE)
        view = evaluate(clock, (), OFFICE, at(now))
        assert (view.state, view.due_at, view.used_share) == (ClockState.RUNNING, at("09:00"), share)


class TestMet:
    @pytest.mark.parametrize("answered", ["10:00", "13:59:59", "14:00"])
    def test_until_the_due_time(self, answered):
        view = evaluate(stopped(answered), (), OFFICE, at("2024-02-01T12:00"))
        assert (view.state, view.met_at, view.met_late) == (ClockState.MET, at(answered), False)
        assert (view.late_by, view.breached_at, view.due_at) == (NONE, None, at("14:00"))

    def test_on_the_closing_instant_is_on_time(self):
        clock = Clock(started_at=at("16:00"), allowed=hours(1), stopped_at=at("17:00"))
        assert evaluate(clock, (), OFFICE, at("18:00")).state is ClockState.MET

    def test_keeps_what_was_left(self):
        view = evaluate(stopped("12:00"), (), OFFICE, at("2024-02-01T12:00"))
        assert (view.used, view.remaining, view.used_share) == (hours(2), hours(2), 0.5)

    def test_while_paused_is_on_time(self):
        view = evaluate(stopped("15:00"), [pause("12:00", "2024-01-10T12:00")], OFFICE, at("2024-02-01T12:00"))
        assert (view.state, view.used, view.due_at) == (ClockState.MET, hours(2), None)

    def test_stays_met_when_cancelled_afterwards(self):
        clock = stopped("12:00", cancelled_at=at("12:30"))
        assert evaluate(clock, (), OFFICE, at("13:00")).state is ClockState.MET

    def test_is_not_known_before_it_happened(self):
        assert evaluate(stopped("12:00"), (), OFFICE, at("11:00")).state is ClockState.RUNNING


class TestBreached:
    def test_without_an_answer_lateness_grows(self):
        view = evaluate(CLOCK, (), OFFICE, at("2024-01-09T10:00"))
        assert (view.state, view.breached_at, view.late_by) == (ClockState.BREACHED, at("14:00"), hours(4))
        assert (view.remaining, view.used_share, view.met_late) == (NONE, 2.0, False)

    def test_met_late_keeps_both_facts(self):
        view = evaluate(stopped("14:30"), (), OFFICE, at("2024-02-01T12:00"))
        assert (view.state, view.met_late, view.met_at) == (ClockState.BREACHED, True, at("14:30"))
        assert (view.breached_at, view.late_by) == (at("14:00"), minutes(30))

    def test_late_by_is_working_time(self):
        clock = Clock(started_at=at("2024-01-05T16:00"), allowed=hours(1), stopped_at=at("2024-01-06T12:00"))
        view = evaluate(clock, (), OFFICE, at("12:00"))
        assert (view.state, view.met_late, view.late_by) == (ClockState.BREACHED, True, NONE)

    @pytest.mark.parametrize(
        "clock",
        [
            pytest.param(replace(CLOCK, cancelled_at=at("15:00")), id="cancelled afterwards"),
            pytest.param(stopped("15:00"), id="met afterwards"),
            pytest.param(stopped("16:00", cancelled_at=at("15:00")), id="both"),
        ],
    )
    def test_once_breached_stays_breached(self, clock):
        view = evaluate(clock, (), OFFICE, at("2024-01-09T12:00"))
        assert (view.state, view.breached_at, view.late_by) == (ClockState.BREACHED, at("14:00"), hours(1))

    def test_outranks_a_later_pause_which_only_stops_the_lateness(self):
        view = evaluate(CLOCK, [pause("15:00")], OFFICE, at("2024-01-09T12:00"))
        assert (view.state, view.due_at, view.late_by) == (ClockState.BREACHED, at("14:00"), hours(1))

    def test_on_record_stays_when_the_calendar_is_corrected(self):
        clock = replace(CLOCK, breached_at=at("14:00"))
        with_holiday = office(special={at("12:00").date(): []})
        view = evaluate(clock, (), with_holiday, at("2024-01-09T10:00"))
        assert (view.state, view.due_at, view.remaining) == (ClockState.BREACHED, at("14:00"), NONE)
        assert view.late_by == hours(1)
        assert evaluate(CLOCK, (), with_holiday, at("2024-01-09T10:00")).state is ClockState.RUNNING

    def test_on_record_is_not_known_before_it_happened(self):
        clock = replace(CLOCK, breached_at=at("14:00"))
        assert evaluate(clock, (), OFFICE, at("13:00")).state is ClockState.RUNNING


class TestPaused:
    def test_has_no_due_time_no_warning_and_no_breach(self):
        view = evaluate(CLOCK, [pause("13:30")], OFFICE, at("2024-01-12T12:00"))
        assert (view.state, view.due_at, view.warn_at) == (ClockState.PAUSED, None, None)
        assert (view.used, view.remaining, view.warning) == (hours(3.5), minutes(30), False)

    def test_does_not_know_when_it_will_end(self):
        view = evaluate(CLOCK, [pause("11:00", "12:00")], OFFICE, at("11:30"))
        assert (view.state, view.due_at) == (ClockState.PAUSED, None)

    def test_does_not_know_that_it_will_begin(self):
        view = evaluate(CLOCK, [pause("11:00", "12:00")], OFFICE, at("10:30"))
        assert (view.state, view.due_at) == (ClockState.RUNNING, at("14:00"))

    def test_resumed_is_due_later(self):
        view = evaluate(CLOCK, [pause("11:00", "12:00")], OFFICE, at("12:00"))
        assert (view.state, view.due_at, view.warn_at) == (ClockState.RUNNING, at("15:00"), at("14:00"))

    def test_from_the_start_waits_to_be_resumed(self):
        created_while_paused = [pause("09:00", "12:00")]
        assert evaluate(CLOCK, created_while_paused, OFFICE, at("11:00")).state is ClockState.PAUSED
        view = evaluate(CLOCK, created_while_paused, OFFICE, at("12:30"))
        assert (view.state, view.due_at, view.used) == (ClockState.RUNNING, at("16:00"), minutes(30))


class TestCancelled:
    def test_counts_neither_way(self):
        view = evaluate(replace(CLOCK, cancelled_at=at("12:00")), (), OFFICE, at("2024-02-01T12:00"))
        assert (view.state, view.breached_at, view.met_at) == (ClockState.CANCELLED, None, None)
        assert (view.used, view.late_by, view.ended_at) == (hours(2), NONE, at("12:00"))

    def test_is_not_met_by_what_comes_afterwards(self):
        view = evaluate(stopped("13:00", cancelled_at=at("12:00")), (), OFFICE, at("2024-02-01T12:00"))
        assert (view.state, view.met_at) == (ClockState.CANCELLED, None)


class TestWarning:
    def test_is_at_a_share_of_working_time(self):
        clock = Clock(started_at=at("16:00"), allowed=hours(4), warn_share=0.5)
        assert warning_at(clock, (), OFFICE) == at("2024-01-09T10:00")
        assert warning_at(clock, (), OFFICE, share=0.25) == at("17:00")

    def test_moves_with_pauses(self):
        assert warning_at(CLOCK, [pause("12:00", "12:30")], OFFICE) == at("13:30")
        assert warning_at(CLOCK, [pause("12:00")], OFFICE) is None

    @pytest.mark.parametrize("share", [-0.1, 1.1])
    def test_share_is_from_nothing_to_all(self, share):
        with pytest.raises(ValueError, match="from 0 to 1"):
            Clock(started_at=at("10:00"), allowed=hours(1), warn_share=share)

    def test_share_asked_for_is_not_negative(self):
        with pytest.raises(ValueError, match="negative"):
            warning_at(CLOCK, (), OFFICE, share=-0.5)


def test_a_clock_cannot_allow_less_than_nothing():
    with pytest.raises(ValueError, match="negative"):
        Clock(started_at=at("10:00"), allowed=-MINUTE)


START = at("2024-01-05T08:00")
moments = st.integers(0, 7 * 24 * 60).map(lambda n: START + n * MINUTE)


@st.composite
def clocks(draw):
    ends = {name: draw(st.one_of(st.none(), moments)) for name in ("stopped_at", "cancelled_at")}
    return Clock(started_at=draw(moments), allowed=MINUTE * draw(st.integers(0, 1500)), **ends)


@st.composite
def pauses_of_a_clock(draw):
    found = []
    for _ in range(draw(st.integers(0, 3))):
        first, second = sorted([draw(moments), draw(moments)])
        found.append((first, second if draw(st.booleans()) else None))
    return found


@settings(max_examples=150, deadline=None)
@given(clocks(), pauses_of_a_clock(), moments)
def test_every_view_is_consistent(clock, pauses, now):
    view = evaluate(clock, pauses, OFFICE, now)
    assert view.late_by >= NONE
    assert view.remaining >= NONE
    assert view.used >= NONE
    assert (view.breached_at is not None) == (view.state is ClockState.BREACHED)
    if view.state is ClockState.PAUSED:
        assert view.due_at is view.warn_at is None
    elif view.state is ClockState.RUNNING:
        assert view.used + view.remaining == clock.allowed
        assert view.due_at is not None
        assert view.due_at >= now
    elif view.state is ClockState.BREACHED:
        assert view.breached_at == view.due_at
        assert view.breached_at < now
    if view.met_late:
        assert view.met_at > view.due_at


@settings(max_examples=150, deadline=None)
@given(clocks(), pauses_of_a_clock(), moments, moments)
def test_what_is_met_cancelled_or_breached_stays_so_whenever_one_looks(clock, pauses, now, other):
    earlier, later = (evaluate(clock, pauses, OFFICE, moment) for moment in sorted([now, other]))
    if earlier.state in {ClockState.MET, ClockState.CANCELLED}:
        assert later == earlier
    if earlier.state is ClockState.BREACHED:
        assert (later.state, later.breached_at) == (ClockState.BREACHED, earlier.breached_at)
        assert later.late_by >= earlier.late_by


@settings(max_examples=150, deadline=None)
@given(clocks(), pauses_of_a_clock(), moments)
def test_a_pause_never_makes_a_clock_due_earlier(clock, pauses, now):
    without, with_pauses = evaluate(clock, (), OFFICE, now), evaluate(clock, pauses, OFFICE, now)
    if with_pauses.due_at is not None:
        assert with_pauses.due_at >= without.due_at
    if with_pauses.state is ClockState.BREACHED:
        assert without.state is ClockState.BREACHED


@pytest.mark.parametrize(
    ("step", "told"), [("11:00", "11:00"), ("20:00", "2024-01-09T09:00"), ("2024-01-12T23:00", "2024-01-15T09:00")]
)
def test_notice_waits_for_the_recipients_hours(step, told):
    assert notice_at(at(step), OFFICE) == at(told)
