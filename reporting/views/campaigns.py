"""What campaigns and content brought."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.utils.timezone import now
from django.views.decorators.http import require_GET

from reporting.charts.funnel import trend_figure
from reporting.forms.filters import CampaignResultsForm, PeriodForm
from reporting.permissions import can_view_numbers
from reporting.selectors.campaigns import campaign_results, content_results
from reporting.selectors.funnel import funnel_rows
from reporting.selectors.periods import asked_period
from reporting.views.periods import period_choices, query_of
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.web.render import render_page


@require_GET
def results(request: AuthenticatedRequest) -> HttpResponse:
    """Cost and return of campaigns in a period."""
    require(can_view_numbers, request.user)
    moment = now()
    period = asked_period(request.GET, now=moment, weeks=True)
    form = CampaignResultsForm(request.GET, period)
    form.is_valid()
    channel = form.cleaned_data.get("channel", "")
    found = campaign_results(
        request.user, period, now=moment, channel=channel, running=form.cleaned_data.get("running") == "1"
    )
    context = {
        "period": period,
        "choices": period_choices(request, period, now=moment),
        "form": form,
        "found": found,
        "weeks": funnel_rows(period, by="week", basis="as_of", narrowed={"channel": channel or None}),
        "query": query_of(request, period),
    }
    return render_page(request, "reporting/campaign_results.html", context, partial="campaign-results")


@require_GET
def trend_chart(request: AuthenticatedRequest) -> JsonResponse:
    """Leads, qualified leads and customers per week."""
    require(can_view_numbers, request.user)
    period = asked_period(request.GET, now=now(), weeks=True)
    form = CampaignResultsForm(request.GET, period)
    form.is_valid()
    narrowed = {"channel": form.cleaned_data.get("channel") or None}
    return JsonResponse(trend_figure(funnel_rows(period, by="week", basis="as_of", narrowed=narrowed)))


@require_GET
def contents(request: AuthenticatedRequest) -> HttpResponse:
    """What content was used, and by whom."""
    require(can_view_numbers, request.user)
    moment = now()
    period = asked_period(request.GET, now=moment, weeks=True)
    context = {
        "period": period,
        "choices": period_choices(request, period, now=moment),
        "form": PeriodForm(request.GET, period),
        "rows": content_results(request.user, period),
    }
    return render_page(request, "reporting/content_results.html", context, partial="content-results")
