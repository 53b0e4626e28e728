"""Pages of leads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now

from leads.domain.handoffs import HandoffStatus
from leads.forms.leads import LeadFilterForm, LeadForm, TouchpointForm
from leads.permissions import can_edit_leads, can_view_leads
from leads.selectors.delivered import BELOW, COUNTED
from leads.selectors.imports import import_list
from leads.selectors.leads import (
    DEFAULT_SORT,
    SORTS,
    LeadFilter,
    capped_count,
    lead_detail,
    lead_list,
    lead_page,
    score_history,
    timeline,
)
from leads.selectors.scoring import explain_score
from leads.services.leads import create_lead, record_touchpoint, update_lead
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.web.render import render_page


def leads(request: AuthenticatedRequest) -> HttpResponse:
    """The list of leads, narrowed by the address."""
    require(can_view_leads, request.user)
    form = LeadFilterForm(request.GET)
    narrowed = form.filter()
    sort = request.GET.get("sort", "")
    sort = sort if sort.removeprefix("-") in SORTS else DEFAULT_SORT
    page, count, more = lead_page(request.user, narrowed, sort=sort, cursor=request.GET.get("cursor", ""))
    context = {
        "page": page,
        "form": form,
        "narrowed": not narrowed.is_empty,
        "count": count,
        "more": more,
        "sort": sort,
    }
    if narrowed.import_id is not None:
        context["imported"] = import_list(request.user).filter(pk=narrowed.import_id).first()
        context["new_by_import"] = True
    if narrowed.delivered:
        context |= _delivered(request, narrowed)
    return render_page(request, "leads/lead_list.html", context, partial="lead-rows")


def _delivered(request: AuthenticatedRequest, narrowed: LeadFilter) -> dict[str, Any]:
    """What a list of leads delivered as qualified says beside them: those that do not count, and the way there."""
    other = BELOW if narrowed.delivered == COUNTED else COUNTED
    count, more = capped_count(lead_list(request.user, replace(narrowed, delivered=other)))
    asked = request.GET.copy()
    asked["delivered"] = other
    asked.pop("cursor", None)
    return {
        "delivered": narrowed.delivered,
        "other_count": count,
        "other_more": more,
        "other_url": f"{request.path}?{asked.urlencode()}",
    }


def lead(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """One lead: who it is, what happened, why it scores as it does."""
    require(can_view_leads, request.user)
    found = lead_detail(request.user, pk)
    handoffs = list(found.handoffs.select_related("team", "owner", "rejection_reason"))
    context = {
        "lead": found,
        "with_sales": any(HandoffStatus(handoff.status).is_open for handoff in handoffs),
        "timeline": timeline(found),
        "score_history": score_history(found),
        "explanation": explain_score(found, now()),
        "handoffs": handoffs,
        "deals": found.deals.select_related("owner"),
        "touchpoint_form": TouchpointForm(),
    }
    return render_page(request, "leads/lead_detail.html", context)


def lead_create(request: AuthenticatedRequest) -> HttpResponse:
    """Adding a lead by hand."""
    require(can_edit_leads, request.user)
    form = LeadForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = create_lead(form.values(), actor=request.user, now=now())
        messages.success(request, f"{made.label} is added.")
        return redirect("leads:lead-detail", made.pk)
    return render_page(request, "leads/lead_form.html", {"form": form}, status=422 if form.errors else 200)


def lead_edit(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Correcting a lead."""
    require(can_edit_leads, request.user)
    found = lead_detail(request.user, pk)
    form = LeadForm(request.POST or None, lead=found)
    if request.method == "POST" and form.is_valid():
        made = update_lead(pk, form.changed_values(), actor=request.user, now=now())
        messages.success(request, f"{made.label} is saved.")
        return redirect("leads:lead-detail", pk)
    context = {"form": form, "lead": found}
    return render_page(request, "leads/lead_form.html", context, status=422 if form.errors else 200)


def lead_touchpoint(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Logging an interaction by hand."""
    require(can_edit_leads, request.user)
    found = lead_detail(request.user, pk)
    form = TouchpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        record_touchpoint(pk, form.values(), actor=request.user, now=now())
        messages.success(request, "The interaction is logged.")
        return redirect("leads:lead-detail", pk)
    context = {"form": form, "lead": found}
    return render_page(request, "leads/touchpoint_form.html", context, status=422 if form.errors else 200)
