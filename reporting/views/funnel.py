"""The closed-loop funnel."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.timezone import now
from django.views.decorators.http import require_GET

from leads.domain.lifecycle import LABELS, LifecycleStage
from reporting.charts.funnel import OVER_TIME, funnel_figure, rows_figure
from reporting.domain.funnel import conversion
from reporting.forms.filters import FunnelForm
from reporting.models import Basis
from reporting.permissions import can_view_numbers
from reporting.selectors.funnel import STAGES, funnel_rows
from reporting.selectors.periods import asked_period
from reporting.views.periods import period_choices, query_of
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.web.render import render_page

ROWS = 100


@require_GET
def funnel(request: AuthenticatedRequest) -> HttpResponse:
    """The funnel of a period: in all, and row by row."""
    require(can_view_numbers, request.user)
    moment = now()
    period = asked_period(request.GET, now=moment, weeks=True)
    form = FunnelForm(request.GET, period)
    by, basis = form.data["by"] or "channel", form.data["basis"] or Basis.COHORT.value
    narrowed = form.narrowed()
    total = funnel_rows(period, basis=basis, narrowed=narrowed)[0]
    rows = funnel_rows(period, by=by, basis=basis, narrowed=narrowed)
    context = {
        "period": period,
        "choices": period_choices(request, period, now=moment),
        "form": form,
        "by": by,
        "by_label": dict(form.fields["by"].choices).get(by, by),
        "is_cohort": basis == Basis.COHORT,
        "is_time": by in OVER_TIME,
        "stages": [(stage, LABELS[LifecycleStage(stage)]) for stage in STAGES],
        "total": total,
        "total_lines": [(LABELS[LifecycleStage(step.stage)], *rest) for step, *rest in _lines(total)],
        "rows": [(row, _cells(row), conversion(row.values["lead"], row.values["customer"])) for row in rows[:ROWS]],
        "more": max(len(rows) - ROWS, 0),
        "total_cells": _cells(total),
        "total_share": conversion(total.values["lead"], total.values["customer"]),
        "query": query_of(request, period, by=by, basis=basis),
        "empty": not any(total.values.values()),
    }
    return render_page(request, "reporting/funnel.html", context, partial="funnel")


@require_GET
def funnel_chart(request: AuthenticatedRequest) -> JsonResponse:
    """The figure of the whole funnel."""
    require(can_view_numbers, request.user)
    period = asked_period(request.GET, now=now(), weeks=True)
    form = FunnelForm(request.GET, period)
    rows = funnel_rows(period, basis=form.data["basis"] or Basis.COHORT.value, narrowed=form.narrowed())
    return JsonResponse(funnel_figure(rows[0]))


@require_GET
def funnel_rows_chart(request: AuthenticatedRequest) -> JsonResponse:
    """The figure of the funnel's rows."""
    require(can_view_numbers, request.user)
    period = asked_period(request.GET, now=now(), weeks=True)
    form = FunnelForm(request.GET, period)
    by, basis = form.data["by"] or "channel", form.data["basis"] or Basis.COHORT.value
    return JsonResponse(rows_figure(funnel_rows(period, by=by, basis=basis, narrowed=form.narrowed()), by))


def _lines(row: Any) -> list[tuple[Any, ...]]:
    return [(step, step, records, lost) for step, records, lost in row.lines]


def _cells(row: Any) -> list[tuple[str, int, str]]:
    return [(LABELS[LifecycleStage(stage)], row.values[stage], row.stage_records[stage]) for stage in STAGES]
