"""Pages of agreements."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.views.decorators.http import require_POST

from sla.forms.agreements import AgreementEditForm, AgreementForm, TerminateForm
from sla.permissions import can_bring_into_force, can_draft_agreements, can_sign, can_terminate, can_view_sla
from sla.selectors.agreements import latest_version, open_clocks_of, version_lines, version_page
from sla.services.agreements import (
    bring_into_force,
    discard_version,
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
    lines = version_lines(version.agreement_id, now=now()) if version else ()
    context = {"form": form, "version": version, "drafts": [line for line in lines if line.is_draft]}
    return render_page(request, "sla/agreement_form.html", context, status=422 if form.errors else 200)


def agreement_edit(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Rewriting a draft."""
    require(can_draft_agreements, request.user)
    page = version_page(request.user, pk, now=now())
    if not page.is_draft:
        messages.info(request, f"Version {page.version.number} keeps its content. Draft another one to change it.")
        return redirect("sla:agreement-version", pk)
    form = AgreementEditForm(request.POST or None, version=page.version)
    if request.method == "POST" and form.is_valid():
        read = page.version.content_hash
        redraft_version(pk, content_hash=read, actor=request.user, now=now(), **form.values())
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
        why, ends_at = form.cleaned_data["why"], form.ends_at()
        ended = terminate_version(pk, why=why, ends_at=ends_at, actor=request.user, now=now())
        when = "then" if ends_at else "now"
        messages.success(request, f"{ended.agreement.name} is terminated. Handoffs from {when} on start no clock.")
        return redirect("sla:agreement-version", pk)
    context = {"form": form, "version": page.version, "running": open_clocks_of(pk), "parts": dict(page.parts)}
    status = 422 if form.errors else 200
    return render_page(request, "sla/agreement_terminate.html", context, partial="dialog", status=status)


@require_POST
def agreement_discard(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Giving up a draft that nobody has signed."""
    version = discard_version(pk, actor=request.user, now=now())
    messages.success(request, f"Version {version.number} is discarded.")
    return redirect("sla:agreement")


def _version(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    page = version_page(request.user, pk, now=now())
    fresh, may_draft = page.is_draft, can_draft_agreements(request.user)
    context = {
        "page": page,
        "version": page.version,
        "signable": [side for side in page.unsigned if fresh and can_sign(request.user, side)],
        "may_draft": may_draft,
        "may_edit": fresh and may_draft,
        "may_discard": fresh and may_draft and not page.signatures,
        "may_terminate": page.state == "In force" and can_terminate(request.user),
        "may_start": fresh and not page.unsigned and can_bring_into_force(request.user),
    }
    return render_page(request, "sla/agreement_version.html", context)
