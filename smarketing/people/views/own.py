"""One's own things: profile and API tokens."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from smarketing.accounts.requests import AuthenticatedRequest
from smarketing.api.services.tokens import create_token, revoke_token
from smarketing.notifications.services import choose_mails
from smarketing.people.forms import ProfileForm, TokenForm
from smarketing.people.selectors import live_tokens_of
from smarketing.people.services import update_profile
from smarketing.web import themes
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
    return render_page(request, "people/tokens.html", context, status=422 if form.errors else 200)


@require_POST
def token_revoke(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Ends a token."""
    token = revoke_token(pk, actor=request.user, now=now())
    messages.success(request, f"The token “{token.name}” no longer works.")
    return redirect("people:tokens")
