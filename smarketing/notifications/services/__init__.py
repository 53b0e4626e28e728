"""The one door for telling people things: in the product, and by mail through the outbox."""

from smarketing.notifications.services.outbox import deliver_outbox, queue_email
from smarketing.notifications.services.telling import mark_all_read, mark_read, notify

__all__ = ["deliver_outbox", "mark_all_read", "mark_read", "notify", "queue_email"]
