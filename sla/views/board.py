"""The SLA board and the records behind its numbers."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse, JsonResponse
from django.utils.timezone import now

from leads.permissions import can_see_all_leads
from sla.charts import course_figure, response_figure
from sla.permissions import can_view_sla
from sla.selectors.board import board as board_of
from sla.selectors.board import (
    course,
    course_of,
    current_version,
    promise_records,
    response_times,
    urgent_clocks,
)
from sla.selectors.periods import Period, period_of
from smarketing.accounts.models import Team
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.lib.errors import NotFound
from smarketing.web.paging import page_of
from smarketing.web.render import render_page


def board(request: AuthenticatedRequest) -> HttpResponse:
    """What each side owes this month, and how it stands."""
    require(can_view_sla, request.user)
    moment = now()
    period = _period(request, moment)
    found = board_of(request.user, period, now=moment, agreement_id=_agreement(request))
    context = {"board": found, "period": period, "now": moment}
    if not can_see_all_leads(request.user):
        teams = Team.objects.filter(pk__in=request.user.team_ids).order_by("name")
        context["part_of"] = " and ".join(team.name for team in teams) or "your team"
    if found.version is not None:
        agreement_id = found.version.agreement_id
        running_out, missed = urgent_clocks(request.user, found, now=moment)
        context |= {
            "course": course_of(found, now=moment),
            "responses": response_times(request.user, period, agreement_id),
            "running_out": running_out,
            "breaches": missed,
        }
    return render_page(request, "sla/board.html", context)


def board_figure(request: AuthenticatedRequest) -> JsonResponse:
    """Both promises against pace."""
    require(can_view_sla, request.user)
    moment = now()
    found = course(request.user, _period(request, moment), now=moment, agreement_id=_agreement(request))
    if found is None:
        raise NotFound("No agreement was in force in this period.")
    return JsonResponse(course_figure(found))


def response_figure_of(request: AuthenticatedRequest) -> JsonResponse:
    """How long first attempts took."""
    require(can_view_sla, request.user)
    moment = now()
    period = _period(request, moment)
    version = current_version(period, agreement_id=_agreement(request))
    if version is None:
        raise NotFound("No agreement was in force in this period.")
    return JsonResponse(response_figure(response_times(request.user, period, version.agreement_id)))


def board_records(request: AuthenticatedRequest, kind: str) -> HttpResponse:
    """The handoffs or deals behind a number of the board."""
    require(can_view_sla, request.user)
    period = _period(request, now())
    found = promise_records(request.user, kind, period, only_hits=request.GET.get("only") == "hits")
    page = page_of(found.rows, order=found.order, cursor=request.GET.get("cursor", ""))
    context = {"page": page, "period": period, "found": found, "count": found.rows.count(), "kind": kind}
    return render_page(request, "sla/board_records.html", context, partial="record-rows")


def _period(request: AuthenticatedRequest, moment: datetime) -> Period:
    return period_of(request.GET.get("from", ""), request.GET.get("to", ""), now=moment)


def _agreement(request: AuthenticatedRequest) -> int | None:
    text = request.GET.get("agreement", "")
    return int(text) if text.isdecimal() and len(text) < 18 else None
