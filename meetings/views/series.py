"""Pages of series and the list of meetings."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.views.decorators.http import require_POST

from meetings.forms.series import SeriesForm
from meetings.permissions import can_run_meetings, can_view_meetings
from meetings.selectors.meetings import meeting_list, series_detail, series_list
from meetings.services.meetings import plan_next_meeting
from meetings.services.series import archive_series, change_series, create_series
from smarketing.accounts.models import Organisation
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.web.paging import page_of
from smarketing.web.render import render_page


def meetings(request: AuthenticatedRequest) -> HttpResponse:
    """What comes next, and the minutes of what was."""
    require(can_view_meetings, request.user)
    context = {
        "series": series_list(request.user),
        "page": page_of(
            meeting_list(request.user, state="closed"), order="-starts_at", cursor=request.GET.get("cursor", "")
        ),
    }
    return render_page(request, "meetings/meeting_list.html", context)


def series(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """One series with its meetings."""
    require(can_view_meetings, request.user)
    found = series_detail(request.user, pk)
    page = page_of(meeting_list(request.user, series_id=pk), order="-starts_at", cursor=request.GET.get("cursor", ""))
    return render_page(request, "meetings/series_detail.html", {"series": found, "page": page})


def series_create(request: AuthenticatedRequest) -> HttpResponse:
    """Setting up a series."""
    require(can_run_meetings, request.user)
    initial = {"timezone": Organisation.current().timezone, "chair": request.user.pk, "participants": [request.user.pk]}
    form = SeriesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        made = create_series(form.values(), actor=request.user, now=now())
        plan_next_meeting(made.pk, actor=request.user, now=now())
        messages.success(request, f"{made.name} is set up, and its next meeting planned.")
        return redirect("meetings:meeting-list")
    return render_page(request, "meetings/series_form.html", {"form": form}, status=422 if form.errors else 200)


def series_edit(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Changing a series."""
    require(can_run_meetings, request.user)
    found = series_detail(request.user, pk)
    form = SeriesForm(request.POST or None, initial=SeriesForm.initial_of(found))
    if request.method == "POST" and form.is_valid():
        change_series(pk, form.values(), actor=request.user, now=now())
        messages.success(request, f"{found.name} is saved.")
        return redirect(found)
    context = {"form": form, "series": found}
    return render_page(request, "meetings/series_form.html", context, status=422 if form.errors else 200)


@require_POST
def series_archive(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Ending a series, or taking it up again."""
    made = archive_series(pk, actor=request.user, now=now())
    messages.success(request, f"{made.name} {'has ended' if made.archived_at else 'goes on'}.")
    return redirect(made)


@require_POST
def series_plan(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Planning the next meeting now."""
    return redirect(plan_next_meeting(pk, actor=request.user, now=now()))
