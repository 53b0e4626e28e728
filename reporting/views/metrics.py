"""The registry of metrics, one metric, and the facts behind its numbers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now
from django.views.decorators.http import require_GET

from reporting.domain.metrics import Unit
from reporting.permissions import can_view_numbers
from reporting.selectors.funnel import labels
from reporting.selectors.metrics import currency_of, metric_named
from reporting.selectors.periods import asked_period
from reporting.selectors.records import metric_records, record_kind
from smarketing.accounts.permissions import require
from smarketing.web.paging import page_of
from smarketing.web.render import render_page


@require_GET
def metric_record_list(request: HttpRequest, name: str) -> HttpResponse:
    """The rows behind a number of a fact metric."""
    require(can_view_numbers, request.user)
    metric = metric_named(name)
    period = asked_period(request.GET, now=now())
    by, key = request.GET.get("by") or "total", request.GET.get("key", "all")
    found = metric_records(request.user, name, period, by=by, key=key)
    context = {
        "metric": metric,
        "period": period,
        "page": page_of(found, order="-id", cursor=request.GET.get("cursor", "")),
        "count": found.count(),
        "kind": record_kind(name),
        "of": "" if by == "total" else labels(by, [key]).get(key, key),
        "currency": currency_of(metric),
        "is_money": metric.unit is Unit.MONEY,
    }
    return render_page(request, "reporting/metric_records.html", context)
