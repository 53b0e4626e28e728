"""Reading working calendars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from sla.domain.explanation import Explanation
from sla.domain.worktime import CalendarError, WorkCalendar
from sla.models import CalendarRevision, WorkingCalendar
from smarketing.accounts.models import User
from smarketing.lib.errors import NotFound

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A calendar with what it says now."""

    calendar: WorkingCalendar
    revision: CalendarRevision
    week: tuple[tuple[str, str], ...]


def calendar_rows(user: User) -> list[CalendarRow]:
    """All calendars that are in use, with their week in words; two queries."""
    revisions = (
        CalendarRevision.objects.visible_to(user)
        .filter(superseded_at__isnull=True, calendar__archived_at__isnull=True)
        .select_related("calendar")
        .prefetch_related("calendar__teams__team")
        .order_by("-calendar__is_default", "calendar__name")
    )
    return [CalendarRow(revision.calendar, revision, week_in_words(revision)) for revision in revisions]


def calendar_revisions(user: User, pk: int) -> QuerySet[CalendarRevision]:
    """Every revision of a calendar, latest first. Raises NotFound."""
    revisions = CalendarRevision.objects.visible_to(user).filter(calendar=pk).select_related("calendar", "created_by")
    if not revisions.exists():
        raise NotFound("There is no such calendar.")
    return revisions.order_by("-number")


def week_in_words(revision: CalendarRevision) -> tuple[tuple[str, str], ...]:
    """The days of the week with their hours: ("Monday", "09:00–12:00, 13:00–17:00")."""
    return tuple(
        (name, ", ".join(f"{opens}–{closes}" for opens, closes in revision.hours.get(str(day), [])) or "closed")
        for day, name in enumerate(WEEKDAYS)
    )


def preview(calendar: WorkCalendar, start: datetime, allowed: timedelta) -> Explanation | None:
    """How a due time would come about; None where the calendar does not reach that far."""
    try:
        return calendar.explain(start, allowed)
    except CalendarError:
        return None
