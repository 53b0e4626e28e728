"""Telling people things, each thing once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string

from smarketing.accounts.models import User
from smarketing.lib.errors import NotFound
from smarketing.notifications.hours import next_working_instants
from smarketing.notifications.models import Notification
from smarketing.notifications.selectors import mailed_about
from smarketing.notifications.services.outbox import queue_emails


@transaction.atomic
def notify(
    recipients: Iterable[User],
    *,
    kind: str,
    title: str,
    body: str = "",
    url: str = "",
    dedupe_key: str,
    now: datetime,
    email: bool = True,
    in_working_hours: bool = False,
) -> None:
    """Tells each active recipient once: a second call with the same `dedupe_key` changes nothing.

    `kind` is a stable word for what it is about ("sla.breach"), `url` a path within the product ("/handoffs/42/").
    With `email`, a mail goes to the outbox too, unless the person wants none about this topic (the part of `kind`
    before the dot); `in_working_hours` holds it back until the person works. Joins the caller's transaction, so that
    nobody is told of a change that was rolled back. Raises ValueError for a `url` that leads elsewhere.
    """
    check_url(url)
    people = list({user.pk: user for user in recipients if user.is_active}.values())
    Notification.objects.bulk_create(
        [
            Notification(
                recipient=user,
                kind=kind,
                title=title[:200],
                body=body,
                url=url,
                created_at=now,
                dedupe_key=dedupe_key,
            )
            for user in people
        ],
        ignore_conflicts=True,
    )
    if not email:
        return
    mailed = mailed_about(people, kind.partition(".")[0])
    waits = next_working_instants({user.pk for user in mailed}, now) if in_working_hours else {}
    for not_before in {waits.get(user.pk, now) for user in mailed}:
        mails = [_mail(user, title, body, url) for user in mailed if waits.get(user.pk, now) == not_before]
        queue_emails(mails, dedupe_key=dedupe_key, now=now, not_before=not_before)


def check_url(url: str) -> None:
    """Raises ValueError for what is no path within the product: a notification must not lead people away."""
    if url and (not url.startswith("/") or url.startswith(("//", "/\\"))):
        raise ValueError(f"A notification may lead to a page of the product only, not to {url!r}.")


def _mail(user: User, title: str, body: str, url: str) -> tuple[str, str, str, str]:
    link = f"{settings.BASE_URL}{url}" if url else ""
    context = {"name": user.name, "title": title, "body": body, "link": link, "base_url": settings.BASE_URL}
    return (
        user.email,
        title,
        render_to_string("notifications/email.txt", context),
        render_to_string("notifications/email.html", context),
    )


def mark_read(notification_id: int, *, actor: User, now: datetime) -> Notification:
    """The recipient has seen it; the first time counts. Raises NotFound for anybody else's."""
    mine = Notification.objects.visible_to(actor).filter(pk=notification_id)
    mine.filter(read_at__isnull=True).update(read_at=now)
    found = mine.first()
    if found is None:
        raise NotFound("There is no such notification for you.")
    return found


def mark_all_read(*, actor: User, now: datetime) -> int:
    """The recipient has seen everything up to now. Gives how many were new."""
    return Notification.objects.visible_to(actor).unread().filter(created_at__lte=now).update(read_at=now)
