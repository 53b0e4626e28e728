"""Users: who they are, what they may, whether they may sign in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from smarketing.accounts.permissions import can_administer_people, require
from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.notifications.selectors import mail_goes_out
from smarketing.people.forms import EmailForm, InviteForm, MembershipForm, PeopleFilterForm, RightsForm
from smarketing.people.selectors import people_list, person_detail
from smarketing.people.services import (
    Invited,
    deactivate_user,
    invite_again,
    invite_user,
    reactivate_user,
    remove_membership,
    set_email,
    set_membership,
    set_rights,
)
from smarketing.web.paging import page_of
from smarketing.web.render import render_page

LINK_KEY = "invitation_link"
"""In the session, between making an invitation and the page that shows its link."""


@require_safe
def person_list(request: AuthenticatedRequest) -> HttpResponse:
    """Everybody, to find and open."""
    require(can_administer_people, request.user)
    form = PeopleFilterForm(request.GET)
    values = form.cleaned_data if form.is_valid() else {}
    found = people_list(
        request.user, search=values.get("q", ""), team=values.get("team"), state=values.get("state", "")
    )
    page = page_of(found, order="name", cursor=request.GET.get("cursor", ""))
    context = {"page": page, "form": form, "narrowed": any(values.values())}
    return render_page(request, "people/person_list.html", context, partial="person-rows")


def person_invite(request: AuthenticatedRequest) -> HttpResponse:
    """Inviting somebody."""
    require(can_administer_people, request.user)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _invited(request, invite_user(**form.values(), actor=request.user, now=now()))
    context = {"form": form, "mail_goes_out": mail_goes_out()}
    return render_page(request, "people/person_invite.html", context, status=422 if form.errors else 200)


def _invited(request: AuthenticatedRequest, invited: Invited) -> HttpResponse:
    """The person's page, which shows the link once where no mail takes it."""
    person = invited.user
    if mail_goes_out():
        messages.success(request, f"{person.name} is invited; the mail is on its way to {person.email}.")
    else:
        request.session[LINK_KEY] = {"person": person.pk, "link": invited.link}
        messages.success(request, f"{person.name} is invited. Pass the link on.")
    return redirect("people:person-detail", person.pk)


@require_safe
def person_page(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """One person: teams, rights, and what happened to the account."""
    require(can_administer_people, request.user)
    person = person_detail(request.user, pk)
    link = request.session.get(LINK_KEY, {})
    if link.get("person") == pk:
        del request.session[LINK_KEY]
    context = {
        "person": person,
        "link": link["link"] if link.get("person") == pk and not person.has_usable_password() else "",
        "mail_goes_out": mail_goes_out(),
        "membership_form": MembershipForm(),
        "email_form": EmailForm(),
        "rights_form": RightsForm(initial={"is_admin": person.is_admin, "is_executive": person.is_executive}),
    }
    return render_page(request, "people/person_detail.html", context)


@require_POST
def person_rights(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Makes somebody an administrator or executive, or ends it."""
    require(can_administer_people, request.user)
    form = RightsForm(request.POST)
    form.full_clean()
    user = set_rights(pk, **form.cleaned_data, actor=request.user, now=now())
    messages.success(request, f"The rights of {user.name} are saved.")
    return redirect("people:person-detail", pk)


@require_POST
def person_email(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Gives somebody another address."""
    require(can_administer_people, request.user)
    form = EmailForm(request.POST)
    if form.is_valid():
        user = set_email(pk, form.cleaned_data["email"], actor=request.user, now=now())
        messages.success(request, f"{user.name} signs in as {user.email} from now on.")
    else:
        messages.error(request, "This is no e-mail address.")
    return redirect("people:person-detail", pk)


@require_POST
def membership_set(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Puts somebody into a team, or changes what they are there."""
    require(can_administer_people, request.user)
    form = MembershipForm(request.POST)
    if form.is_valid():
        team, manages = form.cleaned_data["team"], bool(form.cleaned_data["is_manager"])
        set_membership(pk, team.pk, is_manager=manages, actor=request.user, now=now())
        messages.success(request, f"Saved: {'manager' if manages else 'member'} of {team.name}.")
    else:
        messages.error(request, "Choose a team.")
    return redirect("people:person-detail", pk)


@require_POST
def membership_remove(request: AuthenticatedRequest, pk: int, team_pk: int) -> HttpResponse:
    """Takes somebody out of a team."""
    remove_membership(pk, team_pk, actor=request.user, now=now())
    messages.success(request, "Taken out of the team.")
    return redirect("people:person-detail", pk)


@require_POST
def person_deactivate(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Ends somebody's access."""
    user = deactivate_user(pk, actor=request.user, now=now())
    messages.success(request, f"{user.name} can no longer sign in.")
    return redirect("people:person-detail", pk)


@require_POST
def person_reactivate(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Gives it back."""
    user = reactivate_user(pk, actor=request.user, now=now())
    messages.success(request, f"{user.name} can sign in again.")
    return redirect("people:person-detail", pk)


@require_POST
def person_invite_again(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Sends another link."""
    return _invited(request, invite_again(pk, actor=request.user, now=now()))
