"""What a person is told."""

from __future__ import annotations

from django.db.models import QuerySet

from smarketing.accounts.models import User
from smarketing.notifications.models import Notification

#: Beyond this the bell says "99+": counting further costs time and tells nothing.
COUNTED_AT_MOST = 100


def unread_count(user: User) -> int:
    """How many the person has not seen, at most `COUNTED_AT_MOST`; one index-only read."""
    return Notification.objects.visible_to(user).unread().order_by()[:COUNTED_AT_MOST].count()


def notifications_of(user: User, *, unread_only: bool = False) -> QuerySet[Notification]:
    """The person's own notifications, newest first."""
    mine = Notification.objects.visible_to(user)
    return mine.unread() if unread_only else mine
