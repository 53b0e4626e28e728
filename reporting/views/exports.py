"""Numbers as files for spreadsheets: the rows of the page, safe to open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.timezone import now
from django.views.decorators.http import require_GET

from reporting.domain.metrics import REGISTRY, Unit
from reporting.domain.periods import Period
from reporting.forms.filters import CampaignResultsForm, FunnelForm
from reporting.models import Basis
from reporting.permissions import can_export
from reporting.selectors.campaigns import campaign_results
from reporting.selectors.funnel import STAGES, funnel_rows
from reporting.selectors.metrics import metric_named, metric_rows
from reporting.selectors.periods import asked_period
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.lib.tabular import stream_rows


@require_GET
def funnel_export(request: AuthenticatedRequest) -> StreamingHttpResponse:
    """The rows of the funnel."""
    require(can_export, request.user)
    period = asked_period(request.GET, now=now(), weeks=True)
    form = FunnelForm(request.GET, period)
    by, basis = form.data["by"] or "channel", form.data["basis"] or Basis.COHORT.value
    rows = funnel_rows(period, by=by, basis=basis, narrowed=form.narrowed())
    cells = [[row.key, row.label, basis, *(row.values[stage] for stage in STAGES)] for row in rows]
    return _file(f"funnel-by-{by}", period, [by, "label", "basis", *STAGES], cells)


@require_GET
def campaign_results_export(request: AuthenticatedRequest) -> StreamingHttpResponse:
    """The results of campaigns."""
    require(can_export, request.user)
    moment = now()
    period = asked_period(request.GET, now=moment, weeks=True)
    form = CampaignResultsForm(request.GET, period)
    form.is_valid()
    found = campaign_results(
        request.user,
        period,
        now=moment,
        channel=form.cleaned_data.get("channel", ""),
        running=form.cleaned_data.get("running") == "1",
    )
    heading = [
        *("campaign_id", "campaign", "channel", "currency", "spend", "leads", "mqls", "customers", "revenue"),
        *("spend_per_lead", "spend_per_mql", "spend_per_customer", "roi_share"),
    ]
    cells = [
        [
            row.campaign.pk if row.campaign else None,
            row.label,
            row.campaign.channel if row.campaign else "",
            found.currency,
            *(row.results.spend, row.results.leads, row.results.mqls, row.results.customers, row.results.revenue),
            *(
                None if value is None else round(value, 4)
                for value in (
                    row.results.per_lead,
                    row.results.per_mql,
                    row.results.per_customer,
                    row.results.roi,
                )
            ),
        ]
        for row in found.rows
    ]
    return _file("campaign-results", period, heading, cells)


@require_GET
def metric_export(request: AuthenticatedRequest, name: str) -> StreamingHttpResponse:
    """The rows of one metric."""
    require(can_export, request.user)
    metric = metric_named(name)
    period = asked_period(request.GET, now=now(), weeks=True)
    by, basis = request.GET.get("by") or "week", request.GET.get("basis") or metric.bases[-1]
    rows = metric_rows(name, period, by=by, basis=basis)
    of = [metric.denominator] if metric.is_ratio else []
    cells = [
        [row.key, row.label, basis, _plain(row.value, metric.unit)]
        + ([_plain(row.of, REGISTRY[metric.denominator].unit)] if of else [])
        for row in rows
    ]
    return _file(f"{name}-by-{by}", period, [by, "label", "basis", metric.name, *of], cells)


def _plain(value: Any, unit: Unit) -> Any:
    if value is None:
        return None
    return int(value) if unit is Unit.COUNT else round(value, 2 if unit is Unit.MONEY else 6)


def _file(name: str, period: Period, heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(stream_rows(heading, rows), content_type="text/csv; charset=utf-8")
    file_name = f"{name}-{period.first}-to-{period.last}.csv"
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response
