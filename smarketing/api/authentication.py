"""Bearer tokens."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.db.models import F
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from smarketing.accounts.models import User
from smarketing.api.models import ApiToken


def digest(token: str) -> str:
    """What is stored of a token. Tokens are long and random, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def _known(digest: str) -> ApiToken | None:
    """The token with its person and the person's places in teams: a row for each place, in one query."""
    rows = list(
        ApiToken.objects.select_related("user")
        .annotate(
            team_id=F("user__memberships__team"),
            side=F("user__memberships__team__side"),
            manages=F("user__memberships__is_manager"),
        )
        .filter(digest=digest)
        .order_by()
    )
    if not rows:
        return None
    token = rows[0]
    token.user.places = [(row.team_id, row.side, row.manages) for row in rows if row.side]
    return token


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`; `Token <token>` is understood too."""

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The token's person and the token, None without a header; AuthenticationFailed where it is not valid."""
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() not in (b"bearer", b"token"):
            return None
        if len(parts) != 2:
            raise AuthenticationFailed("The Authorization header must read: Bearer <token>.")
        token = _known(digest(parts[1].decode("latin-1")))
        now = timezone.now()
        if token is None or token.revoked_at or (token.expires_at and token.expires_at <= now):
            raise AuthenticationFailed("This token is unknown, expired or revoked.")
        if not token.user.is_active:
            raise AuthenticationFailed("This person's account is deactivated.")
        if token.last_used_at is None or now - token.last_used_at > timedelta(minutes=1):
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Makes a refusal 401 rather than 403."""
        return self.keyword
