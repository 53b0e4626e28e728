"""The registry of metrics, one metric, and the facts behind its numbers."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.utils.timezone import now
from django.views.decorators.http import require_GET

from reporting.charts.metrics import OVER_TIME, metric_figure
from reporting.domain.metrics import Metric, Unit
from reporting.forms.filters import MetricForm
from reporting.permissions import can_view_numbers
from reporting.selectors.funnel import labels
from reporting.selectors.metrics import currency_of, metric_named, metric_rows, registry
from reporting.selectors.periods import asked_period
from reporting.selectors.records import metric_records, record_kind
from reporting.selectors.snapshots import frozen_weeks
from reporting.views.periods import period_choices, query_of
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.web.paging import page_of
from smarketing.web.render import render_page

ROWS = 200


@require_GET
def metric_list(request: AuthenticatedRequest) -> HttpResponse:
    """Every number that the two teams read, and what it means."""
    require(can_view_numbers, request.user)
    groups = {"marketing": "Marketing brings", "sales": "Sales brings"}
    found = [(title, side, [one for one in registry() if one.side == side]) for side, title in groups.items()]
    return render_page(request, "reporting/metric_list.html", {"groups": found})


@require_GET
def metric(request: AuthenticatedRequest, name: str) -> HttpResponse:
    """One metric over a period, by one of its dimensions, and as it was frozen week by week."""
    require(can_view_numbers, request.user)
    moment = now()
    found = metric_named(name)
    period = asked_period(request.GET, now=moment, weeks=True)
    form = MetricForm(request.GET, period, found)
    by, basis = form.data["by"] or "week", form.data["basis"] or found.bases[-1]
    rows = metric_rows(name, period, by=by, basis=basis)
    context = {
        "metric": found,
        "period": period,
        "choices": period_choices(request, period, now=moment),
        "form": form,
        "by": by,
        "basis": basis,
        "is_time": by in OVER_TIME,
        "total": metric_rows(name, period, basis=basis)[0],
        "before": metric_rows(name, period.before(), basis=basis)[0],
        "before_label": period.before().label,
        "rows": rows[:ROWS],
        "more": max(len(rows) - ROWS, 0),
        "frozen": frozen_weeks(found, basis=basis, limit=13),
        "currency": currency_of(found),
        "of": metric_named(found.denominator) if found.is_ratio else None,
        "over": metric_named(found.numerator) if found.is_ratio else None,
        "of_currency": currency_of(metric_named(found.denominator)) if found.is_ratio else "",
        "query": query_of(request, period, by=by, basis=basis),
    }
    return render_page(request, "reporting/metric_detail.html", context, partial="metric")


@require_GET
def metric_chart(request: AuthenticatedRequest, name: str) -> JsonResponse:
    """The figure of one metric."""
    require(can_view_numbers, request.user)
    found = metric_named(name)
    period = asked_period(request.GET, now=now(), weeks=True)
    by = request.GET.get("by") or "week"
    rows = metric_rows(name, period, by=by, basis=request.GET.get("basis") or None)
    return JsonResponse(metric_figure(found, rows, by))


@require_GET
def metric_record_list(request: AuthenticatedRequest, name: str) -> HttpResponse:
    """The rows behind a number of a fact metric."""
    require(can_view_numbers, request.user)
    found: Metric = metric_named(name)
    period = asked_period(request.GET, now=now())
    by, key = request.GET.get("by") or "total", request.GET.get("key", "all")
    records = metric_records(request.user, name, period, by=by, key=key)
    context = {
        "metric": found,
        "period": period,
        "page": page_of(records, order="-id", cursor=request.GET.get("cursor", "")),
        "count": records.count(),
        "kind": record_kind(name),
        "of": "" if by == "total" else labels(by, [key]).get(key, key),
        "currency": currency_of(found),
        "is_money": found.unit is Unit.MONEY,
    }
    return render_page(request, "reporting/metric_records.html", context)
