"""Commitments over a period: what share was kept, whether the pace holds, where it will end.

Rules: section 3 of the product's design ("attainment, pace") and sections 2 ("Compliance") and 6 ("Pace",
"Zero committed") of its semantics. Nothing due is "no data" and nothing committed is "no commitment": both
are None or a status of their own here, never 0 %, 100 % or infinity.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import accumulate
from math import sqrt
from statistics import NormalDist

from sla.domain.clocks import ClockState, ClockView
from sla.domain.worktime import WorkCalendar

Number = int | float | Decimal

AT_RISK_FROM = 0.9
"""At or above this pace, but below 1, a commitment is at risk; below it is behind. Ours; nobody publishes one."""

BAND = 0.8
"""How likely the end is to lie within a forecast's band, if the period goes on as it went. Ours."""

_ROUNDING = 1e-9


# Time commitments


@dataclass(frozen=True, slots=True)
class Tally:
    """Clocks of a commitment by what became of them.

    kept: on time. late: answered after the due time, or cancelled after it had breached. open_past_due: not
    answered, and due. open_not_due: running or paused; counts neither way yet. cancelled: counts neither way.
    """

    kept: int = 0
    late: int = 0
    open_past_due: int = 0
    open_not_due: int = 0
    cancelled: int = 0

    @property
    def due(self) -> int:
        """How many the share is of."""
        return self.kept + self.late + self.open_past_due

    @property
    def share(self) -> float | None:
        """See `attainment`."""
        return attainment(self.kept, self.late, self.open_past_due)


def tally(views: Iterable[ClockView]) -> Tally:
    """Count evaluated clocks."""
    counts = {"kept": 0, "late": 0, "open_past_due": 0, "open_not_due": 0, "cancelled": 0}
    for view in views:
        counts[_place(view)] += 1
    return Tally(**counts)


def _place(view: ClockView) -> str:
    match view.state:
        case ClockState.MET:
            return "kept"
        case ClockState.BREACHED:
            return "open_past_due" if view.ended_at is None else "late"
        case ClockState.CANCELLED:
            return "cancelled"
        case ClockState.RUNNING | ClockState.PAUSED:
            return "open_not_due"


def attainment(kept: int, late: int, open_past_due: int) -> float | None:
    """Compliance: on time ÷ (on time + late + still open past due), 0 to 1; None for "no data".

    What is open and not yet due does not count. (Semantics, section 2. To leave out what is open and past
    due would reward never answering.) Raises ValueError for a negative count.
    """
    _check_counts(kept, late, open_past_due)
    due = kept + late + open_past_due
    return kept / due if due else None


def adjusted(kept: int, late: int, open_past_due: int, waived: int) -> float | None:
    """Compliance without the breaches that the other side has waived; shown beside the raw share, never
    instead of it (semantics, section 2).

    A waived breach counts neither as kept nor as missed: excusing is not the same as keeping. Ours. None for
    "no data", also when everything that was due was waived. Raises ValueError for a negative count, or when
    more is waived than was breached.
    """
    _check_counts(kept, late, open_past_due, waived)
    if waived > late + open_past_due:
        raise ValueError("More breaches are waived than there are.")
    due = kept + late + open_past_due - waived
    return kept / due if due else None


def _check_counts(*counts: int) -> None:
    if any(count < 0 for count in counts):
        raise ValueError("A count cannot be negative.")


# Period commitments


class PaceStatus(StrEnum):
    """How a commitment of a period stands, for people to act on."""

    ON_PACE = "on_pace"
    AT_RISK = "at_risk"
    BEHIND = "behind"
    NO_DATA = "no_data"
    NO_COMMITMENT = "no_commitment"


@dataclass(frozen=True, slots=True)
class Pace:
    """A period commitment at one moment.

    attainment: actual ÷ committed. pace: attainment ÷ elapsed share; 1 is exactly on pace. expected: what
    the pace asks for by now. gap: actual − expected. None where there is nothing to divide by.
    """

    status: PaceStatus
    attainment: float | None = None
    pace: float | None = None
    expected: float | None = None
    gap: float | None = None


def pace(actual: Number, committed: Number, elapsed_share: float | None, at_risk_from: float = AT_RISK_FROM) -> Pace:
    """Whether a volume promised for a period is on the way to being reached.

    actual, committed: in the same unit. elapsed_share: of the period's working time, 0 to 1 (see
    `elapsed_share`); None for a period without any. Nothing committed is "no commitment"; nothing elapsed is
    "no data". At the end of the period there is no risk left: reached or behind.

    Raises ValueError for a negative promise or a share outside 0 to 1.
    """
    goal, done = float(committed), float(actual)
    if goal < 0:
        raise ValueError("A committed volume cannot be negative.")
    _check_share(elapsed_share)
    if goal == 0:
        return Pace(PaceStatus.NO_COMMITMENT)
    reached = done / goal
    if not elapsed_share:
        return Pace(PaceStatus.NO_DATA, attainment=reached)
    expected = goal * elapsed_share
    share = reached / elapsed_share
    over = elapsed_share >= 1
    return Pace(_status(share, 1.0 if over else at_risk_from), reached, share, expected, done - expected)


def rate_pace(hits: int, of: int, committed_rate: float, at_risk_from: float = AT_RISK_FROM) -> Pace:
    """The same for a promised rate, such as a win rate: time plays no part, `pace` is measured ÷ promised.

    hits, of: won and decided, say. expected and gap are in hits. Raises ValueError for counts that cannot be.
    """
    _check_hits(hits, of)
    if committed_rate < 0:
        raise ValueError("A committed rate cannot be negative.")
    if committed_rate == 0:
        return Pace(PaceStatus.NO_COMMITMENT)
    if of == 0:
        return Pace(PaceStatus.NO_DATA)
    share = hits / of / committed_rate
    expected = of * committed_rate
    return Pace(_status(share, at_risk_from), share, share, expected, hits - expected)


def _status(share: float, at_risk_from: float) -> PaceStatus:
    # Shares of working days are seldom exact in binary; 3 of 10 at 0.3 of the time is on pace.
    if share >= 1 - _ROUNDING:
        return PaceStatus.ON_PACE
    return PaceStatus.AT_RISK if share >= at_risk_from - _ROUNDING else PaceStatus.BEHIND


def elapsed_share(calendar: WorkCalendar, first_on: date, last_on: date, now: datetime) -> float | None:
    """How much of a period (local dates, both included) has passed, 0 to 1, counted in working days.

    Every working day weighs the same, however long its hours; today counts with the part of its open time
    that has passed, so that the pace does not jump at midnight. None when the period has no working day.
    """
    total = calendar.working_days(first_on, last_on)
    if not total:
        return None
    today = now.astimezone(calendar.zone).date()
    if today < first_on:
        return 0.0
    if today > last_on:
        return 1.0
    begins, ends = calendar.day_bounds(today)
    open_today = calendar.elapsed(begins, ends)
    part = calendar.elapsed(begins, now) / open_today if open_today else 0.0
    return (calendar.working_days(first_on, today - timedelta(days=1)) + part) / total


def waterfall(actual_by_day: Sequence[Number], committed: Number, working: Sequence[bool]) -> list[float]:
    """Per day, how far the sum so far lies above (+) or below (−) the pace: goal ÷ working days, day by day.

    actual_by_day: from the first day of the period, as many days as are known. working: for every day of the
    period, whether it is a working day. (Semantics, section 6, "Pace".)
    Raises ValueError when there are more days than the period has. Empty for a period without working days.
    """
    if len(actual_by_day) > len(working):
        raise ValueError("There are more days than the period has.")
    total = sum(working)
    if not total:
        return []
    a_day = float(committed) / total
    gaps = (float(actual) - a_day * works for actual, works in zip(actual_by_day, working, strict=False))
    return list(accumulate(gaps))


# Forecasts


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where a period will end if it goes on as it went, and a band around that; see BAND."""

    expected: float
    low: float
    high: float


def forecast(actual: int, elapsed_share: float | None, band: float = BAND) -> Forecast | None:
    """The end of a period for something that is counted: actual ÷ elapsed share (linear run-rate).

    The band takes events to come by chance at a steady rate, itself known only from what was counted so far
    (Poisson with a Jeffreys prior, hence the half event): with k events in share s, the rest has variance
    (k + ½)(1 − s) ÷ s². Wide early, closed at the end, never below what is there already. None for "no data".

    Raises ValueError for a negative count, or a share or band that is none.
    """
    _check_counts(actual)
    _check_share(elapsed_share)
    if not elapsed_share:
        return None
    left = 1 - elapsed_share
    spread = _deviations(band) * sqrt((actual + 0.5) * left) / elapsed_share
    rest = actual * left / elapsed_share
    return Forecast(actual + rest, actual + max(rest - spread, 0.0), actual + rest + spread)


def _deviations(band: float) -> float:
    if not 0 < band < 1:
        raise ValueError("A band is a share between 0 and 1.")
    return NormalDist().inv_cdf((1 + band) / 2)


def _check_share(share: float | None) -> None:
    if share is not None and not 0 <= share <= 1:
        raise ValueError("The elapsed share is from 0 to 1.")


def _check_hits(hits: int, of: int) -> None:
    _check_counts(hits, of)
    if hits > of:
        raise ValueError("There cannot be more hits than there were attempts.")
