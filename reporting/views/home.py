"""The first page: what waits for this person today."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.utils.timezone import now
from django.views.decorators.http import require_GET

from reporting.charts.outlook import month_figure
from reporting.permissions import can_view_numbers
from reporting.selectors.home import today_for
from reporting.selectors.outlook import SHOWN, MonthOutlook, month_outlook
from reporting.selectors.search import found_by_name
from reporting.templatetags.numbers import value
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.web.render import render_page


@require_GET
def home(request: AuthenticatedRequest) -> HttpResponse:
    """Today, for each role from its own lists."""
    today = today_for(request.user, now=now())
    context = {"today": today, "outlook": outlook_rows(today.month) if today.month else []}
    return render_page(request, "reporting/home.html", context)


@require_GET
def wallboard(request: AuthenticatedRequest) -> HttpResponse:
    """One page that tells whether the month will be met."""
    require(can_view_numbers, request.user)
    month = month_outlook(request.user, now())
    context = {"month": month, "outlook": outlook_rows(month)}
    return render_page(request, "reporting/wallboard.html", context, partial="wallboard-numbers")


@require_GET
def month_chart(request: AuthenticatedRequest, name: str) -> JsonResponse:
    """The figure of one number of the month."""
    require(can_view_numbers, request.user)
    if name not in SHOWN:
        raise Http404
    return JsonResponse(month_figure(month_outlook(request.user, now()), name))


@require_GET
def search(request: AuthenticatedRequest) -> JsonResponse:
    """What the command palette finds."""
    hits = found_by_name(request.user, request.GET.get("q", ""))
    return JsonResponse(
        {"results": [{"group": hit.group, "label": hit.label, "note": hit.note, "url": hit.url} for hit in hits]}
    )


STANDING = {"kept": "Will be met", "risk": "Close", "broken": "Will be missed", "": "Too early to say"}


def outlook_rows(month: MonthOutlook) -> list[dict[str, Any]]:
    """The lines of the month in words."""
    rows = []
    for line in month.lines:
        unit, found = line.metric.unit, line.outlook
        forecast = value(round(found.forecast), unit, month.currency) if found.forecast is not None else ""
        rows.append(
            {
                "name": line.metric.name,
                "label": line.metric.label,
                "side": line.metric.side,
                "value": value(found.actual, unit, month.currency),
                "of": value(found.yardstick, unit, month.currency),
                "of_what": "promised" if line.is_promised else "last month",
                "by_now": value(found.before_by_now, unit, month.currency),
                "forecast": forecast,
                "share": found.share,
                "expected": found.elapsed_share,
                "tone": found.standing.value,
                "standing": STANDING[found.standing.value],
                "note": f"{STANDING[found.standing.value]}{f': forecast {forecast}' if forecast else ''}",
                "records": line.records,
            }
        )
    return rows
