"""Pages of campaigns, spend and content."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_POST

from leads.forms.campaigns import CampaignFilterForm, CampaignForm, ContentFilterForm, ContentForm, SpendForm
from leads.models import Spend
from leads.permissions import can_edit_campaigns, can_view_leads
from leads.selectors.campaigns import (
    campaign_detail,
    campaign_list,
    campaign_spend,
    campaign_touches,
    content_detail,
    content_list,
)
from leads.services.campaigns import archive_campaign, book_spend, log_campaign, log_content, remove_spend
from smarketing.accounts.models import Organisation
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.web.paging import page_of
from smarketing.web.render import render_page
from smarketing.web.wording import money_words


def campaigns(request: AuthenticatedRequest) -> HttpResponse:
    """The list of campaigns."""
    require(can_view_leads, request.user)
    archived = request.GET.get("archived") == "1"
    form = CampaignFilterForm(request.GET)
    found = campaign_list(request.user, **form.values(), archived=archived)
    page = page_of(found, order="-start_on", cursor=request.GET.get("cursor", ""))
    context = {
        "page": page,
        "archived": archived,
        "running": not archived,
        "form": form,
        "narrowed": any(form.values().values()),
    }
    return render_page(request, "leads/campaign_list.html", context, partial="campaign-rows")


def campaign(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """One campaign: its plan, cost and results."""
    require(can_view_leads, request.user)
    found = campaign_detail(request.user, pk)
    context = {
        "campaign": found,
        "pk_text": str(pk),
        "spend": campaign_spend(found, limit=60),
        "touches": campaign_touches(found),
        "spend_form": SpendForm(initial={"spent_on": localdate()}),
    }
    return render_page(request, "leads/campaign_detail.html", context)


def campaign_create(request: AuthenticatedRequest) -> HttpResponse:
    """Logging a campaign."""
    require(can_edit_campaigns, request.user)
    initial = {"currency": Organisation.current().currency, "owner": request.user.pk}
    form = CampaignForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        made = log_campaign(form.values(), actor=request.user, now=now())
        messages.success(request, f"{made.name} is logged.")
        return redirect("leads:campaign-detail", made.pk)
    return render_page(request, "leads/campaign_form.html", {"form": form}, status=422 if form.errors else 200)


def campaign_edit(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Changing a campaign."""
    require(can_edit_campaigns, request.user)
    found = campaign_detail(request.user, pk)
    form = CampaignForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        made = log_campaign(form.changes(form.values()), actor=request.user, now=now(), campaign_id=pk)
        messages.success(request, f"{made.name} is saved.")
        return redirect("leads:campaign-detail", made.pk)
    context = {"form": form, "campaign": found}
    return render_page(request, "leads/campaign_form.html", context, status=422 if form.errors else 200)


@require_POST
def campaign_archive(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Putting a campaign away, or back."""
    made = archive_campaign(pk, actor=request.user, now=now())
    messages.success(request, f"{made.name} is {'archived' if made.archived_at else 'back in the list'}.")
    return redirect("leads:campaign-detail", pk)


@require_POST
def spend_book(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Booking one day's spend."""
    require(can_edit_campaigns, request.user)
    form = SpendForm(request.POST)
    found = campaign_detail(request.user, pk)
    if form.is_valid():
        spend = book_spend(pk, **form.cleaned_data, actor=request.user, now=now())
        messages.success(request, _booked_words(spend))
        return redirect(found)
    context = {
        "campaign": found,
        "pk_text": str(pk),
        "spend": campaign_spend(found, limit=60),
        "touches": campaign_touches(found),
        "spend_form": form,
    }
    return render_page(request, "leads/campaign_detail.html", context, partial="campaign-spend", status=422)


@require_POST
def spend_remove(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Taking back one day's spend."""
    spend = remove_spend(pk, actor=request.user, now=now())
    said = money_words(spend.amount, spend.currency)
    messages.success(request, f"{said} on {spend.spent_on:%-d %b %Y} is taken back. Book the day anew to undo it.")
    return redirect("leads:campaign-detail", spend.campaign_id)


def _booked_words(spend: Spend) -> str:
    said, day = money_words(spend.amount, spend.currency), f"{spend.spent_on:%-d %b %Y}"
    if spend.replaced is not None:
        return f"{said} on {day} replaces the {money_words(spend.replaced, spend.currency)} that were booked there."
    return f"{said} is booked on {day}."


def contents(request: AuthenticatedRequest) -> HttpResponse:
    """The list of content assets."""
    require(can_view_leads, request.user)
    form = ContentFilterForm(request.GET)
    found = content_list(request.user, **form.values())
    context = {
        "page": page_of(found, order="title", cursor=request.GET.get("cursor", "")),
        "form": form,
        "narrowed": any(form.values().values()),
    }
    return render_page(request, "leads/content_list.html", context, partial="content-rows")


def content_create(request: AuthenticatedRequest) -> HttpResponse:
    """Listing a content asset."""
    require(can_edit_campaigns, request.user)
    form = ContentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = log_content(form.values(), actor=request.user, now=now())
        messages.success(request, f"{made.title} is listed.")
        return redirect("leads:content-list")
    return render_page(request, "leads/content_form.html", {"form": form}, status=422 if form.errors else 200)


def content_edit(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Changing a content asset."""
    require(can_edit_campaigns, request.user)
    asset = content_detail(request.user, pk)
    form = ContentForm(request.POST or None, instance=asset)
    if request.method == "POST" and form.is_valid():
        log_content(form.changes(form.values()), actor=request.user, now=now(), content_id=pk)
        messages.success(request, f"{asset.title} is saved.")
        return redirect("leads:content-list")
    context = {"form": form, "asset": asset}
    return render_page(request, "leads/content_form.html", context, status=422 if form.errors else 200)
