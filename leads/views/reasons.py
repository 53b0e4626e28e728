"""The agreed lists of reasons: one page for both, where they are read and kept."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from leads.forms.reasons import FORMS, PlaceForm
from leads.permissions import can_agree_reasons, can_view_definitions
from leads.selectors.reasons import LISTS, list_of, reason_detail, reason_list
from leads.services.reasons import add_reason, change_reason, place_reason, retire_reason, take_up_reason
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.lib.errors import Invalid
from smarketing.web.render import render_page

PAGE = "leads:reason-list"


@require_safe
def reasons(request: AuthenticatedRequest) -> HttpResponse:
    """Both lists, with how often each reason was given."""
    require(can_view_definitions, request.user)
    context = {kind: reason_list(request.user, kind) for kind in LISTS}
    return render_page(request, "leads/reason_list.html", {**context, "may_edit": can_agree_reasons(request.user)})


def reason_add(request: AuthenticatedRequest, kind: str) -> HttpResponse:
    """A new reason."""
    require(can_agree_reasons, request.user)
    of, form = list_of(kind), FORMS.get(kind, FORMS["loss"])(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = add_reason(of, form.cleaned_data, actor=request.user, now=now())
        messages.success(request, f"“{made.label}” can be chosen from now on.")
        return redirect(PAGE)
    context = {"form": form, "kind": kind}
    return render_page(request, "leads/reason_form.html", context, partial="dialog", status=422 if form.errors else 200)


def reason_edit(request: AuthenticatedRequest, kind: str, pk: int) -> HttpResponse:
    """Wording a reason otherwise."""
    require(can_agree_reasons, request.user)
    reason = reason_detail(request.user, kind, pk)
    make = FORMS[kind]
    initial = {name: getattr(reason, name) for name in make.base_fields}
    form = make(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = form.changes(form.cleaned_data)
        changed = change_reason(list_of(kind), pk, values, actor=request.user, now=now())
        messages.success(request, f"“{changed.label}” is saved.")
        return redirect(PAGE)
    context = {"form": form, "kind": kind, "reason": reason}
    return render_page(request, "leads/reason_form.html", context, partial="dialog", status=422 if form.errors else 200)


@require_POST
def reason_place(request: AuthenticatedRequest, kind: str, pk: int) -> HttpResponse:
    """Up or down the list."""
    require(can_agree_reasons, request.user)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        raise Invalid("Say at which place of the list it shall stand.")
    place_reason(list_of(kind), pk, form.cleaned_data["place"], actor=request.user, now=now())
    return redirect(PAGE)


@require_POST
def reason_retire(request: AuthenticatedRequest, kind: str, pk: int) -> HttpResponse:
    """Off the list."""
    retired = retire_reason(list_of(kind), pk, actor=request.user, now=now())
    messages.success(request, f"“{retired.label}” is not offered any more. It can be taken up again below.")
    return redirect(PAGE)


@require_POST
def reason_take_up(request: AuthenticatedRequest, kind: str, pk: int) -> HttpResponse:
    """On the list again."""
    taken_up = take_up_reason(list_of(kind), pk, actor=request.user, now=now())
    messages.success(request, f"“{taken_up.label}” can be chosen again.")
    return redirect(PAGE)
