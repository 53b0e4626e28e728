"""Clocks: what a time commitment on one handoff amounts to at a given moment.

Rules: section 2 of the product's semantics. Everything is worked out from recorded instants and the
calendar, so an evaluation for an earlier `now` is what was true then, and a sweep that comes late, twice or
after a crash finds the same breach at the same time: the due time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from sla.domain.worktime import Pause, WorkCalendar

_NOTHING = timedelta(0)

T = TypeVar("T")


class ClockKind(StrEnum):
    """What is promised in time; `clock_span` says from when until when each runs."""

    ACCEPT = "accept"
    FIRST_RESPONSE = "first_response"
    ATTEMPTS = "attempts"
    FEEDBACK = "feedback"
    DISPOSITION = "disposition"
    MARKETING_ANSWER = "marketing_answer"


class ClockState(StrEnum):
    """State of a clock. Breached is final, whether or not the thing was done in the end (`met_late`)."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"


SUMMARY_ORDER = (
    ClockState.BREACHED,
    ClockState.PAUSED,
    ClockState.RUNNING,
    ClockState.MET,
    ClockState.CANCELLED,
)
"""One word for several clocks: failure outranks paused, due and met (erpnext issue 28752 shows the need)."""


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


@dataclass(frozen=True, slots=True)
class LadderStep:
    """When one step of an escalation is taken: `after` the due time in working time, or at a `share` of the
    allowed working time (0.75 before, 1.5 after the due time). Raises ValueError unless exactly one is given
    and it is not negative."""

    after: timedelta | None = None
    share: float | None = None

    def __post_init__(self) -> None:
        if (self.after is None) == (self.share is None):
            raise ValueError("A step of the ladder has either an offset after the due time or a share.")
        if (self.after is not None and self.after < _NOTHING) or (self.share is not None and self.share < 0):
            raise ValueError("A step of the ladder cannot lie before the start.")


def ladder_times(
    clock: Clock, steps: Sequence[LadderStep], pauses: Iterable[Pause], calendar: WorkCalendar
) -> list[datetime | None]:
    """The instant of each step, in the order of the steps; None where a pause without an end keeps the clock
    from getting there. Offsets follow the due time a breach was recorded for, if there is one."""
    pauses = list(pauses)
    return [_ladder_time(clock, step, pauses, calendar) for step in steps]


def _ladder_time(clock: Clock, step: LadderStep, pauses: list[Pause], calendar: WorkCalendar) -> datetime | None:
    if step.share is not None:
        return warning_at(clock, pauses, calendar, step.share)
    after = step.after or _NOTHING
    if clock.breached_at is None:
        # due(due(t, n), m) = due(t, n + m), and with m = 0 the due time itself even when that is a closing.
        return calendar.due(clock.started_at, clock.allowed + after, pauses)
    return calendar.due(clock.breached_at, after, pauses) if after else clock.breached_at


def notice_at(step_at: datetime, recipient: WorkCalendar, *, urgent: bool = False) -> datetime:
    """When the notice of a step is sent: inside the recipient's hours, unless it is urgent.

    (Mails at midnight are what people complained of in zammad issue 4432.) Raises NeverOpen.
    """
    return step_at if urgent else recipient.next_open(step_at)


def summarise(states: Iterable[ClockState]) -> ClockState | None:
    """One state for several clocks, the first of SUMMARY_ORDER that occurs; None for no clocks."""
    return min(states, key=SUMMARY_ORDER.index, default=None)


def reassigned(owner_clock: Clock, at: datetime) -> tuple[Clock, Clock]:
    """The owner's clock when the handoff changes hands: the old one, cancelled, and the new owner's, which
    starts from nothing. (The team's clock never resets.) The old one keeps a breach it already had."""
    old = replace(owner_clock, cancelled_at=at) if owner_clock.is_open else owner_clock
    return old, Clock(started_at=at, allowed=owner_clock.allowed, warn_share=owner_clock.warn_share)


def reopened(clock: Clock, pauses: Iterable[Pause], at: datetime) -> tuple[Clock, list[Pause]]:
    """The clock and its pauses after a reopening: the closed time counts as a pause.

    Raises ValueError when the clock is open, or was closed after `at`.
    """
    closed_at = min((end for end in (clock.stopped_at, clock.cancelled_at) if end is not None), default=None)
    if closed_at is None:
        raise ValueError("Only a closed clock can be reopened.")
    if closed_at > at:
        raise ValueError("A clock cannot be reopened before it was closed.")
    return replace(clock, stopped_at=None, cancelled_at=None), [*pauses, (closed_at, at)]


def governing(of_commitment: T | None, of_agreement: T | None, of_team: T) -> T:
    """Which calendar applies: the commitment's, else the agreement's, else the team's."""
    if of_commitment is not None:
        return of_commitment
    return of_agreement if of_agreement is not None else of_team


@dataclass(frozen=True, slots=True)
class HandoffFacts:
    """What happened to one handoff, as far as clocks are concerned.

    attempts: outbound attempts by a person, in any order. requalified_at, recycled_at and disqualified_at:
    what became of the lead afterwards, by whichever team.
    """

    created_at: datetime
    accepted_at: datetime | None = None
    rejected_at: datetime | None = None
    attempts: tuple[datetime, ...] = ()
    rated_at: datetime | None = None
    qualified_at: datetime | None = None
    requalified_at: datetime | None = None
    recycled_at: datetime | None = None
    disqualified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClockSpan:
    """From when a clock runs, and when the promised thing was done, if it was."""

    started_at: datetime
    stopped_at: datetime | None


def clock_span(kind: ClockKind, facts: HandoffFacts, attempts_needed: int = 1) -> ClockSpan | None:
    """The table of section 2: what starts and what stops each kind of clock; None if it has not started.

    An attempt made before the handoff was accepted counts towards the attempts, so that nobody is worse off
    for calling first. Raises ValueError when fewer than one attempt is needed.
    """
    if attempts_needed < 1:
        raise ValueError("At least one attempt is needed.")
    created, accepted, rejected = facts.created_at, facts.accepted_at, facts.rejected_at
    attempts = sorted(at for at in facts.attempts if at >= created)
    match kind:
        case ClockKind.ACCEPT:
            return _span(created, accepted, rejected)
        case ClockKind.FIRST_RESPONSE:
            return _span(created, *attempts[:1])
        case ClockKind.ATTEMPTS:
            enough = attempts[attempts_needed - 1] if len(attempts) >= attempts_needed else None
            return _span(accepted, max(enough, accepted) if enough and accepted else None)
        case ClockKind.FEEDBACK:
            return _span(accepted, facts.rated_at)
        case ClockKind.DISPOSITION:
            return _span(accepted, facts.qualified_at, rejected, facts.recycled_at)
        case ClockKind.MARKETING_ANSWER:
            return _span(rejected, facts.requalified_at, facts.recycled_at, facts.disqualified_at)


def _span(started_at: datetime | None, *ends: datetime | None) -> ClockSpan | None:
    """The first end that is not before the start; what lies before it belongs to an earlier round."""
    if started_at is None:
        return None
    return ClockSpan(started_at, min((end for end in ends if end is not None and end >= started_at), default=None))


def _known(at: datetime | None, now: datetime) -> datetime | None:
    return at if at is not None and at <= now else None


def _pauses_known(pauses: Iterable[Pause], at: datetime) -> list[Pause]:
    """The pauses as they stood at the instant: one that had not ended then had no end."""
    return [(start, end if end is not None and end <= at else None) for start, end in pauses if start <= at]
