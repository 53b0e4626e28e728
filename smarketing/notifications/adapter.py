"""Mails of the sign-in pages leave by the outbox, like every other mail."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils.timezone import now

from smarketing.accounts.adapter import AccountAdapter as InvitationOnly
from smarketing.notifications.services import queue_email


class AccountAdapter(InvitationOnly):
    """What django-allauth is told to use."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queues the mail: a page never waits for the mail server, and a mail server that is down loses nothing."""
        values = {"request": self.request, "email": email, "base_url": settings.BASE_URL, **context}
        mail = self.render_mail(template_prefix, email, values)
        html = mail.alternatives[0][0] if isinstance(mail, EmailMultiAlternatives) and mail.alternatives else ""
        # Every request for a mail is meant: two resets are two mails.
        queue_email(
            email, subject=mail.subject, body=mail.body, html=str(html), dedupe_key=f"sign-in:{uuid.uuid4()}", now=now()
        )

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link at the installation's own address, whatever Host the request named."""
        address = urlsplit(super().get_reset_password_from_key_url(key))
        return f"{settings.BASE_URL}{address.path}"
