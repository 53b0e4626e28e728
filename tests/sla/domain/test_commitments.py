"""Attainment, pace and forecast of commitments."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.domain.clocks import Clock, evaluate
from sla.domain.commitments import (
    Forecast,
    Pace,
    PaceStatus,
    Tally,
    adjusted,
    attainment,
    elapsed_share,
    forecast,
    pace,
    rate_pace,
    tally,
    waterfall,
)
from sla.domain.worktime import WorkCalendar

from .calendars import dates, hours, office, utc

counts = st.integers(0, 10_000)


class TestAttainment:
    @pytest.mark.parametrize(
        ("kept", "late", "open_past_due", "share"),
        [
            (8, 2, 0, 0.8),
            (8, 1, 1, 0.8),
            (5, 0, 0, 1.0),
            (0, 3, 0, 0.0),
            (0, 0, 3, 0.0),
            (0, 0, 0, None),
        ],
    )
    def test_is_on_time_of_all_that_was_due_and_no_data_when_nothing_was(self, kept, late, open_past_due, share):
        assert attainment(kept, late, open_past_due) == share

    @given(counts, counts, counts)
    def test_is_a_share_or_no_data(self, kept, late, open_past_due):
        share = attainment(kept, late, open_past_due)
        assert (share is None) == (kept + late + open_past_due == 0)
        assert share is None or 0 <= share <= 1

    @pytest.mark.parametrize("counted", [(-1, 0, 0), (0, -1, 0), (0, 0, -1)])
    def test_refuses_negative_counts(self, counted):
        with pytest.raises(ValueError, match="negative"):
            attainment(*counted)


class TestAdjusted:
    @pytest.mark.parametrize(
        ("counted", "waived", "share"),
        [
            ((8, 2, 0), 0, 0.8),
            ((8, 2, 0), 2, 1.0),
            ((6, 3, 1), 2, 0.75),
            ((0, 2, 0), 2, None),
            ((0, 0, 0), 0, None),
        ],
    )
    def test_leaves_waived_breaches_out(self, counted, waived, share):
        assert adjusted(*counted, waived) == share

    @given(counts, counts, counts, st.data())
    def test_is_never_below_the_raw_share(self, kept, late, open_past_due, data):
        waived = data.draw(st.integers(0, late + open_past_due))
        share = adjusted(kept, late, open_past_due, waived)
        assert share is None or share >= attainment(kept, late, open_past_due)

    def test_refuses_more_waivers_than_breaches(self):
        with pytest.raises(ValueError, match="More breaches"):
            adjusted(5, 1, 1, 3)

    def test_refuses_negative_counts(self):
        with pytest.raises(ValueError, match="negative"):
            adjusted(5, 1, 1, -1)


class TestTally:
    start = utc("2024-01-08T10:00")

    def view(self, pauses=(), **facts):
        clock = Clock(started_at=self.start, allowed=hours(2), **facts)
        return evaluate(clock, pauses, office(), utc("2024-01-08T15:00"))

    def test_puts_every_clock_in_one_place(self):
        soon, late = self.start + hours(1), self.start + hours(3)
        views = [
            self.view(stopped_at=soon),
            self.view(stopped_at=late),
            self.view(cancelled_at=late),
            self.view(),
            self.view(pauses=[(soon, None)]),
            self.view(cancelled_at=soon),
            evaluate(Clock(self.start, hours(8)), (), office(), self.start),
        ]
        counted = tally(views)
        assert counted == Tally(kept=1, late=2, open_past_due=1, open_not_due=2, cancelled=1)
        assert (counted.due, counted.share) == (4, 0.25)

    def test_of_nothing_has_no_data(self):
        assert tally([]) == Tally()
        assert Tally().share is None

    def test_of_what_is_only_open_has_no_data(self):
        assert tally([self.view(pauses=[(self.start, None)])]).share is None


class TestPace:
    def test_relates_what_is_done_to_what_should_be_by_now(self):
        assert pace(60, 100, 0.5) == Pace(PaceStatus.ON_PACE, attainment=0.6, pace=1.2, expected=50.0, gap=10.0)

    @pytest.mark.parametrize(
        ("actual", "elapsed", "status"),
        [
            (50, 0.5, PaceStatus.ON_PACE),
            (49, 0.5, PaceStatus.AT_RISK),
            (45, 0.5, PaceStatus.AT_RISK),
            (44, 0.5, PaceStatus.BEHIND),
            (0, 0.1, PaceStatus.BEHIND),
            (7, 0.07, PaceStatus.ON_PACE),
            (100, 1.0, PaceStatus.ON_PACE),
            (99, 1.0, PaceStatus.BEHIND),
        ],
    )
    def test_has_a_status(self, actual, elapsed, status):
        assert pace(actual, 100, elapsed).status is status

    @pytest.mark.parametrize("actual", [0, 5, Decimal("12.50")])
    @pytest.mark.parametrize("elapsed", [None, 0.0, 0.5, 1.0])
    def test_of_nothing_promised_is_no_commitment(self, actual, elapsed):
        assert pace(actual, 0, elapsed) == Pace(PaceStatus.NO_COMMITMENT)

    @pytest.mark.parametrize("elapsed", [None, 0.0])
    def test_of_no_time_has_no_data(self, elapsed):
        assert pace(5, 100, elapsed) == Pace(PaceStatus.NO_DATA, attainment=0.05)

    def test_takes_money(self):
        result = pace(Decimal("45000.00"), Decimal("160000.00"), 0.25)
        assert (result.status, result.pace, result.gap) == (PaceStatus.ON_PACE, 1.125, 5000.0)

    @pytest.mark.parametrize("share", [-0.1, 1.1])
    def test_refuses_a_share_that_is_none(self, share):
        with pytest.raises(ValueError, match="from 0 to 1"):
            pace(1, 1, share)

    def test_refuses_a_negative_promise(self):
        with pytest.raises(ValueError, match="negative"):
            pace(1, -1, 0.5)

    @given(st.integers(0, 1000), st.integers(1, 1000), st.floats(0.01, 1))
    def test_is_attainment_divided_by_the_elapsed_share(self, actual, committed, elapsed):
        result = pace(actual, committed, elapsed)
        assert result.pace == pytest.approx(result.attainment / elapsed)
        assert result.gap == pytest.approx(actual - committed * elapsed)


class TestRatePace:
    @pytest.mark.parametrize(
        ("hits", "of", "status"),
        [
            (10, 40, PaceStatus.ON_PACE),
            (9, 40, PaceStatus.AT_RISK),
            (8, 40, PaceStatus.BEHIND),
            (0, 0, PaceStatus.NO_DATA),
        ],
    )
    def test_relates_the_measured_rate_to_the_promised_one(self, hits, of, status):
        assert rate_pace(hits, of, 0.25).status is status

    def test_says_how_many_are_missing(self):
        assert rate_pace(8, 40, 0.25) == Pace(PaceStatus.BEHIND, 0.8, 0.8, 10.0, -2.0)

    def test_of_nothing_promised_is_no_commitment(self):
        assert rate_pace(5, 10, 0) == Pace(PaceStatus.NO_COMMITMENT)

    @pytest.mark.parametrize(("hits", "of", "rate"), [(2, 1, 0.5), (-1, 1, 0.5), (1, 2, -0.5)])
    def test_refuses_what_cannot_be(self, hits, of, rate):
        with pytest.raises(ValueError, match=r"negative|more hits"):
            rate_pace(hits, of, rate)


class TestElapsedShare:
    first, last = date(2024, 1, 8), date(2024, 1, 19)

    @pytest.mark.parametrize(
        ("now", "share"),
        [
            pytest.param("2024-01-07T12:00", 0.0, id="not begun"),
            pytest.param("2024-01-08T09:00", 0.0, id="begun this minute"),
            pytest.param("2024-01-08T13:00", 0.05, id="half of the first day"),
            pytest.param("2024-01-08T20:00", 0.1, id="the first evening"),
            pytest.param("2024-01-14T12:00", 0.5, id="the weekend between"),
            pytest.param("2024-01-19T17:00", 1.0, id="the last closing"),
            pytest.param("2024-02-01T12:00", 1.0, id="over"),
        ],
    )
    def test_counts_working_days(self, now, share):
        assert elapsed_share(office(), self.first, self.last, utc(now)) == pytest.approx(share)

    def test_leaves_holidays_out(self):
        calendar = office(holidays=dates("2024-01-08", "2024-01-09"))
        assert elapsed_share(calendar, self.first, self.last, utc("2024-01-12T17:00")) == 3 / 8

    def test_takes_the_day_of_the_calendar(self):
        assert elapsed_share(office("Pacific/Auckland"), self.first, self.last, utc("2024-01-08T00:00")) == 0.05

    def test_of_a_period_without_working_days_is_none(self):
        assert elapsed_share(office(), date(2024, 1, 6), date(2024, 1, 7), utc("2024-01-06T12:00")) is None
        assert elapsed_share(WorkCalendar("UTC", {}), self.first, self.last, utc("2024-01-10T12:00")) is None

    @settings(deadline=None)
    @given(st.integers(0, 15 * 1440), st.integers(0, 15 * 1440))
    def test_never_goes_back(self, one, other):
        start = utc("2024-01-07T00:00")
        before, after = (start + timedelta(minutes=n) for n in sorted([one, other]))
        calendar = office("America/New_York")
        assert elapsed_share(calendar, self.first, self.last, before) <= elapsed_share(
            calendar, self.first, self.last, after
        )


class TestWaterfall:
    def test_is_the_sum_of_what_was_done_less_the_pace(self):
        working = [True, True, False, False, True, True, True]
        assert waterfall([3, 1, 1, 0, 0], 10, working) == [1.0, 0.0, 1.0, 1.0, -1.0]

    def test_ends_at_what_is_missing(self):
        assert waterfall([1, 2, 3], 10, [True, True, False])[-1] == pytest.approx(-4)

    def test_without_working_days_is_empty(self):
        assert waterfall([1], 10, [False, False]) == []

    def test_refuses_more_days_than_the_period_has(self):
        with pytest.raises(ValueError, match="more days"):
            waterfall([1, 2], 10, [True])


class TestForecast:
    def test_is_a_linear_run_rate(self):
        assert forecast(30, 0.25).expected == 120.0

    @pytest.mark.parametrize("elapsed", [None, 0.0])
    def test_has_no_data_before_the_period(self, elapsed):
        assert forecast(0, elapsed) is None

    def test_is_certain_at_the_end(self):
        assert forecast(30, 1.0) == Forecast(30.0, 30.0, 30.0)

    def test_of_nothing_so_far_is_not_certain(self):
        result = forecast(0, 0.5)
        assert (result.expected, result.low) == (0.0, 0.0)
        assert result.high > 1

    def test_narrows_with_time(self):
        widths = [end.high - end.low for end in (forecast(round(100 * s), s) for s in (0.2, 0.5, 0.8))]
        assert widths == sorted(widths, reverse=True)

    @given(counts, st.floats(0.01, 1))
    def test_lies_in_its_band_and_not_below_what_is_there(self, actual, elapsed):
        result = forecast(actual, elapsed)
        assert actual <= result.low <= result.expected <= result.high

    def test_band_holds_as_often_as_it_says(self):
        chance = np.random.default_rng(7)
        share, rate, periods = 0.4, 50, 4000
        so_far, rest = chance.poisson(rate * share, periods), chance.poisson(rate * (1 - share), periods)
        bands = [forecast(int(count), share) for count in so_far]
        held = [band.low <= end <= band.high for band, end in zip(bands, so_far + rest, strict=True)]
        assert 0.77 <= np.mean(held) <= 0.83

    @pytest.mark.parametrize(("actual", "share", "band"), [(-1, 0.5, 0.8), (1, 1.5, 0.8), (1, 0.5, 0.0), (1, 0.5, 1.0)])
    def test_refuses_what_cannot_be(self, actual, share, band):
        with pytest.raises(ValueError, match=r"negative|0 to 1|between 0 and 1"):
            forecast(actual, share, band)
