"""Background work of notifications."""

from celery import shared_task
from django.utils.timezone import now

from smarketing.notifications.services import deliver_notices, deliver_outbox


@shared_task(name="notifications.deliver_outbox", ignore_result=True)
def deliver_outbox_task() -> int:
    """Tells what was noted, then sends what waits in the outbox."""
    moment = now()
    return deliver_notices(now=moment) + deliver_outbox(now=moment)
