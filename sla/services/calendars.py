"""Publishing and correcting working calendars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from sla.domain.worktime import CalendarError, WorkCalendar
from sla.events import CalendarCreated, CalendarRevised, ClockDueChanged, TeamCalendarSet
from sla.models import CalendarRevision, Clock, TeamCalendar, WorkingCalendar
from sla.models.calendars import calendar_from
from sla.permissions import can_edit_calendars, can_set_team_calendar
from sla.selectors.handoffs import handoff_parties
from sla.services.due import due_and_warning
from smarketing.accounts.models import Team, User
from smarketing.accounts.permissions import require
from smarketing.activity.bus import publish, publish_many
from smarketing.lib.errors import Invalid, NotFound

Windows = Sequence[Sequence[str]]

WEEKDAYS = frozenset("0123456")
DEFAULT = "the default"
NAMED_AT_MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """What a calendar says. Weekday "0" (Monday) to "6" → windows; ISO date → name or windows."""

    timezone: str
    hours: Mapping[str, Windows]
    holidays: Mapping[str, str] = field(default_factory=dict)
    special: Mapping[str, Windows] = field(default_factory=dict)
    breaks: Mapping[str, Windows] = field(default_factory=dict)


def check_hours(content: Hours) -> WorkCalendar:
    """The pure calendar, or Invalid with a sentence: what makes no sense, or is never open, is not published."""
    if strange := sorted(set(content.hours) - WEEKDAYS):
        text = f"A weekday is a number from 0 (Monday) to 6 (Sunday), not “{strange[0]}”."
        raise Invalid(text, code="bad_window", fields={"hours": [text]})
    try:
        calendar = calendar_from(content.timezone, content.hours, content.holidays, content.special, content.breaks)
    except CalendarError as error:
        name = "timezone" if error.code == "unknown_timezone" else "hours"
        raise Invalid(str(error), code=error.code, fields={name: [str(error)]}) from error
    except (ValueError, TypeError, AttributeError) as error:
        raise Invalid(f"The calendar cannot be read: {error}", code="bad_window") from error
    if not any(content.hours.values()):
        text = "A calendar without any open window cannot be published: no promise would ever fall due."
        raise Invalid(text, code="calendar_never_open", fields={"hours": [text]})
    return calendar


@transaction.atomic
def create_calendar(
    *, name: str, content: Hours, is_default: bool = False, actor: User, now: datetime
) -> WorkingCalendar:
    """Publishes a calendar. The first one, and one made the default, is used where nobody names another.

    Raises NotAllowed, Invalid.
    """
    require(can_edit_calendars, actor)
    check_hours(content)
    name = name.strip()
    if not name:
        raise Invalid("Give the calendar a name.", fields={"name": ["Give the calendar a name."]})
    is_default = is_default or not WorkingCalendar.objects.filter(is_default=True).exists()
    if is_default:
        WorkingCalendar.objects.filter(is_default=True).update(is_default=False)
    try:
        with transaction.atomic():
            calendar = WorkingCalendar.objects.create(name=name, is_default=is_default, created_at=now)
    except IntegrityError as error:
        text = f"There is a calendar named “{name}” already."
        raise Invalid(text, code="calendar_name_taken", fields={"name": [text]}) from error
    _add_revision(calendar, 1, content, why="", actor=actor, now=now)
    publish(CalendarCreated(calendar_id=calendar.pk, name=calendar.name), actor=actor, at=now)
    return calendar


@transaction.atomic
def revise_calendar(
    calendar_id: int, *, content: Hours, why: str, late_allowed: bool = False, actor: User, now: datetime
) -> CalendarRevision:
    """Corrects a calendar. Open clocks follow (`recompute_open_clocks`); what is closed keeps its result.

    A missed promise stays missed, so a correction that makes open promises late at once has to be meant:
    `late_allowed`. Returns the current revision, which is the old one where nothing changed. Raises NotAllowed,
    NotFound, Invalid (`promises_become_late` among others).
    """
    require(can_edit_calendars, actor)
    calendar = WorkingCalendar.objects.visible_to(actor).lock(calendar_id)
    hours = check_hours(content)
    old: CalendarRevision = calendar.current
    if _said(old) == _content(content):
        return old
    if not why.strip():
        text = "Say why the calendar changes: due times of open promises will move."
        raise Invalid(text, code="reason_missing", fields={"why": [text]})
    if not late_allowed:
        _refuse_lateness(calendar, hours, now)
    old.superseded_at = max(now, old.created_at)
    old.save(update_fields=["superseded_at"])
    revision = _add_revision(calendar, old.number + 1, content, why=why.strip(), actor=actor, now=old.superseded_at)
    publish(
        CalendarRevised(
            calendar_id=calendar.pk, name=calendar.name, why=revision.why, old=_said(old), new=_said(revision)
        ),
        actor=actor,
        at=now,
    )
    return revision


@transaction.atomic
def set_team_calendar(team_id: int, *, calendar_id: int | None, actor: User, now: datetime) -> TeamCalendar | None:
    """Says by which calendar a team works, for clocks that start from now on; None: by the default again.

    Clocks that run keep the calendar by which they started. The same again changes nothing. Publishes TeamCalendarSet.
    Raises NotFound, NotAllowed, Invalid (no such calendar).
    """
    team = Team.objects.select_for_update(no_key=True).filter(pk=team_id).first()
    if team is None:
        raise NotFound("There is no such team.")
    require(can_set_team_calendar, actor, team)
    chosen = TeamCalendar.objects.filter(team=team).select_related("calendar").first()
    if calendar_id == (chosen.calendar_id if chosen else None):
        return chosen
    old = chosen.calendar.name if chosen else DEFAULT
    if calendar_id is None:
        TeamCalendar.objects.filter(team=team).delete()
        chosen, new = None, DEFAULT
    else:
        calendar = WorkingCalendar.objects.filter(pk=calendar_id, archived_at__isnull=True).first()
        if calendar is None:
            text = "There is no such working calendar."
            raise Invalid(text, code="calendar_unknown", fields={"calendar": [text]})
        chosen, _ = TeamCalendar.objects.update_or_create(team=team, defaults={"calendar": calendar})
        new = calendar.name
    publish(TeamCalendarSet(team_id=team.pk, team=team.name, calendar=new, old=old), actor=actor, at=now)
    return chosen


def recompute_open_clocks(*, now: datetime, chunk: int = 1000) -> int:
    """Moves open clocks from corrected revisions to the current ones, chunk by chunk, each its own transaction.

    Returns how many clocks were moved. Safe to interrupt and to run twice: a moved clock is not found again.
    """
    moved = 0
    for revision in CalendarRevision.objects.filter(superseded_at__isnull=False).order_by("pk"):
        if not _open_on(revision).exists():
            continue
        current = CalendarRevision.objects.get(calendar=revision.calendar_id, superseded_at__isnull=True)
        while done := _recompute_chunk(revision, current, now=now, chunk=chunk):
            moved += done
    return moved


def _refuse_lateness(calendar: WorkingCalendar, hours: WorkCalendar, now: datetime) -> None:
    """Raises Invalid where these hours would make promises late that are not late now."""
    running = (
        Clock.objects.filter(calendar_revision__calendar=calendar, state=Clock.State.RUNNING, due_at__gte=now)
        .select_related("commitment", "handoff__lead")
        .prefetch_related("pauses")
        .order_by("due_at", "pk")
    )
    # The team's clock and the owner's are one promise, and a lead is named once.
    promises: dict[int, tuple[str, dict[str, None]]] = {}
    for clock in running.iterator(chunk_size=1000):
        if due_and_warning(clock, hours)[0] < now:
            _, kinds = promises.setdefault(clock.handoff_id, (clock.handoff.lead.label, {}))
            kinds[clock.get_kind_display().lower()] = None
    if not promises:
        return
    late = sum(len(kinds) for _, kinds in promises.values())
    named = [f"{lead} ({', '.join(kinds)})" for lead, kinds in list(promises.values())[:NAMED_AT_MOST]]
    more = f" and {len(promises) - NAMED_AT_MOST} more" if len(promises) > NAMED_AT_MOST else ""
    count = "1 promise that is" if late == 1 else f"{late} promises that are"
    text = (
        f"By these hours {count} not late now would have been missed already: {', '.join(named)}{more}. What is missed"
        " stays missed, even if the hours are corrected again. Tick the box if that is meant."
    )
    raise Invalid(text, code="promises_become_late", fields={"late_allowed": [text]})


def _open_on(revision: CalendarRevision) -> Any:
    return Clock.objects.filter(calendar_revision=revision, state__in=[Clock.State.RUNNING, Clock.State.PAUSED])


@transaction.atomic
def _recompute_chunk(revision: CalendarRevision, current: CalendarRevision, *, now: datetime, chunk: int) -> int:
    clocks = list(
        _open_on(revision)
        .select_for_update(of=("self",))
        .select_related("commitment")
        .prefetch_related("pauses")
        .order_by("pk")[:chunk]
    )
    calendar = current.to_domain()
    changed: list[tuple[Clock, datetime]] = []
    for clock in clocks:
        clock.calendar_revision = current
        if clock.state == Clock.State.RUNNING:
            old = clock.due_at
            clock.due_at, clock.warn_at = due_and_warning(clock, calendar)
            if clock.due_at != old:
                changed.append((clock, old))
    Clock.objects.bulk_update(clocks, ["calendar_revision", "due_at", "warn_at"])
    parties = handoff_parties(clock.handoff_id for clock, _ in changed)
    publish_many(
        [
            ClockDueChanged(
                clock_id=clock.pk,
                handoff_id=clock.handoff_id,
                lead_id=parties[clock.handoff_id].lead_id,
                promise=clock.commitment.sentence(),
                old=old,
                new=clock.due,
                calendar_revision_id=current.pk,
            )
            for clock, old in changed
        ],
        actor=None,
        at=now,
    )
    return len(clocks)


def _add_revision(
    calendar: WorkingCalendar, number: int, content: Hours, *, why: str, actor: User, now: datetime
) -> CalendarRevision:
    return CalendarRevision.objects.create(
        calendar=calendar, number=number, why=why, created_by=actor, created_at=now, **_content(content)
    )


def _content(content: Hours) -> dict[str, Any]:
    def windows(days: Mapping[str, Windows]) -> dict[str, list[list[str]]]:
        return {str(day): [list(pair) for pair in pairs] for day, pairs in sorted(days.items())}

    return {
        "timezone": content.timezone,
        "hours": {day: pairs for day, pairs in windows(content.hours).items() if pairs},
        "holidays": dict(sorted(content.holidays.items())),
        "special": windows(content.special),
        "breaks": {day: pairs for day, pairs in windows(content.breaks).items() if pairs},
    }


def _said(revision: CalendarRevision) -> dict[str, Any]:
    return {name: getattr(revision, name) for name in ("timezone", "hours", "holidays", "special", "breaks")}
