"""What a person is told."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings
from django.db.models import QuerySet

from smarketing.accounts.models import User
from smarketing.notifications.models import MailOptOut, Notification, Topic

#: Beyond this the bell says "99+": counting further costs time and tells nothing.
COUNTED_AT_MOST = 100


def mail_goes_out() -> bool:
    """Whether mail leaves this machine; without a server for it (`EMAIL_URL`) it is written to files."""
    return bool(settings.EMAIL_URL)


def unread_count(user: User) -> int:
    """How many the person has not seen, at most `COUNTED_AT_MOST`; one index-only read."""
    return Notification.objects.visible_to(user).unread().order_by()[:COUNTED_AT_MOST].count()


def notifications_of(user: User, *, unread_only: bool = False) -> QuerySet[Notification]:
    """The person's own notifications, newest first."""
    mine = Notification.objects.visible_to(user)
    return mine.unread() if unread_only else mine


def mailed_about(people: Collection[User], topic: str) -> list[User]:
    """Those of `people` who have not asked to be spared mails about this topic; one query."""
    spared = set(MailOptOut.objects.filter(user__in=people, topic=topic).values_list("user", flat=True))
    return [user for user in people if user.pk not in spared]


def mail_topics(user: User) -> list[str]:
    """The topics that the person is mailed about, in the order of `Topic`."""
    spared = set(MailOptOut.objects.filter(user=user).values_list("topic", flat=True))
    return [topic for topic in Topic.values if topic not in spared]
