"""Coming in: by invitation, and as the first administrator. Open to people who cannot sign in yet."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from smarketing.accounts.services.first_admin import check_first_admin_token
from smarketing.people.forms import AcceptForm, FirstAdminForm
from smarketing.people.services import (
    accept_invitation,
    asked_email,
    confirm_email,
    create_first_admin,
    open_invitation,
)
from smarketing.web.render import render_page

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@login_not_required
@never_cache
@sensitive_post_parameters("password")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The invited person chooses a password and is signed in."""
    found = open_invitation(token, now=now())
    form = AcceptForm(request.POST or None, initial={"name": found.user.name})
    if request.method == "POST" and form.is_valid():
        user = accept_invitation(token, **form.cleaned_data, now=now())
        login(request, user, backend=BACKEND)
        messages.success(request, f"Welcome, {user.name}.")
        return redirect("/")
    context = {"form": form, "invitation": found}
    return render_page(request, "people/invitation.html", context, status=422 if form.errors else 200)


@login_not_required
@never_cache
@sensitive_post_parameters("password")
def first_admin(request: HttpRequest, token: str) -> HttpResponse:
    """The owner of a new installation becomes its administrator and is signed in."""
    check_first_admin_token(token)
    form = FirstAdminForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = create_first_admin(token, **form.cleaned_data, now=now())
        login(request, user, backend=BACKEND)
        messages.success(request, "You are the administrator. Say who you are, then form teams and invite people.")
        return redirect("people:organisation")
    return render_page(request, "people/first_admin.html", {"form": form}, status=422 if form.errors else 200)


@login_not_required
@never_cache
def email_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever got the link confirms that the new address is theirs; opening the page changes nothing."""
    user, new = asked_email(token)
    if request.method == "POST":
        confirm_email(token, now=now())
        messages.success(request, f"You sign in as {new} from now on.")
        return redirect("people:profile")
    return render_page(request, "people/email_confirm.html", {"person": user, "new": new})
