"""The one door for telling people things: in the product, and by mail through the outbox."""

from smarketing.notifications.services.outbox import deliver_outbox, queue_email
from smarketing.notifications.services.preferences import choose_mails
from smarketing.notifications.services.telling import mark_all_read, mark_read, notify
from smarketing.notifications.services.together import Several, deliver_notices, notify_soon

__all__ = [
    "Several",
    "choose_mails",
    "deliver_notices",
    "deliver_outbox",
    "mark_all_read",
    "mark_read",
    "notify",
    "notify_soon",
    "queue_email",
]
