"""Pages of agreements."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.views.decorators.http import require_POST

from sla.forms.agreements import AgreementForm, TerminateForm
from sla.permissions import can_bring_into_force, can_draft_agreements, can_sign, can_terminate, can_view_sla
from sla.selectors.agreements import latest_version, open_clocks_of, version_page
from sla.services.agreements import (
    bring_into_force,
    draft_version,
    redraft_version,
    sign_version,
    start_agreement,
    terminate_version,
)
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.web.render import render_page


def agreement(request: AuthenticatedRequest) -> HttpResponse:
    """The agreement in force, or how to make one."""
    require(can_view_sla, request.user)
    version = latest_version(request.user, now=now())
    if version is None:
        return render_page(request, "sla/agreement_none.html")
    return _version(request, version.pk)


def agreement_version(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """One version: six parts, commitments, signatures."""
    require(can_view_sla, request.user)
    return _version(request, pk)


def agreement_draft(request: AuthenticatedRequest) -> HttpResponse:
    """Drafting the next version, from the one there is."""
    require(can_draft_agreements, request.user)
    version = latest_version(request.user, now=now())
    form = AgreementForm(request.POST or None, version=version)
    if request.method == "POST" and form.is_valid():
        if version is None:
            made = start_agreement(name=form.cleaned_data["name"], actor=request.user, now=now(), **form.values())
        else:
            made = draft_version(version.agreement_id, actor=request.user, now=now(), **form.values())
        messages.success(request, f"Version {made.number} is drafted. Both sides sign next.")
        return redirect("sla:agreement-version", made.pk)
    context = {"form": form, "version": version}
    return render_page(request, "sla/agreement_form.html", context, status=422 if form.errors else 200)


def agreement_edit(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Rewriting a draft."""
    require(can_draft_agreements, request.user)
    page = version_page(request.user, pk, now=now())
    form = AgreementForm(request.POST or None, version=page.version)
    if request.method == "POST" and form.is_valid():
        redraft_version(pk, actor=request.user, now=now(), **form.values())
        messages.success(request, "The draft is saved. Signatures under the old text no longer count.")
        return redirect("sla:agreement-version", pk)
    context = {"form": form, "version": page.version, "editing": True}
    return render_page(request, "sla/agreement_form.html", context, status=422 if form.errors else 200)


@require_POST
def agreement_sign(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Signing exactly what was read."""
    sign_version(
        pk,
        side=request.POST.get("side", ""),
        content_hash=request.POST.get("content_hash", ""),
        actor=request.user,
        now=now(),
    )
    messages.success(request, "Signed.")
    return redirect("sla:agreement-version", pk)


@require_POST
def agreement_start(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Bringing a signed version into force."""
    version = bring_into_force(pk, actor=request.user, now=now())
    messages.success(request, f"Version {version.number} is in force from now on.")
    return redirect("sla:agreement-version", pk)


def agreement_terminate(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Ending the agreement in force, after saying why."""
    require(can_terminate, request.user)
    page = version_page(request.user, pk, now=now())
    form = TerminateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        ended = terminate_version(pk, why=form.cleaned_data["why"], actor=request.user, now=now())
        messages.success(request, f"{ended.agreement.name} is terminated. Handoffs from now on start no clock.")
        return redirect("sla:agreement-version", pk)
    context = {"form": form, "version": page.version, "running": open_clocks_of(pk), "parts": dict(page.parts)}
    status = 422 if form.errors else 200
    return render_page(request, "sla/agreement_terminate.html", context, partial="dialog", status=status)


def _version(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    page = version_page(request.user, pk, now=now())
    fresh = page.version.in_force_from is None
    context = {
        "page": page,
        "version": page.version,
        "signable": [side for side in page.unsigned if fresh and can_sign(request.user, side)],
        "may_draft": can_draft_agreements(request.user),
        "may_edit": fresh and can_draft_agreements(request.user),
        "may_terminate": page.state == "In force" and can_terminate(request.user),
        "may_start": fresh and not page.unsigned and can_bring_into_force(request.user),
    }
    return render_page(request, "sla/agreement_version.html", context)
