"""Background work of notifications."""

from celery import shared_task
from django.utils.timezone import now

from smarketing.notifications.services import deliver_outbox


@shared_task(name="notifications.deliver_outbox", ignore_result=True)
def deliver_outbox_task() -> int:
    """Sends what waits in the outbox."""
    return deliver_outbox(now=now())
