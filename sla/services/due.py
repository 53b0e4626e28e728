"""When a clock warns, falls due and takes its next step: the calendar asked for one row."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from sla.domain.worktime import Pause, WorkCalendar
from sla.models import Clock, EscalationStep


def closed_pauses(clock: Clock) -> list[Pause]:
    """The pauses of a clock, for the calendar. Uses `clock.pauses`, prefetched or not."""
    return [(pause.started_at, pause.ended_at) for pause in clock.pauses.all()]


def warn_after(allowed: timedelta, share: Decimal) -> timedelta:
    """The working time after which to warn, in whole seconds."""
    return timedelta(seconds=round(allowed.total_seconds() * float(share)))


def due_and_warning(clock: Clock, calendar: WorkCalendar) -> tuple[datetime, datetime]:
    """Due time and warning time of a clock whose pauses have all ended; needs its commitment loaded."""
    pauses = closed_pauses(clock) if clock.pk else []
    due_at = calendar.due(clock.started_at, clock.allowed, pauses)
    warn_at = calendar.due(clock.started_at, warn_after(clock.allowed, clock.commitment.warn_share), pauses)
    if due_at is None or warn_at is None:
        raise ValueError("A paused clock has no due time.")
    return due_at, min(warn_at, due_at)


def step_time(step: EscalationStep, due_at: datetime, calendar: WorkCalendar) -> datetime:
    """When a step of the ladder is due; the first rung without delay is the due time itself."""
    return calendar.due(due_at, step.after) if step.after else due_at
