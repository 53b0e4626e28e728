"""How people come in: by invitation, and the very first one by a link."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string

from smarketing.accounts.models import Invitation, Membership, Organisation, Team, User
from smarketing.accounts.permissions import can_administer_people, require
from smarketing.accounts.services.first_admin import check_first_admin_token
from smarketing.activity.bus import publish
from smarketing.lib.errors import Conflict, Invalid, NotFound
from smarketing.notifications.services import queue_email
from smarketing.people.events import FirstAdminCreated, UserInvited, UserJoined

INVITATION_LIVES_FOR = timedelta(days=7)
DEAD_LINK = "This invitation is not valid any more. Ask an administrator to invite you again."


class Invited(NamedTuple):
    """A person who cannot sign in yet, and the link to join by; it is told this once; of it only a digest is kept."""

    user: User
    link: str


@transaction.atomic
def invite_user(
    *,
    email: str,
    name: str,
    teams: Iterable[tuple[int, bool]] = (),
    is_admin: bool = False,
    is_executive: bool = False,
    actor: User,
    now: datetime,
) -> Invited:
    """Adds a person who cannot sign in yet, and mails them a link to choose a password.

    `teams` are pairs of team id and whether the person manages the team. Raises NotAllowed, Invalid (e-mail, name,
    unknown team), Conflict where somebody has that e-mail.
    """
    require(can_administer_people, actor)
    wanted = dict(teams)
    if set(wanted) - set(Team.objects.filter(pk__in=wanted).values_list("pk", flat=True)):
        raise Invalid("There is no such team.", fields={"memberships": ["There is no such team."]})
    user = _create_user(email, None, name=name.strip(), is_admin=is_admin, is_executive=is_executive)
    Membership.objects.bulk_create(
        [Membership(user=user, team_id=team, is_manager=manages) for team, manages in wanted.items()]
    )
    return Invited(user, _send_invitation(user, actor=actor, now=now))


@transaction.atomic
def invite_again(user_id: int, *, actor: User, now: datetime) -> Invited:
    """A new link for a person who has not joined yet; the one before ends. Raises NotAllowed, NotFound, Conflict."""
    require(can_administer_people, actor)
    user = User.objects.select_for_update(of=("self",)).filter(pk=user_id).first()
    if user is None:
        raise NotFound("There is no such person.")
    if user.has_usable_password():
        raise Conflict(f"{user.name} has joined already.", code="already_joined")
    if not user.is_active:
        raise Conflict(f"{user.name} is deactivated. Reactivate the account first.", code="deactivated")
    Invitation.objects.filter(user=user, accepted_at__isnull=True, revoked_at__isnull=True).update(revoked_at=now)
    return Invited(user, _send_invitation(user, actor=actor, now=now))


def open_invitation(token: str, *, now: datetime) -> Invitation:
    """The invitation that `token` opens. Raises NotFound where it is unknown, expired, revoked or used."""
    found = (
        Invitation.objects.select_related("user", "invited_by")
        .filter(
            digest=_digest(token),
            expires_at__gt=now,
            accepted_at__isnull=True,
            revoked_at__isnull=True,
            user__is_active=True,
        )
        .first()
    )
    if found is None:
        raise NotFound(DEAD_LINK)
    return found


@transaction.atomic
def accept_invitation(token: str, *, password: str, name: str = "", now: datetime) -> User:
    """The invited person chooses a password, and a name if the given one is not right. The link ends with this.

    Raises NotFound for a link that is no good, Invalid for a weak password.
    """
    pk = open_invitation(token, now=now).pk
    # Locked and looked at again: of two uses at the same moment the second finds it used.
    Invitation.objects.select_for_update(of=("self",)).get(pk=pk)
    invitation = open_invitation(token, now=now)
    user = invitation.user
    if user.has_usable_password():
        raise NotFound(DEAD_LINK)
    user.name = name.strip() or user.name
    _set_password(user, password)
    _clean(user)
    user.save(update_fields=["name", "password"])
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    publish(UserJoined(user_id=user.pk, name=user.name), actor=user, at=now)
    return user


@transaction.atomic
def create_first_admin(token: str, *, email: str, name: str, password: str, now: datetime) -> User:
    """The owner of a new installation becomes its administrator, by the link printed where it was started.

    Raises NotFound for a link that is no good any more, Invalid for a weak password or a wrong e-mail.
    """
    Organisation.current()
    Organisation.objects.select_for_update().get()  # of two uses at the same moment the second finds an administrator
    check_first_admin_token(token)
    user = _create_user(email, password, name=name.strip(), is_admin=True)
    publish(FirstAdminCreated(user_id=user.pk, name=user.name), actor=user, at=now)
    return user


def _create_user(email: str, password: str | None, **fields: object) -> User:
    email = email.strip().lower()
    known = User.objects.filter(email__iexact=email).first()
    if known is not None:
        raise Conflict(
            f"{known.name} has this e-mail already.",
            code="email_taken",
            fields={"email": ["Somebody has this e-mail."]},
        )
    user = User(email=email, **fields)
    if password is None:
        user.set_unusable_password()
    else:
        _set_password(user, password)
    _clean(user)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise Conflict("Somebody has this e-mail already.", code="email_taken") from error
    return user


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid("This password is too weak.", fields={"password": error.messages}) from error
    user.set_password(password)


def _clean(user: User) -> None:
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as error:
        raise Invalid("Some values were not accepted.", fields=error.message_dict) from error


def _send_invitation(user: User, *, actor: User, now: datetime) -> str:
    """Mails the link, and gives it."""
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        user=user, digest=_digest(token), invited_by=actor, created_at=now, expires_at=now + INVITATION_LIVES_FOR
    )
    link = f"{settings.BASE_URL}/invitation/{token}/"
    company = Organisation.current().name
    title = f"{actor.name} invites you to Smarketing"
    body = (
        f"Hello {user.name},\n\nmarketing and sales of {company} work together in Smarketing, and you are asked"
        f" to join. Choose a password to begin. The link works once, until {invitation.expires_at:%d %B %Y}."
    )
    context = {
        "title": title,
        "body": body,
        "link": link,
        "base_url": settings.BASE_URL,
        "action": "Choose a password",
    }
    queue_email(
        user.email,
        subject=title,
        body=render_to_string("notifications/email.txt", context),
        html=render_to_string("notifications/email.html", context),
        dedupe_key=f"invitation:{invitation.pk}",
        now=now,
    )
    publish(
        UserInvited(
            user_id=user.pk,
            name=user.name,
            email=user.email,
            teams=[
                f"{membership.team.name} ({'manager' if membership.is_manager else 'member'})"
                for membership in user.memberships.select_related("team").order_by("team__name")
            ],
            is_admin=user.is_admin,
            is_executive=user.is_executive,
        ),
        actor=actor,
        at=now,
    )
    return link


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
