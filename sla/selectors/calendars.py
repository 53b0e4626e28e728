"""Reading working calendars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from sla.domain.explanation import Explanation
from sla.domain.worktime import CalendarError, WorkCalendar
from sla.models import AgreementVersion, CalendarRevision, Clock, TeamCalendar, WorkingCalendar
from smarketing.accounts.models import Side, Team, User
from smarketing.lib.errors import NotFound

MAX_CLOSED = 60
"""Days in a row for which a calendar may be closed before any day is as good as another."""

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


@dataclass(frozen=True, slots=True)
class TeamRow:
    """By which calendar a team's promises run. `chosen`: its own choice; `agreed`: what its agreement names first."""

    team: Team
    chosen: WorkingCalendar | None
    default: WorkingCalendar | None
    agreed: WorkingCalendar | None

    @property
    def counts(self) -> WorkingCalendar | None:
        """The one that counts for promises that name none of their own."""
        return self.agreed or self.chosen or self.default


def team_rows(user: User, *, now: datetime) -> list[TeamRow]:
    """Every team with its calendar, by side and name; four queries, however many teams."""
    if not user.roles:
        return []
    default = WorkingCalendar.objects.filter(is_default=True).first()
    chosen = {each.team_id: each.calendar for each in TeamCalendar.objects.select_related("calendar")}
    in_force = AgreementVersion.objects.in_force_at(now).select_related("agreement", "calendar")
    agreed = {version.agreement.team_id: version.calendar for version in in_force}
    return [
        TeamRow(
            team,
            chosen.get(team.pk),
            default,
            agreed[team.pk] if team.pk in agreed else agreed.get(None) if team.side == Side.SALES else None,
        )
        for team in Team.objects.all()
    ]


def team_row(user: User, team_id: int, *, now: datetime) -> TeamRow:
    """One team with its calendar. Raises NotFound."""
    found = next((row for row in team_rows(user, now=now) if row.team.pk == team_id), None)
    if found is None:
        raise NotFound("There is no such team.")
    return found


def running_clocks_of(team: Team, *, at_most: int) -> int:
    """How many promises on the team's handoffs run or stand still now, counted up to `at_most`."""
    states = (Clock.State.RUNNING, Clock.State.PAUSED)
    return Clock.objects.filter(handoff__team=team, state__in=states).order_by()[:at_most].count()


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


def default_calendar() -> WorkCalendar | None:
    """The calendar of all that names none, as it is now; None where there is none."""
    revision = CalendarRevision.objects.filter(superseded_at__isnull=True, calendar__is_default=True).first()
    return revision.to_domain() if revision else None


def working_day_from(day: date) -> date:
    """The day itself or the next one on which the default calendar is open; without a calendar Monday to Friday."""
    calendar = default_calendar()
    for ahead in range(MAX_CLOSED):
        found = day + timedelta(days=ahead)
        if calendar.working_days(found, found) if calendar else found.weekday() < 5:
            return found
    return day
