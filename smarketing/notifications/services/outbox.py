"""The outbox: mail is written down in the transaction that causes it, and sent afterwards, at least once.

A crash between sending and noting it sends again after `STUCK_AFTER`, with the same Message-ID, by which mail
programs recognise the double. Nothing is ever lost to a mail server that is down for less than about a day.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Q, QuerySet

from smarketing.notifications.models import OutboxMessage

logger = logging.getLogger(__name__)

State = OutboxMessage.State

MAX_TRIES = 10
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
#: Longer than a whole batch can take at settings.EMAIL_TIMEOUT, so that nobody else's running send is taken over.
STUCK_AFTER = timedelta(minutes=45)


def queue_email(
    recipient: str,
    *,
    subject: str,
    body: str,
    html: str = "",
    dedupe_key: str,
    now: datetime,
    not_before: datetime | None = None,
) -> None:
    """Writes a mail into the outbox; the same `dedupe_key` for the same recipient queues it once.

    `not_before` holds it back, for example until the recipient's working hours.
    """
    queue_emails([(recipient, subject, body, html)], dedupe_key=dedupe_key, now=now, not_before=not_before)


def queue_emails(
    mails: Iterable[tuple[str, str, str, str]],
    *,
    dedupe_key: str,
    now: datetime,
    not_before: datetime | None = None,
) -> None:
    """`queue_email` for many (recipient, subject, body, html) in one statement."""
    OutboxMessage.objects.bulk_create(
        [
            OutboxMessage(
                recipient=recipient,
                # A line break in a header is refused by mail libraries, rightly: it would start another header.
                subject=" ".join(subject.split())[:300],
                body=body,
                html=html,
                created_at=now,
                not_before=not_before or now,
                dedupe_key=dedupe_key,
            )
            for recipient, subject, body, html in mails
        ],
        ignore_conflicts=True,
    )


def deliver_outbox(*, now: datetime, limit: int = 100) -> int:
    """Sends up to `limit` messages that are due, each claimed for itself. Gives how many were sent."""
    sent = 0
    for _ in range(limit):
        message = _claim(now)
        if message is None:
            break
        sent += _send(message, now)
    return sent


@transaction.atomic
def _claim(now: datetime) -> OutboxMessage | None:
    """The next due message, marked as being sent by us; None where there is none. Commits before anything is sent."""
    due = Q(state=State.PENDING, not_before__lte=now) | Q(state=State.SENDING, claimed_at__lte=now - STUCK_AFTER)
    message = OutboxMessage.objects.select_for_update(skip_locked=True).filter(due).order_by("not_before", "id").first()
    if message is None:
        return None
    OutboxMessage.objects.filter(pk=message.pk).update(state=State.SENDING, claimed_at=now, tries=F("tries") + 1)
    message.state, message.claimed_at, message.tries = State.SENDING, now, message.tries + 1
    return message


def _send(message: OutboxMessage, now: datetime) -> bool:
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.body,
        to=[message.recipient],
        headers={
            "Message-ID": f"<outbox-{message.pk}@{urlsplit(settings.BASE_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    try:
        mail.send()
    except Exception as error:  # whatever it was, this message waits and the others go on
        _note_failure(message, error, now)
        return False
    # Links in mails open accounts, so the text is not kept once it is out.
    _ours(message).update(state=State.SENT, sent_at=now, body="", html="", last_error="")
    return True


def _note_failure(message: OutboxMessage, error: Exception, now: datetime) -> None:
    refused_for_good = isinstance(error, SMTPRecipientsRefused) and all(
        code >= 500 for code, _ in error.recipients.values()
    )
    given_up = refused_for_good or message.tries >= MAX_TRIES
    wait = min(FIRST_WAIT * 2 ** (message.tries - 1), LONGEST_WAIT)
    logger.warning("Mail %s was not sent (try %s): %s", message.pk, message.tries, error)
    _ours(message).update(
        state=State.FAILED if given_up else State.PENDING,
        not_before=now + wait,
        last_error=f"{type(error).__name__}: {error}"[:1000],
    )


def _ours(message: OutboxMessage) -> QuerySet[OutboxMessage]:
    """The row, as long as our claim holds."""
    return OutboxMessage.objects.filter(pk=message.pk, state=State.SENDING, claimed_at=message.claimed_at)
