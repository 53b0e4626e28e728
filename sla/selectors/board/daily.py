"""The promises of a period day by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sla.domain.commitments import Forecast, forecast
from sla.domain.terms import months_in
from sla.domain.worktime import WorkCalendar
from sla.models import CommitmentKind
from sla.selectors.board.shapes import Board
from sla.selectors.board.whole import board
from sla.selectors.periods import Period
from sla.selectors.terms import Term
from smarketing.accounts.models import User


@dataclass(frozen=True, slots=True)
class Course:
    """The days of a period with what had come in by the end of each; None for days to come."""

    days: tuple[date, ...]
    qualified: tuple[int | None, ...]
    in_time: tuple[int | None, ...]
    pace: tuple[float, ...]
    forecast: Forecast | None
    target: float | None
    today: date


def course(user: User, period: Period, *, now: datetime, agreement_id: int | None = None) -> Course | None:
    """Both promises day by day, cumulative, against the pace by working day; None without an agreement."""
    return course_of(board(user, period, now=now, agreement_id=agreement_id), now=now)


def course_of(found: Board, *, now: datetime) -> Course | None:
    """The course behind a board, from what the board has counted."""
    version, calendar, period = found.version, found.calendar, found.period
    if version is None or calendar is None:
        return None
    volumes = [line.term for line in found.lines if line.kind == CommitmentKind.QUALIFIED_LEADS]
    days = period.days
    today = now.astimezone(ZoneInfo(period.zone)).date()
    paced = [_asked_by(day, volumes, calendar) for day in days]
    running = _cumulated(days, found.qualified_on, today)
    last = next((value for value in reversed(running) if value is not None), 0)
    return Course(
        days=tuple(days),
        qualified=running,
        in_time=_cumulated(days, found.in_time_on, today),
        pace=tuple(paced),
        forecast=forecast(last, found.elapsed) if volumes else None,
        target=paced[-1] if volumes else None,
        today=today,
    )


def _asked_by(day: date, volumes: Sequence[Term], calendar: WorkCalendar) -> float:
    """What the promises of a volume ask for by the end of a day, by working day."""
    asked = 0.0
    for term in volumes:
        begun = term.days.first_on <= day
        months = months_in(calendar.working_days, term.days.first_on, min(day, term.days.last_on)) if begun else 0.0
        asked += (term.commitment.target_count or 0) * months
    return asked


def _cumulated(days: list[date], counts: Mapping[date, int], today: date) -> tuple[int | None, ...]:
    running, found = 0, []
    for day in days:
        running += counts.get(day, 0)
        found.append(running if day <= today else None)
    return tuple(found)
