"""Working calendars: when a team can be expected to work, in revisions that never change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower

from sla.domain.worktime import WorkCalendar
from smarketing.accounts.models import validate_timezone
from smarketing.accounts.querysets import LockingQuerySet, OpenToAllQuerySet


class HasOpenWindow(Func):
    """Whether a JSON object of weekday → windows holds any window."""

    template = "jsonb_path_exists(%(expressions)s, '$.*[0]')"
    output_field = models.BooleanField()


class WorkingCalendar(models.Model):
    """A named calendar. What it says is in its current revision."""

    name = models.CharField(max_length=100)
    is_default = models.BooleanField(
        default=False, help_text="Used where neither a commitment, the agreement nor the team names one."
    )
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = OpenToAllQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="calendar_name_unique_ci"),
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="calendar_one_default"),
            models.CheckConstraint(condition=~Q(name=""), name="calendar_name_given"),
            models.CheckConstraint(
                condition=Q(archived_at__isnull=True) | Q(is_default=False), name="calendar_default_not_archived"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def current(self) -> CalendarRevision:
        """What the calendar says now."""
        return self.revisions.get(superseded_at__isnull=True)

    def to_domain(self) -> WorkCalendar:
        """The pure calendar of the current revision."""
        return self.current.to_domain()


class CalendarRevision(models.Model):
    """What a calendar said from one correction to the next.

    Never changed, so that a closed clock's due time can be explained for ever by the hours that gave it.
    hours: weekday "0" (Monday) to "6" → pairs of "HH:MM". holidays: ISO date → name. special and breaks:
    ISO date → pairs.
    """

    calendar = models.ForeignKey(WorkingCalendar, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    timezone = models.CharField(max_length=64, validators=[validate_timezone])
    hours = models.JSONField()
    holidays = models.JSONField(default=dict, blank=True)
    special = models.JSONField(default=dict, blank=True)
    breaks = models.JSONField(default=dict, blank=True)
    why = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = OpenToAllQuerySet.as_manager()

    class Meta:
        ordering = ["calendar", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "number"], name="calendar_revision_number_unique"),
            models.UniqueConstraint(
                fields=["calendar"], condition=Q(superseded_at__isnull=True), name="calendar_one_current_revision"
            ),
            models.CheckConstraint(condition=HasOpenWindow(F("hours")), name="calendar_has_open_window"),
            models.CheckConstraint(
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gte=F("created_at")),
                name="calendar_revision_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calendar} {self.number}"

    def to_domain(self) -> WorkCalendar:
        """The pure calendar. Kept by id: a revision never changes, and its table of windows is worth keeping."""
        return calendar_of_revision(self.pk) if self.pk else self.build()

    def build(self) -> WorkCalendar:
        """The pure calendar, made anew. Raises `CalendarError` where it makes no sense."""
        return calendar_from(self.timezone, self.hours, self.holidays, self.special, self.breaks)


class TeamCalendar(models.Model):
    """The calendar that a team works by."""

    team = models.OneToOneField("accounts.Team", on_delete=models.CASCADE, related_name="working_calendar")
    calendar = models.ForeignKey(WorkingCalendar, on_delete=models.PROTECT, related_name="teams")

    objects = LockingQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.team}: {self.calendar}"


def calendar_from(
    timezone: str,
    hours: Mapping[str, Sequence[Sequence[str]]],
    holidays: Mapping[str, str] | None = None,
    special: Mapping[str, Sequence[Sequence[str]]] | None = None,
    breaks: Mapping[str, Sequence[Sequence[str]]] | None = None,
) -> WorkCalendar:
    """The pure calendar from what a revision stores. Raises `CalendarError` (a ValueError)."""

    def dated(days: Mapping[str, Any] | None) -> dict[date, Any]:
        return {date.fromisoformat(day): windows for day, windows in (days or {}).items()}

    return WorkCalendar(
        timezone,
        {int(weekday): windows for weekday, windows in hours.items()},
        holidays=dated(holidays),
        special=dated(special),
        breaks=dated(breaks),
    )


@lru_cache(maxsize=256)
def calendar_of_revision(pk: int) -> WorkCalendar:
    """The pure calendar of a revision by its id, read once."""
    return CalendarRevision.objects.get(pk=pk).build()
