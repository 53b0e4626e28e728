"""Pages of working calendars."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now

from sla.forms.calendars import CalendarForm, TeamCalendarForm
from sla.permissions import can_edit_calendars, can_set_team_calendar, can_view_sla
from sla.selectors.calendars import (
    calendar_revisions,
    calendar_rows,
    preview,
    running_clocks_of,
    team_row,
    team_rows,
)
from sla.services.calendars import check_hours, create_calendar, revise_calendar, set_team_calendar
from smarketing.accounts.models import Organisation
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.web.render import render_page

COUNTED_AT_MOST = 1000


def calendars(request: AuthenticatedRequest) -> HttpResponse:
    """The calendars by which promises are measured."""
    require(can_view_sla, request.user)
    context = {
        "rows": calendar_rows(request.user),
        "teams": [(row, can_set_team_calendar(request.user, row.team)) for row in team_rows(request.user, now=now())],
        "may_edit": can_edit_calendars(request.user),
    }
    return render_page(request, "sla/calendar_list.html", context)


def team_calendar(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """By which calendar a team works, and what another one means for promises that run."""
    row = team_row(request.user, pk, now=now())
    require(can_set_team_calendar, request.user, row.team)
    form = TeamCalendarForm(request.POST or None, initial={"calendar": row.chosen}, default=row.default)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["calendar"]
        set_team_calendar(pk, calendar_id=chosen.pk if chosen else None, actor=request.user, now=now())
        messages.success(request, f"{row.team} works by {chosen or 'the default calendar'} from now on.")
        return redirect("sla:calendar-list")
    running = running_clocks_of(row.team, at_most=COUNTED_AT_MOST)
    context = {"form": form, "row": row, "running": running, "more": running == COUNTED_AT_MOST}
    status = 422 if form.errors else 200
    return render_page(request, "sla/team_calendar.html", context, partial="dialog", status=status)


def calendar_create(request: AuthenticatedRequest) -> HttpResponse:
    """Publishing a calendar, after trying it."""
    require(can_edit_calendars, request.user)
    week = {f"day{day}": "09:00-17:00" for day in range(5)}
    initial = {"timezone": Organisation.current().timezone, "try_hours": 4, **week}
    form = CalendarForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        made = create_calendar(name=form.cleaned_data["name"], content=form.hours(), actor=request.user, now=now())
        messages.success(request, f"{made.name} is published.")
        return redirect("sla:calendar-list")
    return _form(request, form, {})


def calendar_edit(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Correcting a calendar: open clocks follow, closed ones stay."""
    require(can_edit_calendars, request.user)
    revisions = calendar_revisions(request.user, pk)
    form = CalendarForm(request.POST or None, revision=revisions[0])
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        given = form.cleaned_data
        revise_calendar(
            pk,
            content=form.hours(),
            why=given["why"],
            late_allowed=given["late_allowed"],
            actor=request.user,
            now=now(),
        )
        messages.success(request, "The calendar is corrected. Open promises follow within a minute.")
        return redirect("sla:calendar-list")
    return _form(request, form, {"calendar": revisions[0].calendar, "revisions": revisions[:20]})


def _form(request: AuthenticatedRequest, form: CalendarForm, context: dict[str, Any]) -> HttpResponse:
    context |= {"form": form}
    if form.is_bound and form.is_valid():
        calendar = check_hours(form.hours())
        start = form.cleaned_data["try_from"] or now()
        allowed = timedelta(hours=float(form.cleaned_data["try_hours"] or 0))
        context |= {"tried": True, "why": preview(calendar, start, allowed)}
    status = 422 if form.errors else 200
    return render_page(request, "sla/calendar_form.html", context, partial="calendar-form", status=status)
