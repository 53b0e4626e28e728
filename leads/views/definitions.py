"""Pages of what the teams agreed: definitions, their versions and signatures, and the scoring model."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.views.decorators.http import require_POST

from leads.domain.criteria import Criteria, parse
from leads.domain.lifecycle import LifecycleStage
from leads.domain.qualification import Threshold
from leads.domain.scoring import GroupKind
from leads.forms.definitions import DraftForm
from leads.models import DefinitionVersion
from leads.permissions import can_draft_definitions, can_view_definitions
from leads.selectors.definitions import (
    clauses,
    definition_detail,
    definition_list,
    leads_meeting,
    newest_version,
    threshold_sentence,
    version_detail,
    version_views,
)
from leads.selectors.leads import capped_count
from leads.selectors.moves import FALLING, RISING, Moves, leads_moving, moves_of
from leads.selectors.scoring import current_model, model_in_words
from leads.services.definitions import (
    discard_definition_version,
    draft_definition_version,
    sign_definition_version,
)
from smarketing.accounts.permissions import require
from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.web.paging import page_of
from smarketing.web.render import render_page


def definitions(request: AuthenticatedRequest) -> HttpResponse:
    """What an MQL and an SQL are, as agreed."""
    require(can_view_definitions, request.user)
    rows = []
    for stage, in_force, draft in definition_list(request.user):
        row: dict[str, Any] = {"stage": stage, "in_force": in_force, "draft": draft}
        if in_force:
            row["told"] = clauses(parse(in_force.criteria))
            row["threshold"] = threshold_sentence(in_force.enter_score, in_force.leave_score)
            row["count"], row["more"] = _count(request, in_force)
        rows.append(row)
    version, model = current_model()
    return render_page(request, "leads/definition_list.html", {"rows": rows, "model": model, "model_version": version})


def definition(request: AuthenticatedRequest, stage: str) -> HttpResponse:
    """One definition: the version in force, drafts that wait for signatures, and how it changed."""
    require(can_view_definitions, request.user)
    found = definition_detail(request.user, stage)
    versions = version_views(request.user, found)
    in_force = next((view for view in versions if view.state == "in force"), None)
    context: dict[str, Any] = {
        "stage": LifecycleStage(stage),
        "in_force": in_force,
        "waiting": [
            (view, *_count(request, view.version), _moves(request, view.version))
            for view in versions
            if view.state == "waiting"
        ],
        "versions": versions,
    }
    if in_force:
        context["count"], context["more"] = _count(request, in_force.version)
    return render_page(request, "leads/definition_detail.html", context)


def _count(request: AuthenticatedRequest, version: DefinitionVersion) -> tuple[int, bool]:
    """How many visible leads meet the version now, and whether there are more than are counted."""
    return capped_count(leads_meeting(request.user, parse(version.criteria), now(), enter_score=version.enter_score))


def definition_leads(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """The leads that meet a version now, or (?moved=rising or falling) whom it would move: the list behind a count."""
    require(can_view_definitions, request.user)
    version = version_detail(request.user, pk)
    moved = request.GET.get("moved", "")
    if moved in (RISING, FALLING):
        threshold = Threshold(version.enter_score, version.leave_score)
        stage = LifecycleStage(version.definition.stage)
        found = leads_moving(request.user, moved, stage, parse(version.criteria), threshold, now())
        if (at := request.GET.get("stage", "")) in LifecycleStage.__members__.values():
            found = found.filter(stage=at)
    else:
        moved = ""
        found = leads_meeting(request.user, parse(version.criteria), now(), enter_score=version.enter_score)
    count, more = capped_count(found)
    shown = found.select_related("company", "owner", "current_score")
    page = page_of(shown, order="-current_score__score", cursor=request.GET.get("cursor", ""))
    context = {"version": version, "page": page, "count": count, "more": more, "moved": moved}
    return render_page(request, "leads/definition_leads.html", context)


def definition_draft(request: AuthenticatedRequest, stage: str) -> HttpResponse:
    """Drafting the next version, from the newest one."""
    require(can_draft_definitions, request.user)
    found = definition_detail(request.user, stage)
    start = newest_version(found)
    form = DraftForm(request.POST if request.method == "POST" else None, start=start)
    context: dict[str, Any] = {"form": form, "stage": LifecycleStage(stage), "start": start}
    status = 200
    if request.method == "POST" and not form.adding:
        if form.is_valid():
            if "check" not in request.POST:
                made = draft_definition_version(stage, **form.values(), actor=request.user, now=now())
                messages.success(request, f"Version {made.number} waits for both signatures.")
                return redirect("leads:definition-detail", stage)
            context |= _preview(request, LifecycleStage(stage), form.criteria(), form.version.cleaned_data)
        else:
            status = 422
    return render_page(request, "leads/definition_form.html", context, status=status)


def _moves(request: AuthenticatedRequest, version: DefinitionVersion) -> Moves:
    """Whom a version would move if it came into force now."""
    threshold = Threshold(version.enter_score, version.leave_score)
    return moves_of(request.user, LifecycleStage(version.definition.stage), parse(version.criteria), threshold, now())


def _preview(
    request: AuthenticatedRequest, stage: LifecycleStage, criteria: Criteria, values: dict[str, Any]
) -> dict[str, Any]:
    found = leads_meeting(request.user, criteria, now(), enter_score=values["enter_score"])
    count, more = capped_count(found)
    threshold = threshold_sentence(values["enter_score"], values["leave_score"])
    limits = Threshold(values["enter_score"], values["leave_score"])
    return {
        "told": clauses(criteria),
        "threshold": threshold,
        "count": count,
        "more": more,
        "moves": moves_of(request.user, stage, criteria, limits, now()),
        "checked": True,
    }


@require_POST
def definition_sign(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Signing a version for one side."""
    signed = sign_definition_version(
        pk, request.POST.get("side", ""), actor=request.user, now=now(), content=request.POST.get("content", "")
    )
    if signed.in_force_from:
        messages.success(request, f"{signed} is in force: both sides have signed.")
    else:
        messages.success(request, "Signed. The other side has still to sign.")
    return redirect("leads:definition-detail", signed.definition.stage)


@require_POST
def definition_discard(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Giving up a draft that nobody has signed."""
    discarded = discard_definition_version(pk, actor=request.user, now=now())
    messages.success(request, f"{discarded} is discarded.")
    return redirect("leads:definition-detail", discarded.definition.stage)


def score_model(request: AuthenticatedRequest) -> HttpResponse:
    """The rules that give points, as sentences."""
    require(can_view_definitions, request.user)
    version, model = current_model()
    context = {
        "version": version,
        "model": model,
        "kinds": [
            (kind, "Fit" if kind is GroupKind.FIT else "Engagement", model.most(kind), model_in_words(model, kind))
            for kind in GroupKind
        ],
    }
    return render_page(request, "leads/score_model.html", context)
