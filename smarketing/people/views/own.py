"""One's own things: profile and API tokens."""

from __future__ import annotations

from datetime import timedelta

from allauth.account.decorators import reauthentication_required
from allauth.decorators import rate_limit
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.api.services.tokens import create_token, revoke_token
from smarketing.notifications.services import choose_mails
from smarketing.people.forms import EmailForm, ProfileForm, TokenForm
from smarketing.people.selectors import live_tokens_of
from smarketing.people.services import ask_for_email, update_profile
from smarketing.web import themes
from smarketing.web.once import reload_leads_to
from smarketing.web.render import render_page


def profile(request: AuthenticatedRequest) -> HttpResponse:
    """Name, zone, colours, and what is mailed."""
    form = ProfileForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        choose_mails(form.cleaned_data.pop("mail_topics"), actor=request.user)
        update_profile(**form.cleaned_data, actor=request.user, now=now())
        messages.success(request, "Your profile is saved.")
        response = redirect("people:profile")
        themes.remember(response, form.cleaned_data["theme"], secure=request.is_secure())
        return response
    return render_page(request, "people/profile.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@reauthentication_required
@rate_limit(action="manage_email")
def email(request: AuthenticatedRequest) -> HttpResponse:
    """Asking for another address; it changes once the link that goes there is confirmed."""
    form = EmailForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        new = ask_for_email(form.cleaned_data["email"], actor=request.user, now=now())
        messages.success(request, f"A link is on its way to {new}. Until you confirm there, nothing changes.")
        return redirect("people:profile")
    return render_page(request, "people/email.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
def tokens(request: AuthenticatedRequest) -> HttpResponse:
    """One's tokens; a new one is shown in the answer that makes it, and nowhere else."""
    form = TokenForm(request.POST or None)
    made, text, moment = None, "", now()
    if request.method == "POST" and form.is_valid():
        days = form.cleaned_data["days"]
        expires_at = moment + timedelta(days=days) if days else None
        made, text = create_token(name=form.cleaned_data["name"], actor=request.user, now=moment, expires_at=expires_at)
        form = TokenForm()
    context = {"form": form, "made": made, "text": text, "tokens": live_tokens_of(request.user), "now": moment}
    response = render_page(request, "people/tokens.html", context, status=422 if form.errors else 200)
    if made:
        # A redirect would have to keep the secret somewhere; this page shows it and forgets it.
        reload_leads_to(response, reverse("people:tokens"))
    return response


@require_POST
def token_revoke(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Ends a token."""
    token = revoke_token(pk, actor=request.user, now=now())
    messages.success(request, f"The token “{token.name}” no longer works.")
    return redirect("people:tokens")
