"""Background work of the API."""

from celery import shared_task
from django.utils.timezone import now

from smarketing.api.idempotency import expire_idempotency_keys


@shared_task(name="api.expire_idempotency_keys", ignore_result=True)
def expire_idempotency_keys_task() -> int:
    """Forgets old keys."""
    return expire_idempotency_keys(now=now())
