"""Clocks: what a time commitment on one handoff amounts to at a given moment.

Rules: section 2 of the product's semantics. Everything is worked out from recorded instants and the
calendar, so an evaluation for an earlier `now` is what was true then, and a sweep that comes late, twice or
after a crash finds the same breach at the same time: the due time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sla.domain.worktime import Pause, WorkCalendar

_NOTHING = timedelta(0)


class ClockState(StrEnum):
    """State of a clock. Breached is final, whether or not the thing was done in the end (`met_late`)."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Clock:
    """The recorded facts of one clock, without its pauses.

    allowed: working time. stopped_at: when the promised thing was done. cancelled_at: when the commitment
    stopped to apply. breached_at: the due time that a breach was recorded for; it stays when a corrected
    calendar would give another. warn_share: share of the allowed working time after which a warning is due.

    Raises ValueError when `allowed` is negative or `warn_share` is not from 0 to 1.
    """

    started_at: datetime
    allowed: timedelta
    stopped_at: datetime | None = None
    cancelled_at: datetime | None = None
    breached_at: datetime | None = None
    warn_share: float = 0.75

    def __post_init__(self) -> None:
        if self.allowed < _NOTHING:
            raise ValueError("The allowed time cannot be negative.")
        if not 0 <= self.warn_share <= 1:
            raise ValueError("The share for the warning is from 0 to 1.")

    @property
    def is_open(self) -> bool:
        """Neither done nor cancelled. Only open clocks are recomputed when a calendar is corrected."""
        return self.stopped_at is None and self.cancelled_at is None


@dataclass(frozen=True, slots=True)
class ClockView:
    """A clock as it stands at one moment. Instants in UTC, spans in working time.

    due_at, warn_at: None while paused. remaining: never negative, zero once breached. used_share: used ÷
    allowed, above 1 when late. late_by: from the due time to the answer or, without one, to the moment of
    looking; never negative, and zero for an answer that came late but before the next opening.
    breached_at: the due time, if breached. ended_at: done or cancelled. warning: running and past `warn_at`.
    """

    state: ClockState
    due_at: datetime | None
    warn_at: datetime | None
    used: timedelta
    used_share: float
    remaining: timedelta
    late_by: timedelta
    breached_at: datetime | None
    met_at: datetime | None
    ended_at: datetime | None
    met_late: bool
    warning: bool


def evaluate(clock: Clock, pauses: Iterable[Pause], calendar: WorkCalendar, now: datetime) -> ClockView:
    """How the clock stands at `now`; facts later than `now` are not known yet.

    Late is strictly after the due time: a clock looked at, or answered, at that very instant is not late.
    Raises what the calendar raises (sla.domain.worktime.CalendarError).
    """
    stopped_at = _known(clock.stopped_at, now)
    cancelled_at = _known(clock.cancelled_at, now)
    if stopped_at is not None and cancelled_at is not None:
        # Whatever came first has closed the clock; what came later found it closed.
        if stopped_at <= cancelled_at:
            cancelled_at = None
        else:
            stopped_at = None
    end = stopped_at or cancelled_at or now
    known = _pauses_known(pauses, end)
    recorded = _known(clock.breached_at, now)
    due_at = recorded or calendar.due(clock.started_at, clock.allowed, known)
    breached = recorded is not None or (due_at is not None and end > due_at)
    if breached:
        state = ClockState.BREACHED
    elif stopped_at is not None:
        state = ClockState.MET
    elif cancelled_at is not None:
        state = ClockState.CANCELLED
    elif any(until is None for _, until in known):
        state = ClockState.PAUSED
    else:
        state = ClockState.RUNNING
    warn_at = None if state is ClockState.PAUSED else warning_at(clock, known, calendar)
    used = calendar.elapsed(clock.started_at, end, known)
    if clock.allowed:
        used_share = used / clock.allowed
    else:
        used_share = 1.0 if due_at is not None and end >= due_at else 0.0
    return ClockView(
        state=state,
        due_at=None if state is ClockState.PAUSED else due_at,
        warn_at=warn_at,
        used=used,
        used_share=used_share,
        remaining=_NOTHING if breached else max(clock.allowed - used, _NOTHING),
        late_by=calendar.elapsed(due_at, end, known) if breached and due_at is not None else _NOTHING,
        breached_at=due_at if breached else None,
        met_at=stopped_at,
        ended_at=stopped_at or cancelled_at,
        met_late=breached and stopped_at is not None,
        warning=state is ClockState.RUNNING and warn_at is not None and warn_at <= now,
    )


def warning_at(
    clock: Clock, pauses: Iterable[Pause], calendar: WorkCalendar, share: float | None = None
) -> datetime | None:
    """When the given share (the clock's own, if not given) of the allowed working time is used up.

    None while the clock is paused before that. Raises ValueError when the share is negative.
    """
    share = clock.warn_share if share is None else share
    if share < 0:
        raise ValueError("A share of the allowed time cannot be negative.")
    return calendar.due(clock.started_at, clock.allowed * share, pauses)


def notice_at(step_at: datetime, recipient: WorkCalendar) -> datetime:
    """When the notice of a step is sent: inside the recipient's hours, not at midnight. Raises NeverOpen."""
    return recipient.next_open(step_at)


def _known(at: datetime | None, now: datetime) -> datetime | None:
    return at if at is not None and at <= now else None


def _pauses_known(pauses: Iterable[Pause], at: datetime) -> list[Pause]:
    """The pauses as they stood at the instant: one that had not ended then had no end."""
    return [(start, end if end is not None and end <= at else None) for start, end in pauses if start <= at]
