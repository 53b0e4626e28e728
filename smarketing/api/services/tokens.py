"""Tokens: made, shown once, revoked."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from smarketing.accounts.models import User
from smarketing.accounts.permissions import can_administer_people
from smarketing.activity.bus import publish
from smarketing.api.authentication import digest
from smarketing.api.events import TokenCreated, TokenRevoked
from smarketing.api.models import ApiToken
from smarketing.lib.errors import Invalid, NotFound

PREFIX = "smk_"


@transaction.atomic
def create_token(*, name: str, actor: User, now: datetime, expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """A new token of the actor's own, and its text, which is given here and never again.

    Raises Invalid without a name or for an end that has passed.
    """
    name = name.strip()
    if not name:
        raise Invalid("Say what the token is for.", fields={"name": ["Say what the token is for."]})
    if len(name) > 100:
        raise Invalid("The name is too long.", fields={"name": ["At most 100 characters."]})
    if expires_at is not None and expires_at <= now:
        raise Invalid("The token would have expired already.", fields={"expires_at": ["Must be in the future."]})
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(user=actor, name=name, prefix=text[:8], digest=digest(text), expires_at=expires_at)
    publish(TokenCreated(token_id=token.pk, name=name, user_id=actor.pk), actor=actor, at=now)
    return token, text


@transaction.atomic
def revoke_token(token_id: int, *, actor: User, now: datetime) -> ApiToken:
    """Ends a token: one's own, or for an admin anybody's. Revoking twice changes nothing. Raises NotFound."""
    tokens = ApiToken.objects.all() if can_administer_people(actor) else tokens_of(actor)
    token = tokens.select_for_update(of=("self",)).filter(pk=token_id).first()
    if token is None:
        raise NotFound("There is no such token.")
    if token.revoked_at is None:
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
        publish(TokenRevoked(token_id=token.pk, name=token.name, user_id=token.user_id), actor=actor, at=now)
    return token


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """A person's own tokens, newest first."""
    return ApiToken.objects.filter(user=user)
