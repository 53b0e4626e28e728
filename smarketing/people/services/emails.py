"""Other e-mail addresses: a person asks and proves the new one, an administrator sets it. Both are logged."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from smarketing.accounts.models import User
from smarketing.accounts.permissions import can_administer_people, require
from smarketing.activity.bus import publish
from smarketing.lib.errors import Conflict, Invalid, NotFound
from smarketing.notifications.services import queue_email
from smarketing.people.events import UserEmailChanged
from smarketing.people.services.invitations import invite_again

SALT = "smarketing.people.email"
LINK_LIVES_FOR = timedelta(days=3)
DEAD_LINK = "This link is not valid any more. Ask for the change again on your profile page."


def ask_for_email(email: str, *, actor: User, now: datetime) -> str:
    """Mails a link to the new address; the address changes when it is opened and confirmed. Gives the address.

    The link lives for three days, and ends with any change of the address or the password: whoever finds a stranger
    at their account is rid of what that one asked for. Raises Invalid, Conflict (`email_taken`, `email_same`).
    """
    new = _checked(email, actor)
    token = signing.dumps({"user": actor.pk, "email": new, "seal": _seal(actor)}, salt=SALT)
    _mail(
        new,
        title="Confirm your new e-mail address",
        body=f"Hello {actor.name},\n\nyou asked to sign in to Smarketing as {new} from now on. Confirm it with this"
        " link within three days. If it was not you, do nothing: then nothing changes.",
        link=reverse("people:email-confirm", args=[token]),
        action="Confirm",
        dedupe_key=f"email-change:{token[-43:]}",
        now=now,
    )
    return new


def asked_email(token: str) -> tuple[User, str]:
    """Whose address changes to what by this link. Raises NotFound where it is forged, too old or overtaken."""
    try:
        told: dict[str, Any] = signing.loads(token, salt=SALT, max_age=LINK_LIVES_FOR)
    except signing.BadSignature as error:
        raise NotFound(DEAD_LINK) from error
    user = User.objects.filter(pk=told["user"], is_active=True).first()
    if user is None or not constant_time_compare(told["seal"], _seal(user)):
        raise NotFound(DEAD_LINK)
    return user, told["email"]


@transaction.atomic
def confirm_email(token: str, *, now: datetime) -> User:
    """The new address is the person's own: they sign in with it from now on. The old address is told.

    Publishes UserEmailChanged. Raises NotFound, Conflict where somebody has taken the address meanwhile.
    """
    pk = asked_email(token)[0].pk
    user = User.objects.select_for_update().get(pk=pk)
    # Looked at again under the lock: of two uses at the same moment the second finds the link overtaken.
    new = asked_email(token)[1]
    _change(user, new, actor=user, now=now)
    return user


@transaction.atomic
def set_email(user_id: int, email: str, *, actor: User, now: datetime) -> User:
    """An administrator gives a person another address; whoever has not joined yet is invited there instead.

    The same address changes nothing. Publishes UserEmailChanged. Raises NotAllowed, NotFound, Invalid, Conflict.
    """
    require(can_administer_people, actor)
    user = User.objects.select_for_update(of=("self",)).filter(pk=user_id).first()
    if user is None:
        raise NotFound("There is no such person.")
    if email.strip().lower() == user.email:
        return user
    new = _checked(email, user)
    _change(user, new, actor=actor, now=now)
    if user.is_active and not user.has_usable_password():
        invite_again(user.pk, actor=actor, now=now)
    return user


def _checked(email: str, user: User) -> str:
    new = email.strip().lower()
    try:
        validate_email(new)
        User._meta.get_field("email").run_validators(new)
    except ValidationError as error:
        raise Invalid("This is no e-mail address.", fields={"email": error.messages[:1]}) from error
    if new == user.email:
        raise Conflict(
            "This is your address already.", code="email_same", fields={"email": ["This is your address already."]}
        )
    if User.objects.filter(email__iexact=new).exists():
        raise _taken()
    return new


def _taken() -> Conflict:
    text = "Somebody has this e-mail already."
    return Conflict(text, code="email_taken", fields={"email": [text]})


def _change(user: User, new: str, *, actor: User, now: datetime) -> None:
    old, user.email = user.email, new
    try:
        with transaction.atomic():
            user.save(update_fields=["email"])
    except IntegrityError as error:
        raise _taken() from error
    # The library keeps addresses of its own where it ever needed one; an old one would still sign in.
    EmailAddress.objects.filter(user=user).delete()
    entry = publish(
        UserEmailChanged(user_id=user.pk, name=user.name, old=old, new=new, by_administrator=actor.pk != user.pk),
        actor=actor,
        at=now,
    )
    if user.has_usable_password():
        who = "you confirmed it" if actor.pk == user.pk else f"{actor.name} changed it"
        _mail(
            old,
            title="Your e-mail address was changed",
            body=f"Hello {user.name},\n\nyou sign in to Smarketing as {new} from now on: {who}. If you did not expect"
            " this, tell an administrator of your company at once.",
            dedupe_key=f"email-changed:{entry.pk}",
            now=now,
        )


def _seal(user: User) -> str:
    """Changes with the address and the password, and tells nothing of either."""
    return salted_hmac(SALT, f"{user.pk}|{user.email}|{user.password}", algorithm="sha256").hexdigest()[:32]


def _mail(
    recipient: str, *, title: str, body: str, link: str = "", action: str = "", dedupe_key: str, now: datetime
) -> None:
    context = {
        "title": title,
        "body": body,
        "link": f"{settings.BASE_URL}{link}" if link else "",
        "action": action,
        "base_url": settings.BASE_URL,
    }
    queue_email(
        recipient,
        subject=title,
        body=render_to_string("notifications/email.txt", context),
        html=render_to_string("notifications/email.html", context),
        dedupe_key=dedupe_key,
        now=now,
    )
