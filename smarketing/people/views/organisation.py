"""Teams, the organisation's settings, and the audit trail."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from smarketing.accounts.models import Organisation
from smarketing.accounts.permissions import can_administer_people, require
from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.activity.events import told
from smarketing.activity.selectors import audit_trail
from smarketing.people.forms import AuditFilterForm, OrganisationForm, TeamForm, TeamNameForm
from smarketing.people.selectors import team_detail, teams_with_size
from smarketing.people.services import save_team, update_organisation
from smarketing.web.paging import page_of
from smarketing.web.render import render_page
from smarketing.web.subjects import kind_words, subjects_of


@require_safe
def team_list(request: AuthenticatedRequest) -> HttpResponse:
    """The teams of both sides."""
    require(can_administer_people, request.user)
    return render_page(request, "people/team_list.html", {"teams": teams_with_size(request.user)})


def team_create(request: AuthenticatedRequest) -> HttpResponse:
    """Forming a team."""
    require(can_administer_people, request.user)
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        team = save_team(**form.cleaned_data, actor=request.user, now=now())
        messages.success(request, f"{team.name} is formed. Put people into it on their pages.")
        return redirect("people:team-list")
    return render_page(request, "people/team_form.html", {"form": form}, status=422 if form.errors else 200)


def team_edit(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Renaming a team, and who is in it."""
    require(can_administer_people, request.user)
    team = team_detail(request.user, pk)
    form = TeamNameForm(request.POST or None, initial={"name": team.name})
    if request.method == "POST" and form.is_valid():
        save_team(name=form.cleaned_data["name"], side=team.side, team_id=pk, actor=request.user, now=now())
        messages.success(request, "The name is saved.")
        return redirect("people:team-list")
    context = {"form": form, "team": team}
    return render_page(request, "people/team_form.html", context, status=422 if form.errors else 200)


def organisation(request: AuthenticatedRequest) -> HttpResponse:
    """The company's name, zone and currency."""
    require(can_administer_people, request.user)
    form = OrganisationForm(Organisation.current(), request.POST or None)
    if request.method == "POST" and form.is_valid():
        update_organisation(**form.cleaned_data, actor=request.user, now=now())
        messages.success(request, "The settings are saved.")
        return redirect("people:organisation")
    return render_page(request, "people/organisation.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def audit(request: AuthenticatedRequest) -> HttpResponse:
    """Everything that happened, newest first."""
    require(can_administer_people, request.user)
    form = AuditFilterForm(request.GET)
    values = form.cleaned_data if form.is_valid() else {}
    entries = audit_trail(
        request.user,
        verb=values.get("verb", ""),
        actor_id=values["actor"].pk if values.get("actor") else None,
        from_on=values.get("from_on"),
        to_on=values.get("to_on"),
    )
    page = page_of(entries, order="-occurred_at", cursor=request.GET.get("cursor", ""))
    names = subjects_of(request.user, ((entry.subject_kind, entry.subject_id) for entry in page.rows))
    rows = [
        {
            "entry": entry,
            "facts": told(entry.verb, entry.data),
            "kind": kind_words(entry.subject_kind),
            "subject": names.get((entry.subject_kind, entry.subject_id)),
        }
        for entry in page.rows
    ]
    context = {"page": page, "rows": rows, "form": form, "narrowed": any(values.values())}
    return render_page(request, "people/audit.html", context, partial="audit-rows")
